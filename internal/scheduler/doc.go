// Package scheduler documents the core: it decides which slots of a Task run, saves each
// decision before acting on it, and hands runs to executors. The code is in its subpackages,
// which import each other in one direction:
//
//	engine  loop, due queue, saves, capacity, drain; one engine for each Scheduler object
//	   │
//	   ▼
//	decide  Decide, a pure function, with a file for each policy
//	   │
//	   ▼
//	model   Task, Record, Run, Observation, Event, and the ports Store, Executor and Sink
//
// The core is pure: it imports nothing of Kubernetes, does no I/O and reads only the clock
// that it is given. Rules such as R1 and T9, in comments and test names, are those of
// docs/contract.md.
//
// The path of a slot:
//
//	Upsert ─▶ due queue ─▶ Decide ─▶ Store.Save ─▶ Executor.Start
//	                          ▲                          │
//	                          └────────── Observe ◀──────┘
//
// A command is executed only after the record that contains it was saved against the version
// that it was read at. So a manager that was replaced decides nothing, and one that crashed
// between two steps finds in the record what it was about to do.
//
// Package sim tests all of it in simulated time, with a model of its own.
package scheduler
