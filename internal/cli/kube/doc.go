// Package kube is the cluster as the commands of the plugin see it: found by the flags
// of kubectl, with the Tasks and Schedulers in it, and with errors that say what to do.
package kube
