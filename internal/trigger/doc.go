// Package trigger decides when a Task is due. A trigger is compiled once; after that it is a pure function of time.
//
// The package knows no clock and no Kubernetes.
package trigger
