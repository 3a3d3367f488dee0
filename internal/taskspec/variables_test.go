package taskspec_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/runinfo"
	"github.com/carillon-dev/carillon/internal/taskspec"
)

func TestActionWarnings(t *testing.T) {
	t.Parallel()
	const secret = "; a value from a Secret is valueFrom with a prefix and a secretKeyRef"
	for name, tc := range map[string]struct {
		value, body string
		want        []string
	}{
		"nothing that looks like a variable": {value: "Bearer abc", body: `{"cost": "5$ (five)"}`},
		"variables of a run":                 {value: "$(CARILLON_TASK)", body: "$(CARILLON_RUN_ID)"},
		"kept as it is on purpose":           {value: "$$(TOKEN)"},
		"an unknown name": {
			value: "Bearer $(TOKEN)", want: []string{"spec.action.http.headers[0].value: $(TOKEN) is sent as it is written, as it is no variable of a run" + secret},
		},
		"unknown names in the body, each once": {
			body: "$(A) $(CARILLON_TASK) $(A) $(B)",
			want: []string{
				"spec.action.http.body: $(A) is sent as it is written, as it is no variable of a run",
				"spec.action.http.body: $(B) is sent as it is written, as it is no variable of a run",
			},
		},
		"a command of a shell": {body: "$(date -u) $()"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			action := &v1alpha1.Action{HTTP: &v1alpha1.HTTPAction{Headers: []v1alpha1.HTTPHeader{{Name: "A", Value: &tc.value}}, Body: tc.body}}
			if diff := cmp.Diff(tc.want, taskspec.ActionWarnings(action)); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
	if got := taskspec.ActionWarnings(&v1alpha1.Action{}); got != nil {
		t.Errorf("warnings about no request: %q", got)
	}
}

// The names that are known are those that are expanded.
func TestActionWarnings_KnowTheVariablesOfARun(t *testing.T) {
	t.Parallel()
	for _, fact := range (runinfo.RunInfo{}).Text(runinfo.Variables) {
		action := &v1alpha1.Action{HTTP: &v1alpha1.HTTPAction{Body: "$(" + fact.Name + ")"}}
		if got := taskspec.ActionWarnings(action); got != nil {
			t.Errorf("%q, although it is expanded", got)
		}
	}
}
