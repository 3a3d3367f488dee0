package trigger

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

func TestCache_RemembersByWhatATriggerDependsOn(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	daily, hours := Spec{Schedule: "@daily"}, Spec{Interval: &Interval{Hours: 1}}
	type asked struct {
		spec Spec
		env  Options
	}
	for name, tc := range map[string]struct {
		one, other asked
		wantSame   bool
	}{
		"the same":                         {asked{daily, Options{Created: created}}, asked{daily, Options{Created: created}}, true},
		"another creation, of a schedule":  {asked{daily, Options{Created: created}}, asked{daily, Options{Created: created.Add(time.Hour)}}, true},
		"another creation, of an interval": {asked{hours, Options{Created: created}}, asked{hours, Options{Created: created.Add(time.Hour)}}, false},
		"another creation, of a child":     {asked{Spec{AllOf: []Spec{daily, hours}}, Options{Created: created}}, asked{Spec{AllOf: []Spec{daily, hours}}, Options{Created: created.Add(time.Hour)}}, false},
		"another creation, of an @every":   {asked{Spec{Schedule: "@every 1h"}, Options{Created: created}}, asked{Spec{Schedule: "@every 1h"}, Options{Created: created.Add(time.Hour)}}, false},
		"another creation, but with startAt": {
			asked{Spec{Interval: &Interval{Hours: 1}, StartAt: "2026-01-01T00:00:00Z"}, Options{Created: created}},
			asked{Spec{Interval: &Interval{Hours: 1}, StartAt: "2026-01-01T00:00:00Z"}, Options{Created: created.Add(time.Hour)}},
			true,
		},
		"another zone":               {asked{daily, Options{TimeZone: "Europe/Berlin"}}, asked{daily, Options{TimeZone: "Asia/Tokyo"}}, false},
		"allOf and anyOf":            {asked{Spec{AllOf: []Spec{daily}}, Options{}}, asked{Spec{AnyOf: []Spec{daily}}, Options{}}, false},
		"a text in a field before":   {asked{Spec{Cron: &CronFields{Hour: "1", Minute: ""}}, Options{}}, asked{Spec{Cron: &CronFields{Hour: "", Minute: "1"}}, Options{}}, false},
		"another jitter":             {asked{Spec{Schedule: "@daily", Jitter: 1}, Options{}}, asked{Spec{Schedule: "@daily", Jitter: 2}, Options{}}, false},
		"another bound":              {asked{Spec{Schedule: "@daily", StartAt: "2026-01-01T00:00:00Z"}, Options{}}, asked{Spec{Schedule: "@daily", EndAt: "2026-01-01T00:00:00Z"}, Options{}}, false},
		"children in another order":  {asked{Spec{AnyOf: []Spec{daily, hours}}, Options{}}, asked{Spec{AnyOf: []Spec{hours, daily}}, Options{}}, false},
		"a date and a date with one": {asked{Spec{Date: &Date{}}, Options{}}, asked{Spec{Date: &Date{RunAt: "2026-01-01T00:00:00Z"}}, Options{}}, false},
	} {
		var cache Cache
		one, err1 := cache.Compile(tc.one.spec, tc.one.env)
		other, err2 := cache.Compile(tc.other.spec, tc.other.env)
		if err1 != nil || err2 != nil {
			t.Fatalf("%s: %v, %v", name, err1, err2)
		}
		if (one == other) != tc.wantSame {
			t.Errorf("%s: the same trigger: %t, want %t", name, one == other, tc.wantSame)
		}
	}
}

// TestCache_GivesWhatCompileGives asks for made-up triggers twice.
func TestCache_GivesWhatCompileGives(t *testing.T) {
	t.Parallel()
	var cache Cache
	for seed := range uint64(300) {
		spec, middle := randomAllOf(rand.New(rand.NewPCG(seed, 9)), ZoneNames())
		env := Options{Created: time.Unix(middle, 0)}
		want := mustCompile(t, spec, env)
		for range 2 {
			got, err := cache.Compile(spec, env)
			if err != nil || got.Hash() != want.Hash() || got.String() != want.String() {
				t.Fatalf("%+v: %s, %v, want %s", spec, got, err, want)
			}
			gotSlot, gotOK := got.Next(env.Created)
			if wantSlot, wantOK := want.Next(env.Created); gotOK != wantOK || !gotSlot.Equal(wantSlot) {
				t.Fatalf("%+v: Next() = %s, want %s", spec, gotSlot, wantSlot)
			}
		}
	}
}

func TestCache_IsBounded(t *testing.T) {
	t.Parallel()
	var cache Cache
	kept := Spec{Schedule: "30 8 * * *"}
	first, _ := cache.Compile(kept, Options{})
	children := make([]Spec, MaxChildren)
	for i := range 3 * maxCacheWeight / MaxChildren {
		for k := range children {
			children[k] = Spec{Schedule: fmt.Sprintf("%d %d %d * *", i%60, k, 1+i/60%28)}
		}
		if _, err := cache.Compile(Spec{AnyOf: children}, Options{}); err != nil {
			t.Fatal(err)
		}
		if again, _ := cache.Compile(kept, Options{}); again != first {
			t.Fatalf("after %d others: compiled again, although it is asked for all the time", i)
		}
	}
	if held := len(cache.current) + len(cache.previous); held > 2*maxCacheWeight/MaxChildren {
		t.Errorf("%d triggers of %d children are kept, want at most %d", held, MaxChildren, 2*maxCacheWeight/MaxChildren)
	}
	if _, err := cache.Compile(Spec{Schedule: "nonsense"}, Options{}); err == nil {
		t.Error("no error")
	}
}
