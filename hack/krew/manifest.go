package main

import (
	"fmt"

	"sigs.k8s.io/yaml"
)

// releases is where the files of releases are.
const releases = "https://github.com/carillon-dev/carillon/releases/download"

const description = `Shows what the Tasks of Carillon do, will do and have done, and why: list, get,
next, timeline, logs, explain. Runs and pauses them, converts CronJobs into
Tasks, and looks whether all is well with the managers: run, pause, resume,
convert, doctor.

It changes nothing but what you ask it to, with your own permissions.
`

type object = map[string]any

// manifest is what krew has to know of a release.
func manifest(tag string, archives []archive) ([]byte, error) {
	built := make([]object, 0, len(archives))
	for _, a := range archives {
		built = append(built, object{
			"selector": object{"matchLabels": object{"os": a.os, "arch": a.arch}},
			"uri":      fmt.Sprintf("%s/%s/%s", releases, tag, a.file),
			"sha256":   a.sum,
			"bin":      a.program(),
			"files":    []object{{"from": a.program(), "to": "."}, {"from": "LICENSE", "to": "."}},
		})
	}
	text, err := yaml.Marshal(object{
		"apiVersion": "krew.googlecontainertools.github.com/v1alpha2",
		"kind":       "Plugin",
		"metadata":   object{"name": "carillon"},
		"spec": object{
			"version":          tag,
			"homepage":         "https://github.com/carillon-dev/carillon/blob/main/docs/cli.md",
			"shortDescription": "Show, explain, run and pause scheduled Tasks",
			"description":      description,
			"platforms":        built,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("writing the manifest: %w", err)
	}
	return text, nil
}
