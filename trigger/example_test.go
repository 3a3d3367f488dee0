package trigger_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/carillon-dev/carillon/trigger"
)

// must compiles what an example is about.
func must(spec trigger.Spec) *trigger.Trigger {
	compiled, err := trigger.Compile(spec, trigger.Options{TimeZone: "Europe/Berlin", Created: at("2026-03-01T00:00:00Z")})
	if err != nil {
		panic(err)
	}
	return compiled
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// Schedules are those of a CronJob, and macros. In Berlin the clock is put forward on 29 March 2026:
// half past two of that day comes an hour later, and the day is not left out.
func Example() {
	nightly, err := trigger.Compile(trigger.Spec{Schedule: "30 2 * * *", TimeZone: "Europe/Berlin"}, trigger.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	slot := at("2026-03-27T12:00:00Z")
	for range 3 {
		slot, _ = nightly.Next(slot)
		fmt.Println(slot.In(nightly.Location()))
	}
	// Output:
	// 2026-03-28 02:30:00 +0100 CET
	// 2026-03-29 03:30:00 +0200 CEST
	// 2026-03-30 02:30:00 +0200 CEST
}

// What cannot be compiled is an error that says where, and what to write instead.
func ExampleCompile() {
	for _, schedule := range []string{"61 * * * *", "@every", "0 12 * * ? *"} {
		_, err := trigger.Compile(trigger.Spec{Schedule: schedule}, trigger.Options{})
		fmt.Println(err)
	}
	// Output:
	// schedule: minute "61" is out of range 0-59
	// schedule: "@every" is not known; write a duration like "@every 1h30m"
	// schedule: found 6 fields, expected 5: this is the form of EventBridge, with the year last; write "0 12 * * ?"
}

func ExampleError() {
	_, err := trigger.Compile(trigger.Spec{AnyOf: []trigger.Spec{{Schedule: "@daily"}, {TimeZone: "Europe/Berln", Schedule: "@hourly"}}}, trigger.Options{})
	if e, ok := errors.AsType[*trigger.Error](err); ok {
		fmt.Println(e.Field)
		fmt.Println(e.Under("spec.trigger"))
	}
	// Output:
	// anyOf[1].timeZone
	// spec.trigger.anyOf[1].timeZone: "Europe/Berln" is not a time zone; did you mean "Europe/Berlin"?
}

// A Cache compiles what many Tasks have in common once. Its zero value is ready for use.
func ExampleCache() {
	var cache trigger.Cache
	first, err := cache.Compile(trigger.Spec{Schedule: "@daily"}, trigger.Options{})
	second, _ := cache.Compile(trigger.Spec{Schedule: "@daily"}, trigger.Options{})
	fmt.Println(first == second, err)
	// Output: true <nil>
}

// Fields can be given one by one: the last Friday of each month, at 18:00. Fields that are less
// significant than the last one that is given are at their minimum.
func ExampleCronFields() {
	t := must(trigger.Spec{Cron: &trigger.CronFields{Day: "last fri", Hour: "18"}})
	slot, _ := t.Next(at("2026-03-01T00:00:00Z"))
	fmt.Println(t, "→", slot.In(t.Location()))
	// Output: day="last fri" hour=18 Europe/Berlin → 2026-03-27 18:00:00 +0100 CET
}

// Days and weeks are added on the wall clock: every day at the same time, also when it is changed.
func ExampleInterval() {
	t := must(trigger.Spec{Interval: &trigger.Interval{Days: 1}, StartAt: "2026-03-28T09:00:00"})
	first, _ := t.Next(at("2026-03-28T00:00:00Z"))
	second, _ := t.Next(first)
	fmt.Println(first, second.Sub(first))
	// Output: 2026-03-28 08:00:00 +0000 UTC 23h0m0s
}

func ExampleDate() {
	t := must(trigger.Spec{Date: &trigger.Date{RunAt: "2026-12-24T18:00:00"}})
	slot, ok := t.Next(at("2026-03-01T00:00:00Z"))
	_, again := t.Next(slot)
	fmt.Println(slot, ok, again, t.OneShot())
	// Output: 2026-12-24 17:00:00 +0000 UTC true false true
}

// A combination of triggers: on the 13th if it is a Friday.
func ExampleSpec() {
	t := must(trigger.Spec{AllOf: []trigger.Spec{{Schedule: "0 9 13 * *"}, {Schedule: "0 9 * * fri"}}})
	slot, _ := t.Next(at("2026-04-01T00:00:00Z"))
	fmt.Println(slot.In(t.Location()).Format(time.RFC850))
	// Output: Friday, 13-Nov-26 09:00:00 CET
}

// A date without RunAt is the moment at which the trigger is first recorded.
func ExampleTrigger_Anchored() {
	t := must(trigger.Spec{Date: &trigger.Date{}})
	_, ok := t.Next(time.Time{})
	slot, bound := t.Anchored(at("2026-03-01T10:00:00Z")).Next(time.Time{})
	fmt.Println(ok, slot, bound)
	// Output: false 2026-03-01 10:00:00 +0000 UTC true
}

// A shutdown trigger has one slot, when what it belongs to ends.
func ExampleTrigger_Ending() {
	t := must(trigger.Spec{Shutdown: true})
	_, ok := t.Next(time.Time{})
	slot, _ := t.Ending(at("2026-03-01T10:00:00Z")).Next(time.Time{})
	fmt.Println(t.Shutdown(), ok, slot)
	// Output: true false 2026-03-01 10:00:00 +0000 UTC
}

func ExampleTrigger_Next() {
	t := must(trigger.Spec{Schedule: "0 0 29 2 *"})
	fmt.Println(t.Next(at("2026-03-01T00:00:00Z")))
	// Output: 2028-02-28 23:00:00 +0000 UTC true
}

func ExampleTrigger_IsSlot() {
	t := must(trigger.Spec{Schedule: "@hourly"})
	fmt.Println(t.IsSlot(at("2026-03-01T10:00:00Z")), t.IsSlot(at("2026-03-01T10:00:01Z")))
	// Output: true false
}

// How many slots were there in a year, and which were the last two? The slots are not gone through.
func ExampleTrigger_Window() {
	t := must(trigger.Spec{Schedule: "*/5 * * * *"})
	newest, total, _ := t.Window(at("2025-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z"), 2)
	fmt.Println(total, newest)
	// Output: 105120 [2025-12-31 23:55:00 +0000 UTC 2026-01-01 00:00:00 +0000 UTC]
}

// Count is Window for every trigger, also those of which the children have to be compared.
func ExampleTrigger_Count() {
	t := must(trigger.Spec{AllOf: []trigger.Spec{{Schedule: "0 9 13 * *"}, {Schedule: "@every 1h", StartAt: "2026-01-01T00:00:00"}}})
	newest, total, err := t.Count(context.Background(), at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), 1)
	fmt.Println(newest, total, err)
	// Output: [2026-12-13 08:00:00 +0000 UTC] 12 <nil>
}

// A window of a trigger that is expensive is counted piece by piece, so that others have their turn.
func ExampleLongWindow() {
	w := must(trigger.Spec{Schedule: "@daily"}).LongWindow(at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"), 1)
	for done := false; !done; {
		var err error
		if done, err = w.Continue(); err != nil {
			fmt.Println(err)
			return
		}
	}
	newest, total := w.Slots()
	fmt.Println(newest, total)
	// Output: [2026-01-31 23:00:00 +0000 UTC] 31
}

// Search looks for the next slot of a trigger that NeedsSearch, within a bound of steps.
func ExampleTrigger_Search() {
	t := must(trigger.Spec{AllOf: []trigger.Spec{
		{Interval: &trigger.Interval{Weeks: 2}, StartAt: "2026-01-05T09:00:00"}, {Schedule: "0 9 1-7 * *"},
	}})
	describe := func(found trigger.Result) string {
		if found.Outcome == trigger.Found {
			return found.Slot.String()
		}
		return "not before " + found.Resume.String()
	}
	fmt.Println(t.NeedsSearch(), describe(t.Search(at("2026-03-01T00:00:00Z"))))
	// Output: true 2026-03-02 08:00:00 +0000 UTC
}

func ExampleTrigger_Find() {
	t := must(trigger.Spec{AllOf: []trigger.Spec{
		{Interval: &trigger.Interval{Weeks: 2}, StartAt: "2026-01-05T09:00:00"}, {Schedule: "0 9 1-7 * *"},
	}})
	fmt.Println(t.Find(context.Background(), at("2026-03-01T00:00:00Z")))
	// Output: 2026-03-02 08:00:00 +0000 UTC true <nil>
}

func ExampleLongSearch() {
	search := must(trigger.Spec{Schedule: "@yearly"}).LongSearch(at("2026-03-01T00:00:00Z"))
	found, err := search.Continue()
	fmt.Println(found.Slot, err)
	// Output: 2026-12-31 23:00:00 +0000 UTC <nil>
}

// Changes are the changes of the clock that move slots, drop them or repeat them.
func ExampleTrigger_Changes() {
	what := map[trigger.ChangeKind]string{trigger.Moved: "is moved to", trigger.Dropped: "is dropped at", trigger.Doubled: "comes again at"}
	t := must(trigger.Spec{Schedule: "30 2 * * *"})
	for _, change := range t.Changes(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), 5) {
		fmt.Println(change.Wall, what[change.Kind], change.At)
	}
	// Output:
	// 2026-03-29 02:30:00 is moved to 2026-03-29 01:30:00 +0000 UTC
	// 2026-10-25 02:30:00 is dropped at 2026-10-25 01:30:00 +0000 UTC
}

// Delay spreads the runs of a slot: it depends on the UID and the slot alone.
func ExampleTrigger_Delay() {
	t := must(trigger.Spec{Schedule: "@hourly", Jitter: time.Minute})
	first, second := t.Delay("uid-1", at("2026-03-01T10:00:00Z")), t.Delay("uid-2", at("2026-03-01T10:00:00Z"))
	fmt.Println(first <= time.Minute, first == t.Delay("uid-1", at("2026-03-01T10:00:00Z")), first == second)
	// Output: true true false
}

// The hash identifies what a trigger means, whatever way it is written in.
func ExampleTrigger_Hash() {
	fmt.Println(must(trigger.Spec{Schedule: "@daily"}).Hash() == must(trigger.Spec{Schedule: "0 0 * * *"}).Hash())
	// Output: true
}

func ExampleTrigger_String() {
	fmt.Println(must(trigger.Spec{Schedule: "30 8 * * mon-fri"}))
	// Output: 30 8 * * mon-fri Europe/Berlin
}

func ExampleTrigger_Location() {
	t := must(trigger.Spec{Schedule: "@daily", TimeZone: "Asia/Tokyo"})
	fmt.Println(t.TimeZone(), t.Location())
	// Output: Asia/Tokyo Asia/Tokyo
}

func ExampleTrigger_Warnings() {
	for _, w := range must(trigger.Spec{Schedule: "0 0 30 2 *"}).Warnings() {
		fmt.Println(w.Field+":", w.Text)
	}
	// Output: schedule: the trigger never fires: no date matches, because the months have at most 29 days and the days begin with 30
}

// A new Task decides the slots from its creation on, or from an earlier date of its trigger.
func ExampleTrigger_FirstRecordedThrough() {
	t := must(trigger.Spec{Date: &trigger.Date{RunAt: "2026-01-01T00:00:00Z"}})
	fmt.Println(t.FirstRecordedThrough(at("2026-03-01T00:00:00Z")))
	// Output: 2025-12-31 23:59:59 +0000 UTC
}

// The rules of time zones are inside the package, so that every machine finds the same slots.
func ExampleZoneData() {
	fmt.Println(trigger.ZoneData() != "", len(trigger.ZoneNames()) > 400)
	// Output: true true
}
