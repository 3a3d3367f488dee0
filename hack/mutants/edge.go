package main

import "regexp"

// caseFailed finds the cases that failed, the scenarios among them, and what each reported first.
var caseFailed = regexp.MustCompile(`--- FAIL: TestFaults/(\S+) .*\n\s*\w+\.go:\d+: (.*)`)

// stepsListed matches what a scenario reports also if all is well.
var stepsListed = regexp.MustCompile(`^\d+ steps: `)

// faults injects every fault between a manager with a bug and the API server.
var faults = hunt{
	bugs: edge,
	test: []string{"-timeout=10m", "-failfast", "-run=^TestFaults$", "./test/faults"},
	verdict: func(output string) (string, bool) {
		for _, found := range caseFailed.FindAllStringSubmatch(output, -1) {
			if !stepsListed.MatchString(found[2]) {
				return found[1] + ": " + found[2], true
			}
		}
		return "", false
	},
}

// edge are bugs where the core meets the API server. Without a fault nothing shows of
// most of them.
var edge = []mutant{
	{
		"a run starts before its record is saved", core + "engine/saving.go",
		"\ttask, version, seen := e.task", "\ts.execute(e, dec)\n\ttask, version, seen := e.task",
	},
	{
		"a run starts although its record met a conflict", core + "engine/saving.go",
		"\t\te.needsReload = true // somebody edited", "\t\te.needsReload = true\n\t\ts.execute(e, dec) // somebody edited",
	},
	{
		"a save that got no answer is taken for done", core + "engine/saving.go",
		"\tcase err != nil:\n\t\ts.cfg.Log.Error(err, \"saving", "\tcase err != nil && e.unknownCommit != nil:\n\t\ts.cfg.Log.Error(err, \"saving",
	},
	{
		"attempts share a name", core + "model/identity.go",
		"sha256.Sum256([]byte(identity))", "sha256.Sum256([]byte(identity[:32]))",
	},
	{
		"the name differs with the manager that makes it", "internal/executor/pod/create.go",
		"\terr = c.cfg.Client.Create(ctx, pod)\n", "\tpod.Name += fmt.Sprintf(\"-%x\", now.UnixNano())\n\terr = c.cfg.Client.Create(ctx, pod)\n",
	},
	{
		"a Pod that is there already is not taken over", "internal/executor/pod/create.go",
		"\t\treturn c.onAlreadyExists()\n", "\t\tc.report(c.failure(v1alpha1.ReasonNameTaken, \"taken\"))\n\t\treturn true\n",
	},
	{
		"a record is written whatever has changed since it was read", "internal/store/status/store.go",
		"\t\tWithResourceVersion(string(version)).\n", "",
	},
	{
		"a Pod that no record lists is left alone", "internal/controller/pod/controller.go",
		"\treturn ctrl.Result{}, r.deleteOrphan(ctx, p, id)\n", "\treturn ctrl.Result{}, nil\n",
	},
	{
		"a Pod is taken for one that no record lists by what a cache says", "internal/controller/pod/controller.go",
		"[]client.Reader{r.Client, r.Live}", "[]client.Reader{r.Client}",
	},
	{
		"a run of unknown fate refuses another", core + "decide/instances.go",
		"\tif known >= d.Task.MaxInstances {\n\t\treturn true\n\t}\n", "\tif known+len(unread) >= d.Task.MaxInstances {\n\t\treturn true\n\t}\n",
	},
	{
		"a takeover lists the Tasks from the cache", "internal/controller/task/load.go",
		"page := &v1alpha1.TaskList{}\n\t\terr := r.Live.List(ctx, page,", "page := &v1alpha1.TaskList{}\n\t\terr := r.Client.List(ctx, page,",
	},
}
