// Package crd embeds the generated CustomResourceDefinitions, for programs that
// have to answer as the API server would.
package crd

import _ "embed"

// Tasks is the CustomResourceDefinition of Task, in YAML.
//
//go:embed bases/carillon.dev_tasks.yaml
var Tasks []byte

// Schedulers is the CustomResourceDefinition of Scheduler, in YAML.
//
//go:embed bases/carillon.dev_schedulers.yaml
var Schedulers []byte
