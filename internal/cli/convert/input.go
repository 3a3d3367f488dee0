package convert

import (
	"errors"
	"regexp"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/internal/cli/manifests"
)

// An item is a CronJob as it was read.
type item struct {
	// at is the position in the input, for errors.
	at string
	// name is that of the object, with its namespace if it has one.
	name string
	job  *batchv1.CronJob
	// err is why the object cannot be read; then job is nil.
	err error
}

// An input is everything that was read.
type input struct {
	// items are the CronJobs, in order, and what looks like one.
	items []item
	// problems are about sources and documents of which it is not known what they contain.
	problems []error
	// others counts the objects that are not CronJobs, by kind.
	others map[string]int
}

var looksLikeCronJob = regexp.MustCompile(`(?im)^[ \t-]*["']?kind["']?:[ \t]*["']?(CronJob|ScheduledJob)\b`)

// add reads a document.
func (in *input) add(d manifests.Document) {
	data, strict, err := d.ToJSON()
	if err != nil {
		in.problems = append(in.problems, err)
		return
	}
	before := len(in.items)
	in.collect(data, d.String(), typeMeta{})
	found := in.items[before:]
	switch {
	case strict == nil:
	case len(found) == 1 && found[0].err == nil:
		found[0].job, found[0].err = nil, withoutPosition(strict, d)
	case len(found) > 0 || looksLikeCronJob.Match(d.Data):
		in.problems = append(in.problems, strict)
	}
}

// withoutPosition removes the position of the document from an error, since the item has it.
func withoutPosition(err error, d manifests.Document) error {
	return errors.New(strings.TrimPrefix(err.Error(), d.String()+": "))
}

// cronJob is a CronJob of any version of batch, whose fields are the same. The status does
// not matter.
type cronJob struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec   batchv1.CronJobSpec `json:"spec"`
	Status any                 `json:"status"`
}

// decode reads a CronJob.
func decode(data []byte, at string, meta typeMeta) item {
	it := item{at: at, name: nameOf(data)}
	if it.err = meta.check(); it.err != nil {
		return it
	}
	var read cronJob
	if it.err = manifests.Decode(data, &read); it.err == nil {
		it.job = &batchv1.CronJob{ObjectMeta: read.ObjectMeta, Spec: read.Spec}
	}
	return it
}
