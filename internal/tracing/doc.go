// Package tracing makes one trace of every run: a span for the run from when it was
// due to its end, one for the wait until it began, and one for each attempt.
//
// The identifiers of a trace follow from those of the run, so that a manager which
// takes over goes on with the trace of its predecessor and nothing has to be
// recorded for it. Spans are made when what they are about is saved, with the
// times from there.
package tracing
