package kube

import (
	"fmt"
	"strings"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// FieldManager is whose the fields are that the plugin sets.
const FieldManager = "kubectl-carillon"

// The kinds that a Ref can name.
const (
	KindTask      = "Task"
	KindScheduler = "Scheduler"
)

// Ref names a Task or a Scheduler.
type Ref struct {
	Kind            string
	Namespace, Name string
}

// String is how kubectl writes it, such as task.carillon.dev/report.
func (r Ref) String() string {
	return strings.ToLower(r.Kind) + "." + v1alpha1.GroupVersion.Group + "/" + r.Name
}

func (r Ref) resource() string {
	if r.Kind == KindScheduler {
		return schedulers
	}
	return tasks
}

// kinds are the words that people write for a kind, without the group.
var kinds = map[string]string{
	"task": KindTask, "tasks": KindTask, "ctask": KindTask, "ctasks": KindTask,
	"scheduler": KindScheduler, "schedulers": KindScheduler, "cscheduler": KindScheduler, "cschedulers": KindScheduler,
}

// IsKind reports whether somebody wrote a kind alone, such as task or schedulers.carillon.dev.
func IsKind(text string) bool {
	word, group, _ := strings.Cut(text, ".")
	return kinds[strings.ToLower(word)] != "" && (group == "" || group == v1alpha1.GroupVersion.Group)
}

// IsSchedulers reports whether somebody wrote the kind Scheduler alone.
func IsSchedulers(text string) bool {
	word, _, _ := strings.Cut(text, ".")
	return IsKind(text) && kinds[strings.ToLower(word)] == KindScheduler
}

// ParseRef reads what people write for an object: report, task/report,
// tasks.carillon.dev/report, scheduler/default. Without a kind it is a Task.
func ParseRef(text, namespace string) (Ref, error) {
	word, name, hasKind := strings.Cut(text, "/")
	if !hasKind {
		word, name = "task", text
	}
	word, group, _ := strings.Cut(word, ".")
	kind, known := kinds[strings.ToLower(word)]
	if !known || group != "" && group != v1alpha1.GroupVersion.Group && group != v1alpha1.GroupVersion.Version+"."+v1alpha1.GroupVersion.Group {
		return Ref{}, fmt.Errorf("%q is neither a Task nor a Scheduler: write NAME, task/NAME or scheduler/NAME", text)
	}
	if name == "" || strings.Contains(name, "/") {
		return Ref{}, fmt.Errorf("%q names nothing: write NAME, task/NAME or scheduler/NAME, and the namespace with -n", text)
	}
	return Ref{Kind: kind, Namespace: namespace, Name: name}, nil
}

// ParseTask is ParseRef for commands that know Tasks alone. It returns the name.
func ParseTask(text string) (string, error) {
	ref, err := ParseRef(text, "")
	if err == nil && ref.Kind != KindTask {
		err = fmt.Errorf("%q is a Scheduler: name a Task", text)
	}
	return ref.Name, err
}
