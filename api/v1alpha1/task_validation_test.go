package v1alpha1_test

import (
	"strings"
	"testing"
)

func TestTaskAccepted(t *testing.T) {
	t.Parallel()
	accepted(t, map[string]string{
		"the least":                 withField(""),
		"everything":                withField(`schedulerName: default, description: d, paused: true, coalesce: false, catchUpLimit: 1000, maxInstances: 100, overlapPolicy: Replace, retryPolicy: {maxAttempts: 100, backoff: {initial: 1s, factor: 10, max: 1h}}, misfireGracePeriod: 30s, executor: workers, timeout: 10m, startTimeout: 1h30m, history: {succeeded: 0, failed: 100}`),
		"retries without a backoff": withField("retryPolicy: {maxAttempts: 3}"),
		"Queue":                     withField("overlapPolicy: Queue"),
		"grace of 0s":               withField("misfireGracePeriod: 0s"),
		"grace of 0h0m":             withField("misfireGracePeriod: 0h0m"),
		"grace of 1s":               withField("misfireGracePeriod: 1s"),
		"grace with a fraction":     withField("misfireGracePeriod: 1.5h"),
		"a long timeout":            withField("timeout: 999999h"),
		"no timeout":                withField("timeout: 0s"),
		"equal waits":               withField("retryPolicy: {maxAttempts: 3, backoff: {initial: 1m, max: 60s}}"),
		"a first wait above 5m":     withField("retryPolicy: {maxAttempts: 3, backoff: {initial: 10m}}"),
		"a longest wait below 10s":  withField("retryPolicy: {maxAttempts: 3, backoff: {max: 1s}}"),
		"an executor that is not known here": withField(
			"executor: somewhere"),
		"a description of lines": withField(`description: "Sends é, 漢字 and 🎉.\n\tEvery day."`),
		"history of one result":  withField("history: {failed: 0}"),
		"an empty history":       withField("history: {}"),
		"a ServiceAccount":       withField("serviceAccountName: reports-2.eu"),
		"a long ServiceAccount":  withField("serviceAccountName: " + strings.Repeat("a", 253)),
		"pods for a pod":         `{trigger: {date: {}}, executor: pods, action: {pod: {template: {spec: {containers: [{name: a}]}}}}}`,
		"workers for http":       `{trigger: {date: {}}, executor: workers, action: {http: {url: "http://a"}}}`,
		"the longest name there": withField("schedulerName: " + strings.Repeat("a", 63)),
	})
}

func TestTaskRejected(t *testing.T) {
	t.Parallel()
	const (
		wantTrigger = "spec.trigger: Required value: write a trigger: exactly one of schedule, cron, interval, date, anyOf, allOf or shutdown"
		wantPlain   = ": description must not have control characters but for the ends of lines and tabs"
		wantAccount = ": serviceAccountName must be the name of a ServiceAccount: lower case letters, digits, dashes and dots, such as reports"
		wantAction  = "spec.action: Required value: write an action: exactly one of pod, http or handler"
	)
	rejected(t, map[string]rejection{
		"no trigger and no action": {"{}", wantTrigger + ", " + wantAction},
		"no trigger":               {"{action: {handler: {name: log}}}", wantTrigger},
		"no action":                {"{trigger: {date: {}}}", wantAction},

		"maxInstances of 0":    {withField("maxInstances: 0"), "spec.maxInstances: Invalid value: 0: spec.maxInstances in body should be greater than or equal to 1"},
		"maxInstances of 101":  {withField("maxInstances: 101"), "spec.maxInstances: Invalid value: 101: spec.maxInstances in body should be less than or equal to 100"},
		"catchUpLimit of 0":    {withField("catchUpLimit: 0"), "spec.catchUpLimit: Invalid value: 0: spec.catchUpLimit in body should be greater than or equal to 1"},
		"catchUpLimit of 1001": {withField("catchUpLimit: 1001"), "spec.catchUpLimit: Invalid value: 1001: spec.catchUpLimit in body should be less than or equal to 1000"},
		"negative history":     {withField("history: {failed: -1}"), "spec.history.failed: Invalid value: -1: spec.history.failed in body should be greater than or equal to 0"},
		"boundless history":    {withField("history: {succeeded: 101}"), "spec.history.succeeded: Invalid value: 101: spec.history.succeeded in body should be less than or equal to 100"},

		"an overlap policy of CronJob": {withField("overlapPolicy: Forbid"), `spec.overlapPolicy: Unsupported value: "Forbid": supported values: "Skip", "Queue", "Replace"`},
		"no attempts":                  {withField("retryPolicy: {maxAttempts: 0}"), "spec.retryPolicy.maxAttempts: Invalid value: 0: spec.retryPolicy.maxAttempts in body should be greater than or equal to 1"},
		"boundless attempts":           {withField("retryPolicy: {maxAttempts: 101}"), "spec.retryPolicy.maxAttempts: Invalid value: 101: spec.retryPolicy.maxAttempts in body should be less than or equal to 100"},
		"a factor of 0":                {withField("retryPolicy: {maxAttempts: 2, backoff: {factor: 0}}"), "spec.retryPolicy.backoff.factor: Invalid value: 0: spec.retryPolicy.backoff.factor in body should be greater than or equal to 1"},
		"a first wait above the last":  {withField("retryPolicy: {maxAttempts: 2, backoff: {initial: 10m, max: 5m}}"), "spec.retryPolicy.backoff.initial: Invalid value: initial must not be longer than max: raise max, or lower initial"},
		"a first wait that is no time": {withField("retryPolicy: {maxAttempts: 2, backoff: {initial: soon, max: 5m}}"), `spec.retryPolicy.backoff.initial: Invalid value: "soon": initial must be at least 1s, written like 10s, 5m or 1h30m`},
		"retries without a number":     {withField("retryPolicy: {backoff: {}}"), "spec.retryPolicy.maxAttempts: Required value"},

		"empty schedulerName": {withField(`schedulerName: ""`), `spec.schedulerName: Invalid value: "": spec.schedulerName in body should be at least 1 chars long`},
		"long schedulerName":  {withField("schedulerName: " + strings.Repeat("a", 64)), "spec.schedulerName: Too long: may not be more than 63 bytes"},
		"long description":    {withField("description: " + strings.Repeat("a", 1025)), "spec.description: Too long: may not be more than 1024 bytes"},
		"an escape sequence":  {withField(`description: "\x1b[2J"`), `spec.description: Invalid value: "\x1b[2J"` + wantPlain},
		"one of eight bits":   {withField(`description: "a\u009b2Jb"`), `spec.description: Invalid value: "a\u009b2Jb"` + wantPlain},
		"a carriage return":   {withField(`description: "ok\rState: fake"`), `spec.description: Invalid value: "ok\rState: fake"` + wantPlain},
		"a deleted character": {withField(`description: "\x7f"`), `spec.description: Invalid value: "\x7f"` + wantPlain},
		"empty executor":      {withField(`executor: ""`), `spec.executor: Invalid value: "": spec.executor in body should be at least 1 chars long`},
		"long executor":       {withField("executor: " + strings.Repeat("a", 64)), "spec.executor: Too long: may not be more than 63 bytes"},

		"empty ServiceAccount":  {withField(`serviceAccountName: ""`), `spec.serviceAccountName: Invalid value: "": spec.serviceAccountName in body should be at least 1 chars long, spec.serviceAccountName: Invalid value: ""` + wantAccount},
		"long ServiceAccount":   {withField("serviceAccountName: " + strings.Repeat("a", 254)), "spec.serviceAccountName: Too long: may not be more than 253 bytes"},
		"a user":                {withField("serviceAccountName: system:serviceaccount:a:b"), `spec.serviceAccountName: Invalid value: "system:serviceaccount:a:b"` + wantAccount},
		"another namespace":     {withField("serviceAccountName: kube-system/admin"), `spec.serviceAccountName: Invalid value: "kube-system/admin"` + wantAccount},
		"two lines of accounts": {withField(`serviceAccountName: "a\nb"`), `spec.serviceAccountName: Invalid value: "a\nb"` + wantAccount},

		"pods for a handler": {withField("executor: pods"), `spec.executor: Invalid value: executor pods runs pod actions only: write workers, or leave executor out`},
		"workers for a pod":  {`{trigger: {date: {}}, executor: workers, action: {pod: {template: {spec: {containers: [{name: a}]}}}}}`, `spec.executor: Invalid value: executor workers runs http and handler actions only: write pods, or leave executor out`},
		"an unknown field":   {withField("retries: 3"), `strict decoding error: unknown field "spec.retries"`},
		"an unknown trigger": {withTrigger("{rrule: FREQ=DAILY}"), `strict decoding error: unknown field "spec.trigger.rrule"`},
		"a duplicate field":  {withField("paused: true, paused: false"), `strict decoding error: yaml: unmarshal errors:` + "\n" + `  line 4: key "paused" already set in map`},
	})
}

// A6: a duration that the API server admitted and Go could not decode would stop
// every informer of Tasks.
func TestDurationsRejected(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]string{
		"misfireGracePeriod": "misfireGracePeriod must be 0s or at least 1s, written like 30s, 5m or 1h30m",
		"timeout":            "timeout must be 0s for no limit, or at least 1s, written like 90s, 10m or 1h30m",
		"startTimeout":       "startTimeout must be 0s for no limit, or at least 1s, written like 90s, 10m or 1h30m",
		"jitter":             "jitter must be at least 0s, written like 30s, 5m or 1h30m",
	} {
		for _, value := range []string{"5 minutes", "5", "-5m", "5min", "1d", "PT5M", "", "1h 30m", "+1s", ".5s", "1e3s", "1000000h"} {
			t.Run(field+" "+value, func(t *testing.T) {
				t.Parallel()
				spec, path := withField(field+`: "`+value+`"`), "spec."+field
				if field == "jitter" {
					spec, path = withTrigger(`{date: {}, jitter: "`+value+`"}`), "spec.trigger.jitter"
				}
				_, err := server(t).Create(taskManifest(spec))
				checkMessage(t, err, path+`: Invalid value: "`+value+`": `+want)
			})
		}
	}
	rejected(t, map[string]rejection{
		"grace below a second":   {withField("misfireGracePeriod: 999ms"), `spec.misfireGracePeriod: Invalid value: "999ms": misfireGracePeriod must be 0s or at least 1s, written like 30s, 5m or 1h30m`},
		"timeout below a second": {withField("timeout: 999ms"), `spec.timeout: Invalid value: "999ms": timeout must be 0s for no limit, or at least 1s, written like 90s, 10m or 1h30m`},
		"startTimeout of 1ms":    {withField("startTimeout: 1ms"), `spec.startTimeout: Invalid value: "1ms": startTimeout must be 0s for no limit, or at least 1s, written like 90s, 10m or 1h30m`},
		"a number":               {withField("timeout: 30"), `spec.timeout: Invalid value: "integer": spec.timeout in body must be of type string: "integer"`},
		"more than Go can hold":  {withField("timeout: 999999h999999h999999h"), "spec.timeout: Too long: may not be more than 20 bytes"},
	})
}

func TestTaskNameFitsIntoALabel(t *testing.T) {
	t.Parallel()
	manifest := func(name string) []byte {
		return []byte("apiVersion: carillon.dev/v1alpha1\nkind: Task\nmetadata: {name: " + name + "}\nspec: " + withField(""))
	}
	if _, err := server(t).Create(manifest(strings.Repeat("t", 63))); err != nil {
		t.Errorf("a name of 63 characters: %v", err)
	}
	name := strings.Repeat("t", 64)
	_, err := server(t).Create(manifest(name))
	checkMessage(t, err, `Task.carillon.dev "`+name+`" is invalid: <nil>: Invalid value: a Task's name is a label of its Pods: write at most 63 characters`)
}

func TestSchedulerNameIsImmutable(t *testing.T) {
	t.Parallel()
	const want = "spec.schedulerName: Forbidden: schedulerName cannot be changed: delete the Task and create it again under the other Scheduler"
	unset, named, other := withField(""), withField("schedulerName: default"), withField("schedulerName: other")
	for name, tc := range map[string]struct {
		from, to, wantErr string
	}{
		"left out stays left out":         {from: unset, to: unset},
		"left out and default are one":    {from: unset, to: named},
		"default may be left out":         {from: named, to: unset},
		"another name stays":              {from: other, to: other},
		"left out becomes another name":   {from: unset, to: other, wantErr: want},
		"default becomes another name":    {from: named, to: other, wantErr: want},
		"another name becomes left out":   {from: other, to: unset, wantErr: want},
		"another name becomes default":    {from: other, to: named, wantErr: want},
		"another name becomes a third":    {from: other, to: withField("schedulerName: third"), wantErr: want},
		"other fields may change":         {from: unset, to: withField("paused: true")},
		"the trigger and action may, too": {from: unset, to: `{trigger: {interval: {hours: 1}}, action: {http: {url: "http://a"}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := server(t).Update(created(t, tc.from), taskManifest(tc.to))
			if tc.wantErr == "" {
				if err != nil {
					t.Errorf("updating %s to %s: %v", tc.from, tc.to, err)
				}
				return
			}
			checkMessage(t, err, tc.wantErr)
		})
	}
}
