package next

import (
	"encoding/json"
	"fmt"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/internal/cli/kube"
	"github.com/carillon-dev/carillon/internal/cli/text"
)

// The formats of the output.
const (
	outputTable = "table"
	outputJSON  = "json"
	outputYAML  = "yaml"
)

// A printer prints forecasts. The time is the present, for how long it is until a
// slot.
type printer func(f *kube.Factory, forecasts []forecast, now time.Time) error

func printerFor(format string) (printer, error) {
	switch format {
	case outputTable:
		return printTable, nil
	case outputJSON:
		return printJSON, nil
	case outputYAML:
		return printYAML, nil
	default:
		return nil, fmt.Errorf("--output %q: must be table, json or yaml", format)
	}
}

// result is the output for programs.
type result struct {
	Items []resultItem `json:"items"`
}

// resultItem is what is known about a Task. No field is ever left out.
type resultItem struct {
	Namespace string   `json:"namespace"`
	Name      string   `json:"name"`
	Times     []string `json:"times"`     // RFC 3339, with the offset of the trigger's zone
	Exhausted bool     `json:"exhausted"` // fewer slots exist than were asked for
	Error     string   `json:"error"`     // empty if there is none
	Warnings  []string `json:"warnings"`
}

func resultOf(forecasts []forecast) result {
	r := result{Items: make([]resultItem, 0, len(forecasts))}
	for i := range forecasts {
		f := &forecasts[i]
		item := resultItem{Namespace: f.namespace, Name: f.name, Times: []string{}, Exhausted: f.exhausted, Warnings: []string{}}
		if f.err != nil {
			item.Error = f.err.Error()
		}
		for _, slot := range f.slots {
			item.Times = append(item.Times, text.Time(slot, f.trigger.Location()))
		}
		item.Warnings = append(item.Warnings, f.warnings...)
		r.Items = append(r.Items, item)
	}
	return r
}

func printJSON(f *kube.Factory, forecasts []forecast, _ time.Time) error {
	encoder := json.NewEncoder(f.Raw)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "    ")
	return encoder.Encode(resultOf(forecasts)) //nolint:wrapcheck // writing to the terminal
}

func printYAML(f *kube.Factory, forecasts []forecast, _ time.Time) error {
	data, err := yaml.Marshal(resultOf(forecasts))
	if err != nil {
		return fmt.Errorf("writing YAML: %w", err)
	}
	_, err = f.Raw.Write(data)
	return err //nolint:wrapcheck // writing to the terminal
}
