package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// DateTime is an instant in RFC 3339 ("2026-12-24T18:00:00+01:00"), or a local
// date-time without an offset ("2026-12-24T18:00:00"), which is read in the
// time zone of the trigger that it stands in. Whole seconds.
//
// +kubebuilder:validation:MinLength=19
// +kubebuilder:validation:MaxLength=35
// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?$') && !format.date().validate(self.substring(0, 10)).hasValue()",message="must be a date and time in whole seconds: write RFC 3339 such as 2026-12-24T18:00:00Z, or a local time such as 2026-12-24T18:00:00"
type DateTime string

// Trigger names the slots of a Task: exactly one of schedule, cron, interval,
// date, anyOf, allOf and shutdown, and what bounds and shifts them.
//
// +kubebuilder:validation:XValidation:rule="[has(self.schedule), has(self.cron), has(self.interval), has(self.date), has(self.anyOf), has(self.allOf), has(self.shutdown)].filter(set, set).size() == 1",message="write exactly one of schedule, cron, interval, date, anyOf, allOf or shutdown"
// +kubebuilder:validation:XValidation:rule="!has(self.shutdown) || !(has(self.startAt) || has(self.endAt) || has(self.jitter))",message="shutdown has no time: leave out startAt, endAt and jitter"
type Trigger struct {
	SimpleTrigger `json:",inline"`

	// anyOf fires at every slot of any of its triggers, once where they coincide.
	// The triggers are simple ones, each with its own timeZone, startAt and endAt.
	// They inherit this trigger's zone and lie within its bounds.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:XValidation:rule="[has(self.schedule), has(self.cron), has(self.interval), has(self.date)].filter(set, set).size() == 1",message="write exactly one of schedule, cron, interval or date"
	AnyOf []SimpleTrigger `json:"anyOf,omitempty"`

	// allOf fires at the instants that are slots of all its triggers, which are as
	// in anyOf.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:XValidation:rule="[has(self.schedule), has(self.cron), has(self.interval), has(self.date)].filter(set, set).size() == 1",message="write exactly one of schedule, cron, interval or date"
	AllOf []SimpleTrigger `json:"allOf,omitempty"`

	// shutdown fires once, when the Scheduler is deleted: write shutdown: {}.
	// +optional
	Shutdown *ShutdownTrigger `json:"shutdown,omitempty"`

	// jitter delays the start of each run by a time from 0s to this, which is
	// always the same for the same Task and slot. The slot itself does not move,
	// and no start is delayed past the next slot.
	// Default: runs start at their slots.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]{1,3})?(ms|s|m|h))+$') && duration(self) >= duration('0s')",message="jitter must be at least 0s, written like 30s, 5m or 1h30m"
	Jitter *metav1.Duration `json:"jitter,omitempty"`
}

// SimpleTrigger is a trigger that is not made of others.
type SimpleTrigger struct {
	// schedule is what a CronJob takes: five fields (minutes, hours, days of the
	// month, months, days of the week), or @hourly, @daily, @weekly, @monthly,
	// @yearly, or @every with a duration of whole seconds, such as @every 90s.
	// Sunday is 0 or 7. Where both kinds of days are restricted, either suffices.
	// The zone belongs in timeZone, not in here.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule=`self == '' || self.startsWith('@') || self.matches(r'^[\s\v\p{Z}\x85]*[^\s\v\p{Z}\x85]+([\s\v\p{Z}\x85]+[^\s\v\p{Z}\x85]+){4}[\s\v\p{Z}\x85]*$')`,message="schedule must have five fields, as in a CronJob: minute, hour, day, month, weekday; seconds need cron, and the zone belongs in timeZone"
	// +kubebuilder:validation:XValidation:rule=`!self.startsWith('@') || self.matches('^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$') || self.matches('^@every [+]?([0-9]+[.]?[0-9]*(ns|us|µs|μs|ms|s|m|h)|[.][0-9]+(ns|us|µs|μs|ms|s|m|h))+$') && duration(self.substring(7)) >= duration('1s')`,message="schedule must be @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually, or @every with whole seconds such as @every 90s"
	// +kubebuilder:validation:XValidation:rule=`self.startsWith('@') || !self.matches(r'^[\s\v\p{Z}\x85]*[^\s\v\p{Z}\x85]+([\s\v\p{Z}\x85]+[^\s\v\p{Z}\x85]+){4}[\s\v\p{Z}\x85]*$') || self.matches(r'^(?i)[\s\v\p{Z}\x85]*([*?](-[^,/]*)?|([+]?0*[0-5]?[0-9])(-([+]?0*[0-5]?[0-9]))?)(/[+]?0*[1-9][0-9]*)?(,([*?](-[^,/]*)?|([+]?0*[0-5]?[0-9])(-([+]?0*[0-5]?[0-9]))?)(/[+]?0*[1-9][0-9]*)?)*([\s\v\p{Z}\x85]+[^\s\v\p{Z}\x85]+){4}[\s\v\p{Z}\x85]*$')`,message="the first field of schedule is the minute: write *, 0-59, a range, a step such as */15, or a list of these"
	// +kubebuilder:validation:XValidation:rule=`self.startsWith('@') || !self.matches(r'^[\s\v\p{Z}\x85]*[^\s\v\p{Z}\x85]+([\s\v\p{Z}\x85]+[^\s\v\p{Z}\x85]+){4}[\s\v\p{Z}\x85]*$') || self.matches(r'^(?i)[\s\v\p{Z}\x85]*([^\s\v\p{Z}\x85]+[\s\v\p{Z}\x85]+){1}([*?](-[^,/]*)?|([+]?0*(1?[0-9]|2[0-3]))(-([+]?0*(1?[0-9]|2[0-3])))?)(/[+]?0*[1-9][0-9]*)?(,([*?](-[^,/]*)?|([+]?0*(1?[0-9]|2[0-3]))(-([+]?0*(1?[0-9]|2[0-3])))?)(/[+]?0*[1-9][0-9]*)?)*([\s\v\p{Z}\x85]+[^\s\v\p{Z}\x85]+){3}[\s\v\p{Z}\x85]*$')`,message="the second field of schedule is the hour: write *, 0-23, a range, a step such as */2, or a list of these"
	// +kubebuilder:validation:XValidation:rule=`self.startsWith('@') || !self.matches(r'^[\s\v\p{Z}\x85]*[^\s\v\p{Z}\x85]+([\s\v\p{Z}\x85]+[^\s\v\p{Z}\x85]+){4}[\s\v\p{Z}\x85]*$') || self.matches(r'^(?i)[\s\v\p{Z}\x85]*([^\s\v\p{Z}\x85]+[\s\v\p{Z}\x85]+){2}([*?](-[^,/]*)?|([+]?0*([1-9]|[12][0-9]|3[01]))(-([+]?0*([1-9]|[12][0-9]|3[01])))?)(/[+]?0*[1-9][0-9]*)?(,([*?](-[^,/]*)?|([+]?0*([1-9]|[12][0-9]|3[01]))(-([+]?0*([1-9]|[12][0-9]|3[01])))?)(/[+]?0*[1-9][0-9]*)?)*([\s\v\p{Z}\x85]+[^\s\v\p{Z}\x85]+){2}[\s\v\p{Z}\x85]*$')`,message="the third field of schedule is the day of the month: write *, 1-31, a range, a step such as */2, or a list of these"
	// +kubebuilder:validation:XValidation:rule=`self.startsWith('@') || !self.matches(r'^[\s\v\p{Z}\x85]*[^\s\v\p{Z}\x85]+([\s\v\p{Z}\x85]+[^\s\v\p{Z}\x85]+){4}[\s\v\p{Z}\x85]*$') || self.matches(r'^(?i)[\s\v\p{Z}\x85]*([^\s\v\p{Z}\x85]+[\s\v\p{Z}\x85]+){3}([*?](-[^,/]*)?|([+]?0*([1-9]|1[0-2])|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(-([+]?0*([1-9]|1[0-2])|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))?)(/[+]?0*[1-9][0-9]*)?(,([*?](-[^,/]*)?|([+]?0*([1-9]|1[0-2])|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(-([+]?0*([1-9]|1[0-2])|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))?)(/[+]?0*[1-9][0-9]*)?)*([\s\v\p{Z}\x85]+[^\s\v\p{Z}\x85]+){1}[\s\v\p{Z}\x85]*$')`,message="the fourth field of schedule is the month: write *, 1-12 or jan-dec, a range, a step such as */2, or a list of these"
	// +kubebuilder:validation:XValidation:rule=`self.startsWith('@') || !self.matches(r'^[\s\v\p{Z}\x85]*[^\s\v\p{Z}\x85]+([\s\v\p{Z}\x85]+[^\s\v\p{Z}\x85]+){4}[\s\v\p{Z}\x85]*$') || self.matches(r'^(?i)[\s\v\p{Z}\x85]*([^\s\v\p{Z}\x85]+[\s\v\p{Z}\x85]+){4}([*?](-[^,/]*)?|([+]?0*[0-7]|sun|mon|tue|wed|thu|fri|sat)(-([+]?0*[0-7]|sun|mon|tue|wed|thu|fri|sat))?)(/[+]?0*[1-9][0-9]*)?(,([*?](-[^,/]*)?|([+]?0*[0-7]|sun|mon|tue|wed|thu|fri|sat)(-([+]?0*[0-7]|sun|mon|tue|wed|thu|fri|sat))?)(/[+]?0*[1-9][0-9]*)?)*[\s\v\p{Z}\x85]*$')`,message="the fifth field of schedule is the day of the week: write *, 0-7 or sun-sat, where 0 and 7 are Sunday, a range, a step such as */2, or a list of these"
	Schedule string `json:"schedule,omitempty"`

	// cron names the slots by fields, all of which must match. Write cron: {} for
	// every second.
	// +optional
	Cron *CronTrigger `json:"cron,omitempty"`

	// interval fires again and again after the same time: the sum of its fields.
	// It counts from startAt, or else from the creation of the Task, and then the
	// first slot is one interval later.
	// +optional
	Interval *IntervalTrigger `json:"interval,omitempty"`

	// date fires once. Write date: {} for as soon as possible.
	// +optional
	Date *DateTrigger `json:"date,omitempty"`

	// timeZone is the IANA name of the zone in which the trigger is read, such as
	// Europe/Berlin or UTC.
	// Default: the zone of the trigger around this one, or else of the Scheduler.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self != 'Local' && self.matches('^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9][A-Za-z0-9_+-]*)*$')",message="timeZone must be an IANA name such as Europe/Berlin or America/New_York, with underscores for blanks, or UTC; a fixed offset is written like Etc/GMT-2, which is 2 hours ahead of UTC"
	TimeZone string `json:"timeZone,omitempty"`

	// startAt is the earliest instant that may be a slot, itself included, and the
	// one that an interval counts from.
	// Default: no bound.
	// +optional
	StartAt DateTime `json:"startAt,omitempty"`

	// endAt is the latest instant that may be a slot, itself included.
	// Default: no bound.
	// +optional
	EndAt DateTime `json:"endAt,omitempty"`
}

// CronTrigger names slots by the fields of their wall clock time. Each field is
// a number, or a string: "*", "*/n", "a", "a-b", "a-b/n", "a/n", or a list of
// those with commas. A field that is not given stands for its lowest value when it
// is less significant than the last one given (in the order year, month, day,
// week, dayOfWeek, hour, minute, second), else for all values; week and dayOfWeek
// left out always stand for all.
type CronTrigger struct {
	// year is 1970-9999.
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule=`type(self) == string ? self.matches(r'(?i)^([\s\v\p{Z}\x85]*((\*|0*(19[7-9][0-9]|[2-9][0-9]{3})(-0*(19[7-9][0-9]|[2-9][0-9]{3}))?)(/0*[1-9][0-9]*)?)[\s\v\p{Z}\x85]*(,[\s\v\p{Z}\x85]*((\*|0*(19[7-9][0-9]|[2-9][0-9]{3})(-0*(19[7-9][0-9]|[2-9][0-9]{3}))?)(/0*[1-9][0-9]*)?)[\s\v\p{Z}\x85]*)*)?$') : self >= 1970 && self <= 9999`,message="year must be 1970-9999, or a string such as \"2026-2030\""
	Year *intstr.IntOrString `json:"year,omitempty"`

	// month is 1-12 or jan-dec.
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule=`type(self) == string ? self.matches(r'(?i)^([\s\v\p{Z}\x85]*((\*|(0*([1-9]|1[0-2])|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(-(0*([1-9]|1[0-2])|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))?)(/0*[1-9][0-9]*)?)[\s\v\p{Z}\x85]*(,[\s\v\p{Z}\x85]*((\*|(0*([1-9]|1[0-2])|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(-(0*([1-9]|1[0-2])|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))?)(/0*[1-9][0-9]*)?)[\s\v\p{Z}\x85]*)*)?$') : self >= 1 && self <= 12`,message="month must be 1-12, or a string such as \"jan-mar\" or \"*/3\""
	Month *intstr.IntOrString `json:"month,omitempty"`

	// day is the day of the month: 1-31, "last", or a weekday of the month such as
	// "1st mon", "3rd fri" or "last fri".
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule=`type(self) == string ? self.matches(r'(?i)^([\s\v\p{Z}\x85]*(last|(last|1st|2nd|3rd|4th|5th)[\s\v\p{Z}\x85]+(mon|tue|wed|thu|fri|sat|sun)|(\*|0*([1-9]|[12][0-9]|3[01])(-0*([1-9]|[12][0-9]|3[01]))?)(/0*[1-9][0-9]*)?)[\s\v\p{Z}\x85]*(,[\s\v\p{Z}\x85]*(last|(last|1st|2nd|3rd|4th|5th)[\s\v\p{Z}\x85]+(mon|tue|wed|thu|fri|sat|sun)|(\*|0*([1-9]|[12][0-9]|3[01])(-0*([1-9]|[12][0-9]|3[01]))?)(/0*[1-9][0-9]*)?)[\s\v\p{Z}\x85]*)*)?$') : self >= 1 && self <= 31`,message="day must be 1-31, or a string such as \"1,15\", \"last\" or \"2nd tue\""
	Day *intstr.IntOrString `json:"day,omitempty"`

	// week is the ISO week of the year: 1-53.
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule=`type(self) == string ? self.matches(r'(?i)^([\s\v\p{Z}\x85]*((\*|0*([1-9]|[1-4][0-9]|5[0-3])(-0*([1-9]|[1-4][0-9]|5[0-3]))?)(/0*[1-9][0-9]*)?)[\s\v\p{Z}\x85]*(,[\s\v\p{Z}\x85]*((\*|0*([1-9]|[1-4][0-9]|5[0-3])(-0*([1-9]|[1-4][0-9]|5[0-3]))?)(/0*[1-9][0-9]*)?)[\s\v\p{Z}\x85]*)*)?$') : self >= 1 && self <= 53`,message="week must be 1-53, or a string such as \"*/2\""
	Week *intstr.IntOrString `json:"week,omitempty"`

	// dayOfWeek is mon-sun or 0-6, where 0 is Monday (in schedule, 0 is Sunday).
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule=`type(self) == string ? self.matches(r'(?i)^([\s\v\p{Z}\x85]*((\*|(0*[0-6]|mon|tue|wed|thu|fri|sat|sun)(-(0*[0-6]|mon|tue|wed|thu|fri|sat|sun))?)(/0*[1-9][0-9]*)?)[\s\v\p{Z}\x85]*(,[\s\v\p{Z}\x85]*((\*|(0*[0-6]|mon|tue|wed|thu|fri|sat|sun)(-(0*[0-6]|mon|tue|wed|thu|fri|sat|sun))?)(/0*[1-9][0-9]*)?)[\s\v\p{Z}\x85]*)*)?$') : self >= 0 && self <= 6`,message="dayOfWeek must be 0-6 for Monday to Sunday, or a string such as \"mon-fri\""
	DayOfWeek *intstr.IntOrString `json:"dayOfWeek,omitempty"`

	// hour is 0-23.
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule=`type(self) == string ? self.matches(r'(?i)^([\s\v\p{Z}\x85]*((\*|0*(1?[0-9]|2[0-3])(-0*(1?[0-9]|2[0-3]))?)(/0*[1-9][0-9]*)?)[\s\v\p{Z}\x85]*(,[\s\v\p{Z}\x85]*((\*|0*(1?[0-9]|2[0-3])(-0*(1?[0-9]|2[0-3]))?)(/0*[1-9][0-9]*)?)[\s\v\p{Z}\x85]*)*)?$') : self >= 0 && self <= 23`,message="hour must be 0-23, or a string such as \"9-17\" or \"*/2\""
	Hour *intstr.IntOrString `json:"hour,omitempty"`

	// minute is 0-59.
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule=`type(self) == string ? self.matches(r'(?i)^([\s\v\p{Z}\x85]*((\*|0*[0-5]?[0-9](-0*[0-5]?[0-9])?)(/0*[1-9][0-9]*)?)[\s\v\p{Z}\x85]*(,[\s\v\p{Z}\x85]*((\*|0*[0-5]?[0-9](-0*[0-5]?[0-9])?)(/0*[1-9][0-9]*)?)[\s\v\p{Z}\x85]*)*)?$') : self >= 0 && self <= 59`,message="minute must be 0-59, or a string such as \"0,30\" or \"*/5\""
	Minute *intstr.IntOrString `json:"minute,omitempty"`

	// second is 0-59.
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule=`type(self) == string ? self.matches(r'(?i)^([\s\v\p{Z}\x85]*((\*|0*[0-5]?[0-9](-0*[0-5]?[0-9])?)(/0*[1-9][0-9]*)?)[\s\v\p{Z}\x85]*(,[\s\v\p{Z}\x85]*((\*|0*[0-5]?[0-9](-0*[0-5]?[0-9])?)(/0*[1-9][0-9]*)?)[\s\v\p{Z}\x85]*)*)?$') : self >= 0 && self <= 59`,message="second must be 0-59, or a string such as \"0,30\" or \"*/5\""
	Second *intstr.IntOrString `json:"second,omitempty"`
}

// IntervalTrigger is a time between slots: the sum of its fields, at least one
// second. Weeks and days are counted on the wall clock, so that the hour stays
// the same when the clocks change; the others as elapsed time.
//
// +kubebuilder:validation:XValidation:rule="(has(self.weeks) && self.weeks > 0) || (has(self.days) && self.days > 0) || (has(self.hours) && self.hours > 0) || (has(self.minutes) && self.minutes > 0) || (has(self.seconds) && self.seconds > 0)",message="interval must be at least 1s: write whole numbers such as {hours: 1, minutes: 30}"
type IntervalTrigger struct {
	// weeks is a number of weeks. Default: 0.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=5200
	Weeks int32 `json:"weeks,omitempty"`

	// days is a number of days. Default: 0.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=36500
	Days int32 `json:"days,omitempty"`

	// hours is a number of hours. Default: 0.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=876000
	Hours int32 `json:"hours,omitempty"`

	// minutes is a number of minutes. Default: 0.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=52560000
	Minutes int32 `json:"minutes,omitempty"`

	// seconds is a number of seconds. Default: 0.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=2147483647
	Seconds int32 `json:"seconds,omitempty"`
}

// DateTrigger is one slot.
type DateTrigger struct {
	// runAt is the slot. One in the past is due at once: set misfireGracePeriod
	// where a run must not come late, for example when a cluster is rebuilt.
	// Default: when the Task was created, or its trigger last edited.
	// +optional
	RunAt DateTime `json:"runAt,omitempty"`
}

// ShutdownTrigger has no fields: the deletion of the Scheduler is its only slot.
type ShutdownTrigger struct{}
