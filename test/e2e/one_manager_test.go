package e2e_test

import (
	. "github.com/onsi/ginkgo/v2"
)

// These specs share a manager, and are done while a Task runs every five
// seconds for a minute: it is watched from the beginning and judged at the end.
var _ = Describe("One manager", Ordered, ContinueOnFailure, func() {
	watched := &minute{}

	BeforeAll(func(ctx SpecContext) {
		manager := startManager("--http-allow-cidr=127.0.0.1/32")
		manager.awaitReady(ctx)
		manager.awaitLead(ctx)
		watched.begin(ctx)
	})

	Describe("an outcome", specifyOutcomes)
	Describe("a run", specifyContract)
	Describe("a Pod of a run", specifyDisruptions)
	Describe("an http action", specifyHTTP)
	Describe("pause and resume", specifyPause)
	Describe("kubectl apply", specifyRejections)
	Describe("a Task that cannot work", specifyStalls)
	Describe("config/samples", specifySamples)
	Describe("a Task every five seconds", func() { watched.specify() })
})
