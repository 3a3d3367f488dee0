// Package pod is the Kubernetes edge of the runs: it watches the Pods that
// carry them out, reports to the core what has become of them, and deletes those
// that nobody ordered.
package pod
