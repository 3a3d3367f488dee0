package trial

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/apiclient"
)

func TestRenderTable(t *testing.T) {
	t.Parallel()
	const answer = `{
	  "columnDefinitions": [{"name": "Name"}, {"name": "State"}, {"name": "Wide", "priority": 1}, {"name": "Active"}],
	  "rows": [
	    {"cells": ["a", "Scheduled", "x", 1], "object": {"metadata": {"namespace": "default"}}},
	    {"cells": ["longer", null, "x", 0], "object": {"metadata": {"namespace": "n"}}}
	  ]
	}`
	var table apiclient.Table
	if err := json.Unmarshal([]byte(answer), &table); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"NAMESPACE   NAME     STATE       ACTIVE",
		"default     a        Scheduled   1",
		"n           longer               0",
		"",
	}, "\n")
	if diff := cmp.Diff(want, renderTable(table)); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		lines []string
		size  size
		want  []string
	}{
		"fits":     {lines: []string{"a", "b"}, size: size{columns: 80, rows: 24}, want: []string{"a", "b"}},
		"too wide": {lines: []string{"äbc"}, size: size{columns: 2, rows: 24}, want: []string{"äb"}},
		"too long": {lines: []string{"a", "b", "c", "d"}, size: size{columns: 80, rows: 4}, want: []string{"a", "b", "… and 2 more"}},
		"no rows":  {lines: []string{"a", "b"}, size: size{columns: 80}, want: []string{"a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, fit(tc.lines, tc.size)); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}
