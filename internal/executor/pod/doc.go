// Package pod carries out runs as Pods.
//
// A Pod's name is made from the identity of the attempt, so that creating it
// twice is noticed by the API server; its labels and annotations say which run
// it is, so that a new leader can identify it (see "The record" in docs/contract.md). What
// becomes of a Pod is reported by the controller that watches Pods, with runpod.Observe and
// runpod.ObserveDeleted; the [Executor] itself reports what its own requests brought.
//
// Writes per run: one create, and one delete when the Pod leaves the history.
package pod
