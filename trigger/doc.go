// Package trigger decides when a Task is due.
//
// A [Spec] is compiled once into a [Trigger], which then is a pure function of time: [Trigger.Next] looks at no clock, does no
// I/O, allocates nothing, and is bounded in time for every input. The same input gives the same slots on every machine, because
// the zone rules are the embedded ones (see [ZoneData]) and never the system's.
//
// Rules such as T3, in comments and in the names of tests, are those of docs/contract.md.
//
// # Slots
//
// A slot is the nominal time of a run: a whole second between the years 1 and 9999, in UTC. Inside the package an instant is a number of
// Unix seconds, and a wall-clock time ("wall") is the number of seconds that a clock in UTC would have counted when it shows that time. An
// instant and a wall time differ by the offset of the zone's span that the instant lies in.
//
// # Clock changes
//
// A calendar trigger names wall times. When all 24 hours are named it follows the clock as it runs: a wall time that the
// clock skips does not fire, one that it repeats fires both times. Otherwise each named time happens exactly once: a skipped one fires later
// by the length of the gap, a repeated one the first time only, and two that land on one instant fire once.
package trigger
