// Package run is the Kubernetes edge of the runs: it watches the Pods that
// carry them out, tells the core what has become of them, and deletes those
// that nobody ordered.
package pod
