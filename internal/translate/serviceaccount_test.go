package translate

import (
	"strings"
	"testing"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/testutil/objects"
)

func TestServiceAccounts(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		account  string // of the Task
		accounts ServiceAccounts
		want     string
		stalled  bool
	}{
		"the Task's":                    {"reports", ServiceAccounts{Default: "tasks"}, "reports", false},
		"the default":                   {"", ServiceAccounts{Default: "tasks"}, "tasks", false},
		"the manager":                   {"", ServiceAccounts{}, "", false},
		"the Task's, as is required":    {"reports", ServiceAccounts{Require: true}, "reports", false},
		"the default, as is required":   {"", ServiceAccounts{Default: "tasks", Require: true}, "tasks", false},
		"none, although it is required": {"", ServiceAccounts{Require: true}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := env()
			own.ServiceAccounts = tc.accounts
			got := Translate(podTask(func(task *v1alpha1.Task) { task.Spec.ServiceAccountName = tc.account }), objects.MakeScheduler(), own)
			if payload.Of(got).ServiceAccount != tc.want || got.Settings().Account != tc.want {
				t.Errorf("acts as %q, shows %q; want %q", payload.Of(got).ServiceAccount, got.Settings().Account, tc.want)
			}
			stalled := got.Missing != nil && got.Missing.Reason == v1alpha1.ReasonServiceAccountRequired &&
				strings.HasPrefix(got.Missing.Message, "spec.serviceAccountName: write ")
			if stalled != tc.stalled || (got.Missing != nil) != tc.stalled {
				t.Errorf("missing %+v, want %t", got.Missing, tc.stalled)
			}
			of := func(account string) string {
				return Translate(podTask(func(task *v1alpha1.Task) { task.Spec.ServiceAccountName = account }), objects.MakeScheduler(), env()).ActionHash
			}
			if got.ActionHash != of(tc.want) {
				t.Error("the hash of the action depends on where the account comes from")
			}
		})
	}
}

// A Secret that the account reads needs no permission of the manager.
func TestServiceAccounts_ReadSecrets(t *testing.T) {
	t.Parallel()
	for account, stalled := range map[string]bool{"": true, "reports": false} {
		task := objects.MakeTask(func(task *v1alpha1.Task) {
			task.Spec.ServiceAccountName = account
			task.Spec.Action = v1alpha1.Action{HTTP: &v1alpha1.HTTPAction{
				URL: "https://hooks.example", Auth: v1alpha1.HTTPAuth{ServiceAccountToken: v1alpha1.ServiceAccountToken{Audience: "https://hooks.example"}},
				Headers: []v1alpha1.HTTPHeader{{Name: "X-Key", ValueFrom: v1alpha1.HeaderValueSource{SecretKeyRef: v1alpha1.SecretKeyRef{Name: "a", Key: "b"}}}},
			}}
		})
		got := Translate(task, objects.MakeScheduler(), env())
		if (got.InvalidAction != nil) != stalled {
			t.Errorf("%q: %+v", account, got.InvalidAction)
		}
		if !stalled && payload.Of(got).HTTP.Audience != "https://hooks.example" {
			t.Errorf("action %+v", payload.Of(got).HTTP)
		}
	}
}
