package lint

import (
	"encoding/json"
	"fmt"

	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/text"
)

// The formats of the output.
const (
	outputText  = "text"
	outputJSON  = "json"
	outputSARIF = "sarif"
)

// A report is what was checked and found.
type report struct {
	Objects  int       `json:"objects"`
	Findings []finding `json:"findings"`
}

type printer func(*kube.Factory, *report) error

func printerFor(format string) (printer, error) {
	switch format {
	case outputText:
		return printText, nil
	case outputJSON:
		return printJSON, nil
	case outputSARIF:
		return printSARIF, nil
	default:
		return nil, fmt.Errorf("--output %q: must be text, json or sarif", format)
	}
}

// printText prints a line for each finding, as compilers do.
func printText(f *kube.Factory, r *report) error {
	for i := range r.Findings {
		found := &r.Findings[i]
		if found.Kind == "" {
			fmt.Fprintf(f.Out, "%s: %s\n", found.Level, found.Message)
			continue
		}
		fmt.Fprintf(f.Out, "%s:%d: %s: %s %s/%s: %s\n", text.Line(found.Source), found.Line, found.Level,
			found.Kind, text.Line(found.Namespace), text.Line(found.Name), found.Message)
	}
	if len(r.Findings) == 0 {
		fmt.Fprintf(f.ErrOut, "%s checked: nothing found\n", count(r.Objects, "object"))
	}
	return nil
}

func printJSON(f *kube.Factory, r *report) error {
	if r.Findings == nil {
		r.Findings = []finding{}
	}
	return encode(f, r)
}

func encode(f *kube.Factory, value any) error {
	encoder := json.NewEncoder(f.Raw)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "    ")
	return encoder.Encode(value) //nolint:wrapcheck // writing to the terminal
}
