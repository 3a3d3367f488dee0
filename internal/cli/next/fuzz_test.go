package next

import (
	"testing"

	"github.com/carillon-dev/carillon/internal/cli/manifests"
	"github.com/carillon-dev/carillon/internal/cli/taskfile"
)

func FuzzManifests(f *testing.F) {
	f.Add([]byte(manifestOf("a", "{date: {}}") + "---\n" + manifestOf("b", `{schedule: */5 * * * *}`)))
	f.Add([]byte(`{"apiVersion": "v1", "kind": "List", "items": [{"kind": "Task"}]}{}`))
	f.Add([]byte("--- |\n a\n...\n%YAML 1.2\n---\n&a [*a]\n"))
	f.Add([]byte("apiVersion: carillon.dev/v1\nkind: Task\nmetadata: [\nname: a"))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, _ := taskfile.Read([]manifests.Source{{Name: "fuzz", Data: data}})
		known, _ := taskfile.ReadSchedulers(all)
		forecasts, err := forecastAll(t.Context(), all, known, question{from: present, count: 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, fc := range forecasts {
			if (fc.err == nil) != (fc.trigger != nil) {
				t.Errorf("%+v has neither a trigger nor an error, or both", fc)
			}
		}
	})
}
