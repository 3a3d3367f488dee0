// Package kubeevents writes Kubernetes Events that show the newest text.
//
// What happens to one object for one reason within an hour is one Event object, a series:
// its message is that of the newest occurrence, and its count says how many there were.
// The Event is created at once; after that it is updated the more rarely the longer the
// series lasts, and at once if the text changes. See docs/adr/0016-one-event-per-reason.md.
package kubeevents
