// Package app is the composition root: the one place that knows everybody. It
// builds a manager from a Config and runs it.
package app
