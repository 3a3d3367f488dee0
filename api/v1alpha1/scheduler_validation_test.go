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
		"everything": string(schedulerManifest("{paused: true, timeZone: Europe/Berlin, taskDefaults: {coalesce: false, maxInstances: 2, misfireGracePeriod: 5m, overlapPolicy: Queue, timeout: 1h, startTimeout: 5m, " +
			"retryPolicy: {maxAttempts: 3, backoff: {initial: 5s, factor: 3, max: 10m}}, history: {succeeded: 1, failed: 10}}, " +
			"executors: [{name: pods, pod: {maxConcurrent: 200}}, {name: workers, pool: {maxWorkers: 20}}, {name: async, async: {}}], startupDelay: 2s, shutdown: {wait: false, timeout: 1m}}")),
		"workers without a bound": string(schedulerManifest("{executors: [{name: workers, async: {}}]}")),
		"no limits":               string(schedulerManifest("{taskDefaults: {timeout: 0s, startTimeout: 0s}}")),
		"no startup delay":        string(schedulerManifest("{startupDelay: 0s}")),
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
		"a default that is none":   {string(schedulerManifest("{taskDefaults: {paused: true}}")), `strict decoding error: unknown field "spec.taskDefaults.paused"`},
		"no instances":             {string(schedulerManifest("{taskDefaults: {maxInstances: 0}}")), `spec.taskDefaults.maxInstances: Invalid value: 0: spec.taskDefaults.maxInstances in body should be greater than or equal to 1`},
		"a default of 1ms":         {string(schedulerManifest("{taskDefaults: {timeout: 1ms}}")), `spec.taskDefaults.timeout: Invalid value: "1ms": timeout must be 0s for no limit, or at least 1s, written like 90s, 10m or 1h30m`},
		"a start within 1ms":       {string(schedulerManifest("{taskDefaults: {startTimeout: 1ms}}")), `spec.taskDefaults.startTimeout: Invalid value: "1ms": startTimeout must be 0s for no limit, or at least 1s, written like 90s, 10m or 1h30m`},
		"retries without a number": {string(schedulerManifest("{taskDefaults: {retryPolicy: {backoff: {}}}}")), `spec.taskDefaults.retryPolicy.maxAttempts: Required value`},
		"a first wait too long":    {string(schedulerManifest("{taskDefaults: {retryPolicy: {maxAttempts: 2, backoff: {initial: 2m, max: 1m}}}}")), `spec.taskDefaults.retryPolicy.backoff.initial: Invalid value: initial must not be longer than max: raise max, or lower initial`},
		"boundless history":        {string(schedulerManifest("{taskDefaults: {history: {failed: 101}}}")), `spec.taskDefaults.history.failed: Invalid value: 101: spec.taskDefaults.history.failed in body should be less than or equal to 100`},
		"a negative grace":         {string(schedulerManifest("{taskDefaults: {misfireGracePeriod: -5m}}")), `spec.taskDefaults.misfireGracePeriod: Invalid value: "-5m": misfireGracePeriod must be 0s or at least 1s, written like 30s, 5m or 1h30m`},
		"an executor that is none": {string(schedulerManifest("{executors: [{name: gpu}]}")), `spec.executors[0]: Invalid value: exactly one of the fields in [pod pool async] must be set`},
		"an executor of two kinds": {string(schedulerManifest("{executors: [{name: gpu, pod: {}, pool: {}}]}")), `spec.executors[0]: Invalid value: exactly one of the fields in [pod pool async] must be set`},
		"pods that are a pool":     {string(schedulerManifest("{executors: [{name: pods, pool: {}}]}")), `spec.executors[0].name: Invalid value: the executor named pods must be a pod one: write pod, or choose another name`},
		"workers that are Pods":    {string(schedulerManifest("{executors: [{name: workers, pod: {}}]}")), `spec.executors[0].name: Invalid value: the executor named workers must be a pool or async one, or have another name`},
		"an executor without name": {string(schedulerManifest("{executors: [{pod: {}}]}")), `spec.executors[0].name: Required value`},
		"an executor named badly":  {string(schedulerManifest("{executors: [{name: My_Pool, pool: {}}]}")), `spec.executors[0].name: Invalid value: "My_Pool": name must have lower case letters, digits and hyphens, and begin and end with a letter or digit`},
		"no workers":               {string(schedulerManifest("{executors: [{name: few, pool: {maxWorkers: 0}}]}")), `spec.executors[0].pool.maxWorkers: Invalid value: 0: spec.executors[0].pool.maxWorkers in body should be greater than or equal to 1`},
		"a delay that is no time":  {string(schedulerManifest("{startupDelay: 2 seconds}")), `spec.startupDelay: Invalid value: "2 seconds": startupDelay must be at most 1h, written like 500ms, 2s or 1m`},
		"a delay of a day":         {string(schedulerManifest("{startupDelay: 24h}")), `spec.startupDelay: Invalid value: "24h": startupDelay must be at most 1h, written like 500ms, 2s or 1m`},
		"a timeout of days":        {string(schedulerManifest("{shutdown: {timeout: 48h}}")), `spec.shutdown.timeout: Invalid value: "48h": timeout must be at most 24h, written like 30s, 5m or 1h`},
		"a timeout without a unit": {string(schedulerManifest("{shutdown: {timeout: \"30\"}}")), `spec.shutdown.timeout: Invalid value: "30": timeout must be at most 24h, written like 30s, 5m or 1h`},
		"an unknown field":         {string(schedulerManifest("{replicas: 2}")), `strict decoding error: unknown field "spec.replicas"`},
		"a word as paused":         {string(schedulerManifest("{paused: sometimes}")), `spec.paused: Invalid value: "string": spec.paused in body must be of type boolean: "string"`},
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
