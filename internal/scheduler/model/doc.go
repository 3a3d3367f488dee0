// Package model has the values of the scheduler core and its ports: what is asked for (Task),
// what has been decided (Record, Run, Result), what executors report (Observation), what is
// published (Event), and the interfaces Store, Executor and Sink. It is a leaf: all other
// packages of the core import it.
package model
