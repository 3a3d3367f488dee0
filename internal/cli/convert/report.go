package convert

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/text"
)

// counts are what the exit status depends on.
type counts struct{ cronJobs, failed, problems, changed int }

// report converts the CronJobs and prints the Tasks, and on the other stream the notes and
// the errors.
func (o *options) report(found *input) error {
	n := counts{cronJobs: len(found.items), problems: len(found.problems)}
	printed := false
	for _, it := range found.items {
		task, notes, err := o.convert(it)
		for _, note := range notes {
			fmt.Fprintf(o.ErrOut, "%s: %s\n", text.Line(it.name), text.Line(note.String()))
			if note.Effect != Kept {
				n.changed++
			}
		}
		if err != nil {
			n.failed++
			fmt.Fprintf(o.ErrOut, "Error: %s\n", text.Line(strings.TrimSuffix(it.at+": CronJob "+it.name, " ")+": "+err.Error()))
			continue
		}
		if err := o.print(task, printed); err != nil {
			return err
		}
		printed = true
	}
	for _, problem := range found.problems {
		fmt.Fprintf(o.ErrOut, "Error: %s\n", text.Line(problem.Error()))
	}
	if total, kinds := found.passed(); total > 0 {
		fmt.Fprintf(o.ErrOut, "Passed over, as they are not CronJobs: %s\n", text.Line(describePassed(total, kinds)))
	}
	return n.verdict(o.strict)
}

func describePassed(total int, kinds string) string {
	if kinds == "" {
		return fmt.Sprintf("%d", total)
	}
	return fmt.Sprintf("%d (%s)", total, kinds)
}

// convert converts what was read.
func (o *options) convert(it item) (*v1alpha1.Task, []Note, error) {
	if it.err != nil {
		return nil, nil, it.err
	}
	return Convert(it.job, o.Now())
}

// verdict returns the error that makes the exit status.
func (n counts) verdict(strict bool) error {
	switch {
	case n.failed > 0 && n.problems > 0:
		return fmt.Errorf("%d of %d CronJobs cannot be converted, and not everything could be read", n.failed, n.cronJobs)
	case n.failed > 0:
		return fmt.Errorf("%d of %d CronJobs cannot be converted", n.failed, n.cronJobs)
	case n.problems > 0:
		return errors.New("not everything could be read")
	case n.cronJobs == 0:
		return errors.New("there are no CronJobs in the input")
	case strict && n.changed > 0:
		return fmt.Errorf("--strict: %d notes say that something was changed or dropped", n.changed)
	default:
		return nil
	}
}

// print prints a Task as one would write it.
func (o *options) print(task *v1alpha1.Task, further bool) error {
	var data bytes.Buffer
	encoder := json.NewEncoder(&data)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "    ")
	if err := encoder.Encode(task); err != nil {
		return fmt.Errorf("writing a Task: %w", err)
	}
	written := data.Bytes()
	if o.output == outputYAML {
		var err error
		if written, err = yaml.JSONToYAML(written); err != nil {
			return fmt.Errorf("writing a Task: %w", err)
		}
		if further {
			written = append([]byte("---\n"), written...)
		}
	}
	_, err := o.Raw.Write(written)
	return err //nolint:wrapcheck // writing to the terminal
}
