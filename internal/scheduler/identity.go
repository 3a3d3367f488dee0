package scheduler

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strconv"
	"strings"
)

// RunRef tells the runs of one Task apart. An attempt is not part of it: all
// attempts are the same run (R5).
type RunRef struct {
	Source Source
	Slot   int64 // Unix seconds
	// Request is what a manual run was asked for with. It is what makes the
	// run another one: asked twice with the same words, it is the same run.
	Request string
}

// AttemptRef tells the attempts of one Task apart.
type AttemptRef struct {
	Run     RunRef
	Attempt int
}

// AttemptRef returns the identity of the run's current attempt among those of its Task.
func (r Run) AttemptRef() AttemptRef { return AttemptRef{Run: r.Ref(), Attempt: r.Attempt} }

// Ref returns the run's place among the runs of its Task.
func (r Run) Ref() RunRef {
	return RunRef{Source: r.Source, Slot: r.Slot.Unix(), Request: r.Request}
}

// RunID is the identity of a run over all Tasks and all time: 32 hexadecimal
// digits. It is the idempotency key that actions are given, and stays the same
// when an attempt is repeated.
func RunID(uid string, ref RunRef) string {
	which := strconv.FormatInt(ref.Slot, 10)
	if ref.Source == SourceManual {
		which = ref.Request
	}
	sum := sha256.Sum256([]byte(uid + "\x00" + string(ref.Source) + "\x00" + which))
	return hex.EncodeToString(sum[:16])
}

// maxName is the longest name of an object whose name is also used as a host
// name and a label value.
const maxName = 63

// nameEncoding writes the hash with letters and digits that a name may hold.
var nameEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// AttemptName is the name of the object that carries out one attempt:
// <task, shortened>-<Unix seconds of the slot>-<hash of the attempt's identity>.
// The same attempt always gets the same name, so that creating it twice is
// noticed (see "The record" in docs/contract.md).
func AttemptName(key Key, ref RunRef, attempt int) string {
	sum := sha256.Sum256([]byte(RunID(key.UID, ref) + "/" + strconv.Itoa(attempt)))
	tail := "-" + strconv.FormatInt(ref.Slot, 10) + "-" + nameEncoding.EncodeToString(sum[:5])
	head := strings.ReplaceAll(key.Name, ".", "-")
	if len(head)+len(tail) > maxName {
		head = strings.TrimRight(head[:maxName-len(tail)], "-")
	}
	return head + tail
}
