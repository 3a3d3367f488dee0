// Package dryrun finds out whether the API server accepts the Pod template of a Task,
// before the first run needs it (A7). It creates the Pod of the next run with dryRun=All.
//
// A check takes as long as the slowest admission webhook of a namespace. Checks therefore
// have a bound of their own, beside that of the creates of runs, and take turns by
// namespace.
package dryrun
