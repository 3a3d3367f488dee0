package convert

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plainNotes are the notes that the plain CronJob has.
var plainNotes = notesOf(plainCronJob)

func notesOf(manifest string) []Note {
	found := &input{}
	found.add(documentOf(manifest))
	_, notes, _ := Convert(found.items[0].job, present)
	return notes
}

// Each field that changes its meaning, or has no equivalent, has one note with its effect.
func TestConvert_Notes(t *testing.T) {
	t.Parallel()
	job := func(field string) string { return cronJobWith("      template:", "      "+field+"\n      template:") }
	spec := func(field string) string { return cronJobWith("  jobTemplate:", "  "+field+"\n  jobTemplate:") }
	noPolicy := func(with string) string {
		return cronJobWith("      podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}\n", with)
	}
	policy := func(rules string) string { return noPolicy("      podFailurePolicy: {rules: [" + rules + "]}\n") }
	const ignore = "{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}"
	for name, tc := range map[string]struct{ input, want string }{
		"R11: disruptions with retries":    {noPolicy(""), "spec.jobTemplate.spec.backoffLimit: " + disrupted + "; a Job counts it"},
		"R11: disruptions without retries": {noPolicy("      backoffLimit: 0\n"), "spec.jobTemplate.spec.backoffLimit: changed: " + disrupted + "; the Job, which has one attempt, fails"},
		"R11: a policy that only counts":   {policy("{action: Count, onExitCodes: {operator: In, values: [1]}}"), "spec.jobTemplate.spec.backoffLimit: " + disrupted + "; a Job counts it"},
		"a policy of exit codes":           {policy(ignore + ", {action: FailJob, onExitCodes: {operator: In, values: [42]}}"), "spec.jobTemplate.spec.podFailurePolicy: dropped: rules[1] (FailJob): each failed attempt counts alike"},
		"a policy that ignores exit codes": {policy("{action: Ignore, onExitCodes: {operator: In, values: [42]}}"), "spec.jobTemplate.spec.podFailurePolicy: dropped: rules[0] (Ignore): "},
		"a policy against disruptions":     {policy("{action: FailJob, onPodConditions: [{type: DisruptionTarget}]}"), "spec.jobTemplate.spec.podFailurePolicy: dropped: rules[0] (FailJob): "},

		"OnFailure":               {cronJobWith("Never", "OnFailure"), "spec.jobTemplate.spec.template.spec.restartPolicy: changed: Never instead of OnFailure, so that the run fails after backoffLimit"},
		"OnFailure of two":        {cronJobWith("Never", "OnFailure", "[{name", "[{name: b, image: b}, {name"), "is not restarted beside the others; to restart containers in the Pod write OnFailure and a timeout, without retryPolicy"},
		"no restartPolicy":        {cronJobWith("          restartPolicy: Never\n", ""), "spec.jobTemplate.spec.template.spec.restartPolicy: changed: it is missing, which the API server refuses in a CronJob"},
		"a deadline of attempts":  {job("activeDeadlineSeconds: 60"), "spec.jobTemplate.spec.activeDeadlineSeconds: changed: timeout is that of one attempt, and not of all 7 together"},
		"a deadline of one":       {job("activeDeadlineSeconds: 60\n      backoffLimit: 0"), "spec.jobTemplate.spec.activeDeadlineSeconds: timeout counts from the start of the Pod"},
		"no deadline at all":      {job("activeDeadlineSeconds: 0"), "spec.jobTemplate.spec.activeDeadlineSeconds: changed: 0 has a Job fail at once"},
		"many attempts":           {job("backoffLimit: 100"), "spec.jobTemplate.spec.backoffLimit: changed: a run has at most 100 attempts, and not 101"},
		"attempts of an index":    {job("backoffLimitPerIndex: 1"), "spec.jobTemplate.spec.backoffLimitPerIndex: dropped: "},
		"a replacement":           {job("podReplacementPolicy: TerminatingOrFailed"), "spec.jobTemplate.spec.podReplacementPolicy: changed: "},
		"a replacement like ours": {job("podReplacementPolicy: Failed"), "spec.jobTemplate.spec.podReplacementPolicy: Failed is what a Task does"},
		"parallelism":             {job("parallelism: 3"), "spec.jobTemplate.spec.parallelism: dropped: a run of a Task is one Pod, and not 3 at a time"},
		"no parallelism":          {job("parallelism: 0"), "spec.jobTemplate.spec.parallelism: dropped: 0 keeps a Job from starting a Pod"},
		"completions":             {job("completions: 3"), "spec.jobTemplate.spec.completions: dropped: a run of a Task is one Pod, and not 3"},
		"Indexed":                 {job("completionMode: Indexed"), "spec.jobTemplate.spec.completionMode: dropped: "},
		"a success policy":        {job("successPolicy: {rules: [{succeededCount: 1}]}"), "spec.jobTemplate.spec.successPolicy: dropped: "},
		"a time to live":          {job("ttlSecondsAfterFinished: 60"), "spec.jobTemplate.spec.ttlSecondsAfterFinished: dropped: finished Pods are kept by number and not for 60s"},
		"a suspended Job":         {job("suspend: true"), "spec.jobTemplate.spec.suspend: dropped: "},
		"another controller":      {job("managedBy: example.com/queue"), "spec.jobTemplate.spec.managedBy: dropped: "},
		"labels of the Job":       {cronJobWith("  jobTemplate:\n", "  jobTemplate:\n    metadata: {labels: {a: b}}\n"), "spec.jobTemplate.metadata: dropped: "},
		"a queue":                 {cronJobWith("  jobTemplate:\n", "  jobTemplate:\n    metadata: {labels: {kueue.x-k8s.io/queue-name: b}}\n"), "spec.jobTemplate.metadata.labels[kueue.x-k8s.io/queue-name]: dropped: a run has no Job that Kueue could queue; write the label below spec.jobTemplate.spec.template.metadata.labels"},

		"suspended":           {spec("suspend: true"), "spec.suspend: changed: a resumed Task forgets the slots"},
		"no late start":       {spec("startingDeadlineSeconds: 0"), "spec.startingDeadlineSeconds: changed: "},
		"a very late start":   {spec("startingDeadlineSeconds: 9300000000000"), "spec.startingDeadlineSeconds: 9300000000000 is longer than a Task can express"},
		"many Pods kept":      {spec("successfulJobsHistoryLimit: 101"), "spec.successfulJobsHistoryLimit: changed: at most 100 Pods are kept, and not 101"},
		"failed Pods kept":    {cronJobWith("Limit: 0", "Limit: 2"), "spec.failedJobsHistoryLimit: history counts Pods, and each attempt is one"},
		"no number of failed": {cronJobWith("  failedJobsHistoryLimit: 0\n", ""), "spec.failedJobsHistoryLimit: 3 failed Pods are kept, where a CronJob keeps 1 failed Job"},
		"Allow":               {cronJobWith("Forbid", "Allow"), "spec.concurrencyPolicy: Allow has no limit: maxInstances is the largest possible, 100"},
		"Replace":             {cronJobWith("Forbid", "Replace"), "spec.concurrencyPolicy: the new run starts when the Pod of the old one has ended"},

		"a zone in the schedule":   {cronJobWith("0 12", "TZ=Asia/Tokyo 0 12", "  timeZone: Etc/UTC\n", ""), "spec.schedule: the zone of TZ=Asia/Tokyo is in timeZone"},
		"the zone of the clock":    {cronJobWith("  timeZone: Etc/UTC\n", ""), "spec.timeZone: none is given"},
		"an interval":              {cronJobWith("0 12 * * *", "@every 1h"), "spec.schedule: changed: a Task counts @every 1h from its own creation"},
		"a date that never comes":  {cronJobWith("0 12 * * *", "0 0 30 2 *"), "spec.schedule: changed: no date matches it"},
		"a time the clock skips":   {cronJobWith("0 12", "30 2", "Etc/UTC", "America/New_York"), "spec.schedule: changed: the clock of America/New_York skips 2026-03-08 02:30:00: a CronJob does not run then, and the Task runs at 03:30:00"},
		"a time the clock repeats": {cronJobWith("0 12", "30 1", "Etc/UTC", "America/New_York"), "spec.schedule: changed: the clock of America/New_York shows 2026-11-01 01:30:00 twice: a CronJob runs twice then, and the Task once"},

		"no image":            {cronJobWith(", image: busybox:1.37", ""), "spec.jobTemplate.spec.template.spec.containers[0].image: changed: it is missing, and the API server refuses such a Pod"},
		"blanks in the image": {cronJobWith("busybox:1.37", `"busybox "`), `spec.jobTemplate.spec.template.spec.containers[0].image: changed: "busybox " has blanks around it`},
		"two of a name":       {cronJobWith("[{name", "[{name: main, image: b}, {name"), `spec.jobTemplate.spec.template.spec.containers[1].name: changed: another container is called "main"`},
		"a mount of nothing":  {cronJobWith("image: b", "volumeMounts: [{name: v, mountPath: /v}], image: b"), `spec.jobTemplate.spec.template.spec.containers[0].volumeMounts[0].name: changed: there is no volume "v"`},
		"the name of the Job": {cronJobWith("image: b", `env: [{name: J, valueFrom: {fieldRef: {fieldPath: "metadata.labels['job-name']"}}}], image: b`), "spec.jobTemplate.spec.template.spec.containers[0].env[0]: dropped: metadata.labels['job-name'] is empty"},

		"an owner":         {cronJobWith("name: a}", "name: a, ownerReferences: [{apiVersion: v1, kind: A, name: a, uid: a}]}"), "metadata.ownerReferences: dropped: "},
		"a finalizer":      {cronJobWith("name: a}", "name: a, finalizers: [example.com/a]}"), "metadata.finalizers: dropped: "},
		"a label of Helm":  {cronJobWith("name: a}", "name: a, labels: {app.kubernetes.io/managed-by: Helm}}"), "metadata.labels[app.kubernetes.io/managed-by]: left out"},
		"no start timeout": {plainCronJob, "spec.jobTemplate.spec.template: a CronJob waits without limit for a Pod to start, and startTimeout: 8760h0m0s is as good as none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			notes := notesOf(tc.input)
			matching := slices.DeleteFunc(slices.Clone(notes), func(n Note) bool { return !strings.Contains(n.String(), tc.want) })
			if len(matching) != 1 {
				t.Fatalf("%d notes have %q:\n%s", len(matching), tc.want, linesOf(notes))
			}
			for _, n := range notes {
				if n != matching[0] && n.Effect != Kept && !slices.Contains(plainNotes, n) {
					t.Errorf("also: %s", n)
				}
			}
			_, stderr, err := runOn(t, tc.input, "-f", "-", "--strict")
			if strictly := err != nil; strictly != (matching[0].Effect != Kept) {
				t.Errorf("--strict: %v\n%s", err, stderr)
			}
		})
	}
}

// What a CronJob and a Task do alike has no effect, so that --strict accepts it.
func TestConvert_NothingChanges(t *testing.T) {
	t.Parallel()
	for name, input := range map[string]string{
		"plain":                            plainCronJob,
		"every hour, through clock change": cronJobWith("0 12 * * *", "30 * * * *", "Etc/UTC", "America/New_York"),
		"double blanks and question marks": cronJobWith("0 12 * * *", "0 12  ? * ?"),
		"one Pod, as is the default":       cronJobWith("      template:", "      parallelism: 1\n      completions: 1\n      completionMode: NonIndexed\n      managedBy: kubernetes.io/job-controller\n      template:"),
		"a native sidecar":                 cronJobWith("          containers:", "          initContainers: [{name: s, image: s, restartPolicy: Always}]\n          containers:"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, stderr, err := runOn(t, input, "-f", "-", "--strict"); err != nil {
				t.Errorf("%v\n%s", err, stderr)
			}
		})
	}
}

// What the notes promise is in the Task.
func TestConvert_Fields(t *testing.T) {
	t.Parallel()
	job := func(field string) string { return cronJobWith("      template:", "      "+field+"\n      template:") }
	for name, tc := range map[string]struct {
		input     string
		want, not []string
	}{
		"OnFailure becomes attempts":     {cronJobWith("Never", "OnFailure"), []string{"maxAttempts: 7", "restartPolicy: Never"}, []string{"OnFailure"}},
		"no attempts":                    {job("backoffLimit: 0"), nil, []string{"retryPolicy"}},
		"attempts of an index":           {job("backoffLimitPerIndex: 1"), []string{"maxAttempts: 2"}, nil},
		"no limit of the start":          {plainCronJob, []string{"startTimeout: 8760h0m0s"}, []string{"  timeout"}},
		"a limit of the start":           {job("activeDeadlineSeconds: 90"), []string{"startTimeout: 1m30s", "timeout: 1m30s"}, nil},
		"a deadline beyond all limits":   {job("activeDeadlineSeconds: 9300000000000"), []string{"startTimeout: 8760h0m0s"}, []string{"  timeout"}},
		"a fraction of a second":         {cronJobWith("0 12 * * *", "@every 90.7s"), []string{`schedule: '@every 1m30s'`}, nil},
		"less than a second":             {cronJobWith("0 12 * * *", "@every 1ms"), []string{`schedule: '@every 1s'`}, nil},
		"a zone":                         {cronJobWith("0 12", "CRON_TZ=Asia/Tokyo  0 12", "  timeZone: Etc/UTC\n", ""), []string{"schedule: 0 12 * * *", "timeZone: Asia/Tokyo"}, nil},
		"the zone of the clock":          {cronJobWith("0 12", "TZ=Local 0 12", "  timeZone: Etc/UTC\n", ""), []string{"schedule: 0 12 * * *", "timeZone: Etc/UTC"}, nil},
		"an empty zone":                  {cronJobWith("0 12", "TZ= 0 12", "  timeZone: Etc/UTC\n", ""), []string{"schedule: 0 12 * * *", "timeZone: Etc/UTC"}, nil},
		"the name of the template":       {cronJobWith("        spec:\n", "        metadata: {name: x, labels: {l: m}, finalizers: [example.com/f]}\n        spec:\n"), []string{"l: m", "example.com/f"}, []string{"name: x"}},
		"variables and secrets repeated": {cronJobWith("image: b", "env: [{name: A, value: one}, {name: A, value: two}], image: b", "          containers:", "          imagePullSecrets: [{name: p}, {name: p}]\n          containers:"), []string{"value: one", "value: two", "- name: p\n          - name: p"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, err := runOn(t, tc.input, "-f", "-")
			if err != nil {
				t.Fatalf("%v\n%s", err, stderr)
			}
			for _, want := range tc.want {
				if !strings.Contains(stdout, want) {
					t.Errorf("no %q in\n%s", want, stdout)
				}
			}
			for _, not := range tc.not {
				if strings.Contains(stdout, not) {
					t.Errorf("%q in\n%s", not, stdout)
				}
			}
		})
	}
}

func linesOf(notes []Note) string {
	var lines []string
	for _, n := range notes {
		lines = append(lines, n.String())
	}
	return strings.Join(lines, "\n")
}

// The other tests look at what is added to the plain CronJob.
func TestConvert_PlainCronJobHasNoEffects(t *testing.T) {
	t.Parallel()
	var effects []Effect
	for _, n := range plainNotes {
		effects = append(effects, n.Effect)
	}
	if diff := cmp.Diff([]Effect{Kept, Kept, Kept}, effects); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, linesOf(plainNotes))
	}
}
