package v1alpha1_test

import (
	"strings"
	"testing"
)

// schedulerManifest returns a Scheduler with a spec in YAML's flow style.
func schedulerManifest(spec string) []byte {
	return []byte("apiVersion: carillon.dev/v1alpha1\nkind: Scheduler\nmetadata: {name: s}\nspec: " + spec)
}

func TestSchedulerAccepted(t *testing.T) {
	t.Parallel()
	for name, manifest := range map[string]string{
		"no spec":       "apiVersion: carillon.dev/v1alpha1\nkind: Scheduler\nmetadata: {name: s}",
		"an empty spec": string(schedulerManifest("{}")),
		"everything":    string(schedulerManifest("{paused: true, timeZone: Europe/Berlin, taskDefaults: {coalesce: false, maxInstances: 2, misfireGracePeriod: 5m, overlapPolicy: Queue}}")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := server(t).Create([]byte(manifest)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSchedulerRejected(t *testing.T) {
	t.Parallel()
	name := strings.Repeat("s", 64)
	for title, tc := range map[string]struct{ manifest, wantErr string }{
		"a default that is none": {string(schedulerManifest("{taskDefaults: {timeout: 5m}}")), `strict decoding error: unknown field "spec.taskDefaults.timeout"`},
		"a negative grace":       {string(schedulerManifest("{taskDefaults: {misfireGracePeriod: -5m}}")), `spec.taskDefaults.misfireGracePeriod: Invalid value: "-5m": misfireGracePeriod must be 0s or at least 1s, written like 30s, 5m or 1h30m`},
		"an unknown field":       {string(schedulerManifest("{replicas: 2}")), `strict decoding error: unknown field "spec.replicas"`},
		"a word as paused":       {string(schedulerManifest("{paused: sometimes}")), `spec.paused: Invalid value: "string": spec.paused in body must be of type boolean: "string"`},
		"a name too long for a label": {
			"apiVersion: carillon.dev/v1alpha1\nkind: Scheduler\nmetadata: {name: " + name + "}",
			`Scheduler.carillon.dev "` + name + `" is invalid: <nil>: Invalid value: a Scheduler's name is a label of its Tasks' Pods: write at most 63 characters`,
		},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			_, err := server(t).Create([]byte(tc.manifest))
			checkMessage(t, err, tc.wantErr)
		})
	}
}
