package model

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strconv"
	"strings"
)

// RunRef identifies a run among those of one Task. An attempt is not part of it: all
// attempts are the same run (R5).
type RunRef struct {
	Source Source
	Slot   int64 // Unix seconds
	// Request is what a manual run was asked for with, RequestNumber which of the
	// Task's requests that was. A value that is used again asks for another run, also
	// within the same second.
	Request       string
	RequestNumber int64
}

// AttemptRef identifies an attempt among those of one Task.
type AttemptRef struct {
	Run     RunRef
	Attempt int
}

// AttemptRef returns the identity of the run's current attempt among those of its Task.
func (r Run) AttemptRef() AttemptRef { return AttemptRef{Run: r.Ref(), Attempt: r.Attempt} }

// Ref identifies the run among those of its Task.
func (r Run) Ref() RunRef {
	return RunRef{Source: r.Source, Slot: r.Slot.Unix(), Request: r.Request, RequestNumber: r.RequestNumber}
}

// RunID is the identity of a run over all Tasks and all time: 32 hexadecimal
// digits. It is the idempotency key that actions are given, and stays the same
// when an attempt is repeated. A manual run without a number was decided by a version that
// made the identity of the request alone, and keeps that one.
func RunID(uid string, ref RunRef) string {
	which := strconv.FormatInt(ref.Slot, 10)
	switch {
	case ref.Source == SourceManual && ref.RequestNumber > 0:
		which += "\x00" + strconv.FormatInt(ref.RequestNumber, 10) + "\x00" + ref.Request
	case ref.Source == SourceManual:
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
// <task, shortened>-<Unix seconds of the slot>-<hash of the attempt's identity and nonce>.
// The same attempt always gets the same name, so that creating it twice is
// noticed (see "The record" in docs/contract.md). Nobody can know the name before the nonce
// is saved. An empty nonce stands for an attempt that an older version decided.
func AttemptName(key Key, ref RunRef, attempt int, nonce string) string {
	identity := RunID(key.UID, ref) + "/" + strconv.Itoa(attempt)
	if nonce != "" {
		identity += "/" + nonce
	}
	sum := sha256.Sum256([]byte(identity))
	tail := "-" + strconv.FormatInt(ref.Slot, 10) + "-" + nameEncoding.EncodeToString(sum[:5])
	head := strings.ReplaceAll(key.Name, ".", "-")
	if len(head)+len(tail) > maxName {
		head = strings.TrimRight(head[:maxName-len(tail)], "-")
	}
	return head + tail
}
