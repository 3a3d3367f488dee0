package status

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// maxOversized bounds how many Tasks Oversized remembers. One that is forgotten is found
// again when its record is saved next.
const maxOversized = 1000

// Oversized remembers the Tasks whose records do not fit beside them: the API server and
// etcd limit the size of an object. Such a Task is Stalled until it is smaller. The zero
// value is empty; a nil Oversized remembers nothing.
type Oversized struct {
	mu    sync.Mutex
	tasks map[types.UID]oversize
}

type oversize struct {
	size    int // of the Task without its status, in bytes of JSON
	message string
}

// add remembers a Task and returns what is wrong with it.
func (o *Oversized) add(task *v1alpha1.Task, cause error) *model.Problem {
	found := oversize{size: sizeOf(task)}
	found.message = fmt.Sprintf("The Task has %d bytes, and its status does not fit beside it: %v: "+
		"move large values into a ConfigMap or a Secret. Until then no run starts.", found.size, wordsOf(cause))
	if o != nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		for uid := range o.tasks {
			if len(o.tasks) < maxOversized {
				break
			}
			delete(o.tasks, uid)
		}
		if o.tasks == nil {
			o.tasks = map[types.UID]oversize{}
		}
		o.tasks[task.UID] = found
	}
	return found.problem()
}

// wordsOf are the API server's words, without those of its clients.
func wordsOf(err error) string {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return status.Status().Message
	}
	return err.Error()
}

func (o oversize) problem() *model.Problem {
	return &model.Problem{Reason: v1alpha1.ReasonRecordTooLarge, Message: o.message}
}

// ProblemOf is what is wrong with a Task, nil unless its record did not fit. A Task that
// has become smaller is tried again.
func (o *Oversized) ProblemOf(task *v1alpha1.Task) *model.Problem {
	if o == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	found, ok := o.tasks[task.UID]
	switch {
	case !ok:
		return nil
	case sizeOf(task) < found.size:
		delete(o.tasks, task.UID)
		return nil
	default:
		return found.problem()
	}
}

// sizeOf is how many bytes of JSON a Task has without what controllers write.
func sizeOf(task *v1alpha1.Task) int {
	bare := v1alpha1.Task{ObjectMeta: task.ObjectMeta, Spec: task.Spec}
	bare.ManagedFields, bare.ResourceVersion = nil, ""
	text, err := json.Marshal(&bare)
	if err != nil { // it was decoded from JSON
		return 0
	}
	return len(text)
}

// isTooLarge reports whether an object was refused for its size: by the API server, by its
// client for etcd, or by etcd.
func isTooLarge(err error) bool {
	return err != nil && (apierrors.IsRequestEntityTooLargeError(err) ||
		strings.Contains(err.Error(), "request is too large") || strings.Contains(err.Error(), "larger than max"))
}

// Lengths of a record that is shortened to fit, in characters and runs.
const (
	shortText   = 100
	shortRecent = 3
)

// shorter returns ever shorter records that hold the same decisions: history and texts for
// people go first. What was decided and what runs is never left out.
func shorter(rec model.Record) []model.Record {
	short := rec.Clone()
	short.Recent = short.Recent[:min(len(short.Recent), shortRecent)]
	for i := range short.Recent {
		short.Recent[i].Message = cutText(short.Recent[i].Message, shortText)
	}
	for i := range short.Active {
		short.Active[i].Message = cutText(short.Active[i].Message, shortText)
	}
	if short.Last != nil {
		short.Last.Message = cutText(short.Last.Message, shortText)
	}
	bare := short.Clone()
	bare.Recent = nil
	for i := range bare.Active {
		bare.Active[i].Message = ""
	}
	bare.StateMessage = cutText(bare.StateMessage, 2*shortText)
	return []model.Record{short, bare}
}
