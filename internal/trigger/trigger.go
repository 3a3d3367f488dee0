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
	// Shutdown has no slots: its run is started by the end of the Scheduler.
	Shutdown bool

	// TimeZone is an IANA zone name; empty means the parent's, and for a root trigger Env.TimeZone.
	TimeZone string
	// StartAt is the earliest possible slot, inclusive: RFC 3339, or a local date-time or date that is read
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

// Env is what the surroundings of a trigger give it.
type Env struct {
	// TimeZone is the default zone, an IANA name. Empty means UTC.
	TimeZone string
	// Created is the creation time of the Task: the anchor of an interval without StartAt (T4).
	Created time.Time
}

// MaxChildren is how many children anyOf and allOf may have.
const MaxChildren = 16

// SearchHorizon is how far beyond its start a search for a slot of an allOf trigger goes before it may be given up as never (T6):
// forty years.
const SearchHorizon = 40 * 366 * 24 * time.Hour

// Outcome is how a Search ended.
type Outcome int

const (
	// Found means that Result.Slot is the next slot.
	Found Outcome = iota + 1
	// Never means that no slot follows.
	Never
	// NotBefore means that there is no slot up to and including Result.Resume, and that the search has used up its steps.
	NotBefore
)

// Result is the answer of Trigger.Search.
type Result struct {
	// Slot is the next slot, in UTC, when Outcome is Found.
	Slot time.Time
	// Outcome tells which of the other fields has a meaning.
	Outcome Outcome
	// Resume is the instant to search on from when Outcome is NotBefore.
	Resume time.Time
}

// Warning is a remark about a valid trigger that may not do what it seems to say.
type Warning struct {
	// Field is the path below spec.trigger, for example "anyOf[1].cron.day".
	Field string
	// Text is one sentence for people.
	Text string
}

// Error is a reason to reject a trigger.
type Error struct {
	// Field is the path below spec.trigger, for example "anyOf[1].cron.day". Empty means the trigger as a whole.
	Field string
	// Part is the offending piece of the field's value, empty when it is all of it.
	Part string
	// Problem says what is wrong and includes Part where that helps.
	Problem string
	// Hint says what to write instead. It may be empty.
	Hint string
}

// Error renders the field, the problem and the hint on one line.
func (e *Error) Error() string { return e.Problem }

// Trigger is a compiled Spec: immutable, safe for concurrent use, and a pure function of time.
type Trigger struct {
}

// Compile checks and compiles a trigger. The error, if any, is an *Error.
func Compile(spec Spec, env Env) (*Trigger, error) { return &Trigger{}, nil }

// Warnings returns remarks about parts of the trigger that may surprise, in the order of its fields.
func (t *Trigger) Warnings() []Warning { return nil }

// Anchored returns the trigger with every date without RunAt, also those inside anyOf and allOf, bound to the moment at
// which the trigger was first recorded, cut to the second (T5). It returns t itself when there is no such date. Until then such
// a date has no slot.
func (t *Trigger) Anchored(recorded time.Time) *Trigger { return t }

// Next returns the first slot strictly after the given instant: a whole second, in UTC. The answer is false when there is none,
// or, for allOf, when none was found within the bound of one Search.
func (t *Trigger) Next(after time.Time) (slot time.Time, ok bool) { return time.Time{}, false }

// Search is Next with the bound of an allOf trigger made visible (T6): one call tries at most 20,000 candidates. A caller goes on from
// Result.Resume, and gives up once it has passed SearchHorizon from where it began.
func (t *Trigger) Search(after time.Time) Result { return Result{Outcome: Never} }

// Window returns the newest slots after one instant and up to and including another, oldest first and at most keep of them,
// and how many slots there are in all.
func (t *Trigger) Window(after, through time.Time, keep int) (newest []time.Time, total int64) {
	return nil, 0
}

// Delay returns by how much the start of a slot is put off (T7): the same for the same Task UID and slot, at least zero,
// less than the jitter, and never up to the next slot.
func (t *Trigger) Delay(uid string, slot time.Time) time.Duration { return 0 }

// Hash identifies the resolved trigger: a version and eight hexadecimal digits over its canonical form, zone, bounds and jitter included (T9).
// It does not depend on Env.Created or on Anchored.
func (t *Trigger) Hash() string { return "" }

// String returns one line for people, such as "30 8 * * mon-fri America/New_York".
func (t *Trigger) String() string { return "" }

// Location returns the resolved zone.
func (t *Trigger) Location() *time.Location { return time.UTC }

// TimeZone returns the name of the resolved zone.
func (t *Trigger) TimeZone() string { return "UTC" }

// OneShot reports whether the trigger is a date.
func (t *Trigger) OneShot() bool { return false }

// FirstRecordedThrough returns where the watermark of a new Task starts: one second before its creation, or, for a date with an
// earlier RunAt, one second before that.
func (t *Trigger) FirstRecordedThrough(created time.Time) time.Time { return created }
