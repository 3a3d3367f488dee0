// Package translate makes of a Task and its Scheduler what the scheduler core understands: every
// default resolved, the trigger compiled, limits applied, and what is missing or invalid named.
package translate
