package lint

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/admission"
	"github.com/carillon-dev/carillon/internal/cli/manifests"
	"github.com/carillon-dev/carillon/internal/cli/plan"
	"github.com/carillon-dev/carillon/internal/cli/taskfile"
	"github.com/carillon-dev/carillon/internal/taskspec"
)

// The levels of findings.
const (
	levelError   = "error"
	levelWarning = "warning"
)

// The rules that findings are of.
const (
	ruleUnreadable = "unreadable"
	ruleSchema     = "schema"
	ruleName       = "name"
	ruleTrigger    = "trigger"
	ruleSurprise   = "surprise"
)

// A finding is what is wrong, or may surprise, about one object.
type finding struct {
	Source    string `json:"source"`
	Line      int    `json:"line"` // of the beginning of its document
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Level     string `json:"level"`
	Rule      string `json:"rule"`
	Message   string `json:"message"`
}

// check returns the findings about objects, in their order.
func check(objects []taskfile.Object, now time.Time) ([]finding, error) {
	tasks, err := admission.Task()
	if err != nil {
		return nil, err //nolint:wrapcheck // it says which schema
	}
	schedulers, err := admission.Scheduler()
	if err != nil {
		return nil, err //nolint:wrapcheck // it says which schema
	}
	known, _ := taskfile.ReadSchedulers(objects) // what is wrong with them is found below
	checks := make([]checker, len(objects))
	taskfile.InParallel(len(objects), func(i int) {
		checks[i] = checker{Object: &objects[i]}
		if objects[i].Kind == taskfile.KindTask {
			checks[i].checkTask(tasks, known, now.UTC().Truncate(time.Second))
		} else {
			checks[i].checkScheduler(schedulers)
		}
	})
	var found []finding
	for i := range checks {
		found = append(found, checks[i].found...)
	}
	return found, nil
}

// checker collects the findings about one object.
type checker struct {
	*taskfile.Object

	found []finding
}

func (c *checker) add(level, rule, format string, args ...any) {
	c.found = append(c.found, finding{
		Source: c.Source, Line: c.Line, Kind: c.Kind, Namespace: c.Namespace, Name: c.Name,
		Level: level, Rule: rule, Message: fmt.Sprintf(format, args...),
	})
}

func (c *checker) checkTask(schema *admission.Schema, known taskfile.Schedulers, now time.Time) {
	task := &v1alpha1.Task{}
	if !c.decode(task, schema) {
		return
	}
	c.checkName()
	sched, problem := schedulerOf(task, known[taskfile.SchedulerKey{Namespace: c.Namespace, Name: task.SchedulerName()}])
	if problem != "" {
		c.add(levelError, ruleTrigger, "%s", problem)
	}
	compiled, err := plan.Compile(task, sched, now)
	if err != nil {
		c.add(levelError, ruleTrigger, "%v", err)
	}
	// The trigger engine says better what is wrong with a trigger.
	c.checkSchema(schema, func(e *field.Error) bool { return err != nil && strings.HasPrefix(e.Field, "spec.trigger") })
	if err == nil {
		for _, warning := range compiled.Warnings() {
			at := strings.TrimSuffix("spec.trigger."+warning.Field, ".")
			if warning.Contradiction {
				c.add(levelError, ruleTrigger, "%s: %s", at, warning.Text)
				continue
			}
			c.add(levelWarning, ruleSurprise, "%s: %s", at, warning.Text)
		}
	}
	for _, warning := range taskspec.ActionWarnings(&task.Spec.Action) {
		c.add(levelWarning, ruleSurprise, "%s", warning)
	}
}

// schedulerOf is the Scheduler that a Task gets its time zone from, nil if it is not in the input. The
// problem is that it cannot be had from there.
func schedulerOf(task *v1alpha1.Task, sched *taskfile.Scheduler) (known *v1alpha1.Scheduler, problem string) {
	switch {
	case sched == nil:
		return nil, "" // the zone is taken to be UTC
	case sched.Err == nil:
		return &sched.Scheduler, ""
	case task.Spec.Trigger.TimeZone != "":
		return nil, "" // it has a zone of its own
	default:
		return nil, fmt.Sprintf("Scheduler %q, which has the time zone, has an error", task.SchedulerName())
	}
}

func (c *checker) checkScheduler(schema *admission.Schema) {
	sched := &v1alpha1.Scheduler{}
	if !c.decode(sched, schema) {
		return
	}
	c.checkName()
	c.checkSchema(schema, func(*field.Error) bool { return false })
	if err := taskspec.CheckZone(sched.Spec.TimeZone); err != nil {
		c.add(levelError, ruleTrigger, "spec.%v", err)
	}
}

// decode decodes the object. It reports false if that fails. Where a value does not fit its field,
// the schema says so better.
func (c *checker) decode(into any, schema *admission.Schema) bool {
	err := c.Decode(into)
	if err == nil {
		return true
	}
	if _, ok := errors.AsType[*manifests.MisfitError](err); ok {
		if c.checkSchema(schema, func(*field.Error) bool { return false }); len(c.found) > 0 {
			return false
		}
	}
	c.add(levelError, ruleUnreadable, "%v", err)
	return false
}

// checkSchema adds what the API server would reject, but for what is said otherwise.
func (c *checker) checkSchema(schema *admission.Schema, otherwise func(*field.Error) bool) {
	errs, err := schema.Errors(c.named())
	if err != nil {
		c.add(levelError, ruleUnreadable, "%v", err)
	}
	for _, e := range errs {
		if !otherwise(e) {
			c.add(levelError, ruleSchema, "%v", admission.Join(field.ErrorList{e}))
		}
	}
}

// named returns the object with a name, if it has one that is yet to be generated.
func (c *checker) named() []byte {
	var object map[string]any
	if json.Unmarshal(c.Data, &object) != nil {
		return c.Data
	}
	metadata, ok := object["metadata"].(map[string]any)
	if !ok || metadata["name"] != nil || metadata["generateName"] == nil {
		return c.Data
	}
	metadata["name"] = c.Name + "00000"
	data, err := json.Marshal(object)
	if err != nil {
		return c.Data
	}
	return data
}

func (c *checker) checkName() {
	if c.Name == "" {
		c.add(levelError, ruleName, "metadata.name: write a name")
		return
	}
	for _, problem := range validation.IsDNS1123Subdomain(strings.TrimSuffix(c.Name, "-")) {
		c.add(levelError, ruleName, "metadata.name: %q: %s", c.Name, problem)
	}
}
