package trigger

import "time"

// Spec is a trigger as it is written: plain values, nothing parsed yet.
// Exactly one of Schedule, Cron, Interval, Date, AnyOf, AllOf and Shutdown is given.
type Spec struct {
	// Schedule is a string in the dialect of CronJob (T1). Empty means that another kind is given.
	Schedule string
	// Cron holds calendar fields that must all match (T2).
	Cron *CronFields
	// Interval repeats at a fixed distance (T4).
	Interval *Interval
	// Date has one slot (T5).
	Date *Date
	// AnyOf has the slots of every child, at most MaxChildren (T6).
	AnyOf []Spec
	// AllOf has the instants that all children share, at most MaxChildren (T6).
	AllOf []Spec
	// Shutdown has one slot, the end of the Scheduler; see Trigger.Ending.
	Shutdown bool

	// TimeZone is an IANA zone name; empty means the parent's, and for a root trigger Env.TimeZone.
	TimeZone string
	// StartAt is the earliest possible slot, inclusive: RFC 3339, or a local date-time that is read
	// in TimeZone. Empty means no lower bound. For an interval it is also the anchor.
	StartAt string
	// EndAt is the latest possible slot, inclusive, written like StartAt. Empty means no upper bound.
	EndAt string
	// Jitter is the upper bound of the delay between a slot and the moment it is due (T7). Zero means none.
	// Only a root trigger may have one.
	Jitter time.Duration
}

// CronFields are the expressions of a cron trigger, each in the dialect of T2. An empty field is one that is not given: it
// means its minimum when it is less significant than the last given field, and every value otherwise.
type CronFields struct {
	Year, Month, Day, Week, DayOfWeek, Hour, Minute, Second string
}

// Interval is a distance in time, the sum of its parts. No part may be negative and the sum is at least one second.
// Weeks and days are added on the wall clock, the others as elapsed time (T4).
type Interval struct {
	Weeks, Days, Hours, Minutes, Seconds int64
}

// Date is a single moment.
type Date struct {
	// RunAt is written like Spec.StartAt. Empty means the moment at which the trigger is first recorded; see Trigger.Anchored.
	RunAt string
}

// Options is what the surroundings of a trigger give it.
type Options struct {
	// TimeZone is the default zone, an IANA name. Empty means UTC.
	TimeZone string
	// Created is the creation time of the Task: the anchor of an interval without StartAt (T4).
	Created time.Time
}

// MaxChildren is how many children anyOf and allOf may have.
const MaxChildren = 16
