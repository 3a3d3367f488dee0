// Package scheduler is Carillon's core: it decides which slots of a Task run,
// records each decision before acting on it, and hands the runs to executors.
//
// The package is pure: it knows no Kubernetes, does no I/O of its own and reads no
// clock but the one it is given. What it needs from the world it declares as small
// ports: Store, Executor and Sink.
//
// Rules such as R1 and T9, in comments and in the names of tests, are those of
// docs/contract.md.
//
// The way of a slot:
//
//	Upsert ─▶ due queue ─▶ Decide (pure) ─▶ Store.Save ─▶ Executor.Start
//	                          ▲                                │
//	                          └──────────── Observe ◀──────────┘
//
// Decide is a function from (task, record, observations, now) to a new record
// and commands. A command is carried out only after the record that contains it
// has been saved against the version it was read at, so that a manager that has
// been replaced decides nothing, and one that crashed between two steps finds
// in the record what it had set out to do.
package scheduler
