package e2e_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// specifyRejections lists what kubectl apply does not take, and what it says to
// write instead.
func specifyRejections() {
	DescribeTable("refuses", func(ctx SpecContext, spec, told string) {
		output, err := tryApply(ctx, newNamespace(ctx), withSpec("refused", spec))
		Expect(err).To(HaveOccurred(), "it was accepted: %s", spec)
		Expect(output).To(ContainSubstring(told))
	},
		Entry("no trigger", "{action: {handler: {name: log}}}",
			"spec.trigger: Required value: write a trigger: exactly one of schedule, cron, interval, date, anyOf, allOf or shutdown"),
		Entry("an empty trigger", withTrigger("{}"),
			"write exactly one of schedule, cron, interval, date, anyOf, allOf or shutdown"),
		Entry("two triggers", withTrigger(`{schedule: "* * * * *", interval: {minutes: 1}}`),
			"write exactly one of schedule, cron, interval, date, anyOf, allOf or shutdown"),
		Entry("a minute of 60", withTrigger(`{schedule: "60 * * * *"}`), "the first field of schedule is the minute: write *, 0-59"),
		Entry("four fields", withTrigger(`{schedule: "* * * *"}`), "schedule must have five fields, as in a CronJob"),
		Entry("a zone in the schedule", withTrigger(`{schedule: "TZ=UTC * * * * *"}`), "the zone belongs in timeZone"),
		Entry("an hour of 24 in cron", withTrigger(`{cron: {hour: "24"}}`), `hour must be 0-23, or a string such as "9-17" or "*/2"`),
		Entry("no action", "{trigger: {date: {}}}",
			"spec.action: Required value: write an action: exactly one of pod, http or handler"),
		Entry("two actions", withAction(`{handler: {name: log}, http: {url: "https://hooks.example/run"}}`),
			"write exactly one of pod, http or handler"),
		Entry("an interval of zero", withTrigger("{interval: {seconds: 0}}"),
			"interval must be at least 1s: write whole numbers such as {hours: 1, minutes: 30}"),
		Entry("a negative interval", withTrigger("{interval: {minutes: -5}}"),
			"spec.trigger.interval.minutes in body should be greater than or equal to 0"),
		Entry("maxInstances of zero", withField("maxInstances: 0"),
			"spec.maxInstances in body should be greater than or equal to 1"),
		Entry("a negative grace period", withField("misfireGracePeriod: -30s"),
			"misfireGracePeriod must be 0s or at least 1s, written like 30s, 5m or 1h30m"),
		Entry("a negative timeout", withField("timeout: -1m"),
			"timeout must be 0s for no limit, or at least 1s, written like 90s, 10m or 1h30m"),
		Entry("a grace period that Go cannot read", withField("misfireGracePeriod: 5 minutes"),
			"misfireGracePeriod must be 0s or at least 1s, written like 30s, 5m or 1h30m"),
		Entry("a timeout that Go cannot read", withField("timeout: 1d"),
			"timeout must be 0s for no limit, or at least 1s, written like 90s, 10m or 1h30m"),
		Entry("a startTimeout that Go cannot read", withField("startTimeout: PT5M"),
			"startTimeout must be 0s for no limit, or at least 1s, written like 90s, 10m or 1h30m"),
		Entry("a jitter that Go cannot read", withTrigger(`{date: {}, jitter: "5"}`),
			"jitter must be at least 0s, written like 30s, 5m or 1h30m"),
		Entry("restartPolicy Always", withAction("{pod: {template: {spec: {restartPolicy: Always, containers: [{name: main, image: a}]}}}}"),
			"a run must end: write restartPolicy Never or OnFailure, or leave it out for Never"),
		Entry("another URL scheme", withAction(`{http: {url: "ftp://hooks.example/run"}}`),
			"url must begin with http:// or https:// and name a host, such as https://hooks.example/run"),
		Entry("an unknown field", withField("retries: 3"), `unknown field "spec.retries"`),
		Entry("an unknown field of a Pod", withAction("{pod: {template: {spec: {containers: [{name: main, img: a}]}}}}"),
			`unknown field "spec.action.pod.template.spec.containers[0].img"`),
	)

	It("refuses another schedulerName", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		apply(ctx, namespace, withSpec("served", withField("paused: true")))
		output, err := tryApply(ctx, namespace, withSpec("served", withField("paused: true, schedulerName: nightly")))
		Expect(err).To(HaveOccurred())
		Expect(output).To(ContainSubstring("schedulerName cannot be changed: delete the Task and create it again under the other Scheduler"))
	}, SpecTimeout(time.Minute))
}

// withSpec returns a Task with a spec in YAML's flow style.
func withSpec(name, spec string) string {
	return "{apiVersion: carillon.dev/v1alpha1, kind: Task, metadata: {name: " + name + "}, spec: " + spec + "}"
}

// withTrigger, withAction and withField return an otherwise valid spec.
func withTrigger(trigger string) string {
	return "{trigger: " + trigger + ", action: {handler: {name: log}}}"
}

func withAction(action string) string {
	return "{trigger: {date: {}}, action: " + action + "}"
}

func withField(field string) string {
	return "{trigger: {interval: {hours: 1}}, action: {handler: {name: log}}, " + field + "}"
}
