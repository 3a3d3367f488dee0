// Package decide has Decide, which says what becomes of a Task: a pure function from its spec,
// its record, what was observed of its runs and the time to a new record and commands. Each
// policy has a file: catch-up in slots.go, overlap in overlap.go, retries in retry.go, and so
// on. Decide in decide.go calls them in the order of docs/contract.md.
package decide
