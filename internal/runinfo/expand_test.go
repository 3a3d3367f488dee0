package runinfo_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/carillon-dev/carillon/internal/runinfo"
)

func TestR6_Expand(t *testing.T) {
	t.Parallel()
	slot := time.Date(2026, 11, 20, 13, 30, 0, 0, time.UTC)
	facts := runinfo.RunInfo{
		Namespace: "reports", Task: "newsletter", ID: "0123", Source: "Manual", Attempt: 2, Coalesced: 3,
		ScheduledTime: slot, DueTime: slot.Add(time.Second), StartTime: slot.Add(2 * time.Second), Request: `", "forged": "`,
	}
	for name, tc := range map[string]struct{ text, want string }{
		"every variable": {
			"$(CARILLON_NAMESPACE)/$(CARILLON_TASK) $(CARILLON_RUN_ID) $(CARILLON_SOURCE) $(CARILLON_SCHEDULED_TIME) " +
				"$(CARILLON_DUE_TIME) $(CARILLON_START_TIME) $(CARILLON_ATTEMPT) $(CARILLON_COALESCED)",
			"reports/newsletter 0123 Manual 2026-11-20T13:30:00Z 2026-11-20T13:30:01Z 2026-11-20T13:30:02Z 2 3",
		},
		"one that is kept":          {"$$(CARILLON_TASK) $(CARILLON_TASK)", "$(CARILLON_TASK) newsletter"},
		"one that there is not":     {"$(CARILLON_REQUEST) $(HOME) $CARILLON_TASK ${CARILLON_TASK}", "$(CARILLON_REQUEST) $(HOME) $CARILLON_TASK ${CARILLON_TASK}"},
		"half of one":               {"$(CARILLON_TASK", "$(CARILLON_TASK"},
		"a value is not read again": {"$($(CARILLON_TASK))", "$(newsletter)"},
		"none":                      {`{"a": "$1"}`, `{"a": "$1"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := facts.Expand(tc.text); got != tc.want {
				t.Errorf("%q became %q, want %q", tc.text, got, tc.want)
			}
		})
	}
	var parsed map[string]string
	body := facts.Expand(`{"slot": "$(CARILLON_SCHEDULED_TIME)", "run": "$(CARILLON_RUN_ID)"}`)
	if err := json.Unmarshal([]byte(body), &parsed); err != nil || parsed["slot"] != "2026-11-20T13:30:00Z" || strings.Contains(body, "forged") {
		t.Errorf("JSON became %s: %v", body, err)
	}
}
