package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A verdict is what comes of asking a library a vector.
type verdict struct {
	// Word is "right", or else what happens instead.
	Word string
	// Detail is the answer where it is wrong.
	Detail string
}

const (
	right   = "right"
	wrong   = "wrong"
	accepts = "accepts"
	rejects = "rejects"
	panics  = "panics"
	hangs   = "hangs"
	cannot  = "-" // there is no way to say it
)

// judge asks a library a vector. It does not return if the library does not.
func judge(lib library, v vector) (result verdict) {
	defer func() {
		if cause := recover(); cause != nil {
			result = verdict{panics, fmt.Sprint(cause)}
		}
	}()
	if v.construct != "" {
		if _, err := lib.parse(expression{cron: v.construct}); err != nil {
			return verdict{Word: cannot}
		}
	}
	find, err := lib.parse(v.expression)
	switch {
	case err != nil && v.want == nil:
		return verdict{Word: right}
	case err != nil:
		return verdict{rejects, err.Error()}
	case v.want == nil:
		return verdict{Word: accepts}
	}
	got := slotsAfter(find, v.instant(), len(v.want))
	if slices.EqualFunc(got, v.want, func(slot time.Time, want string) bool { return slot.Equal(instant(want)) }) {
		return verdict{Word: right}
	}
	var texts []string
	for _, slot := range got {
		texts = append(texts, slot.In(v.location()).Format(time.RFC3339))
	}
	return verdict{wrong, fmt.Sprintf("[%s], want [%s]", strings.Join(texts, " "), strings.Join(v.want, " "))}
}

// slotsAfter returns the first slots after an instant. A library that goes
// backwards is not asked further.
func slotsAfter(find next, after time.Time, count int) []time.Time {
	var slots []time.Time
	for range count {
		slot, ok := find(after)
		if !ok {
			break
		}
		slots = append(slots, slot)
		if !slot.After(after) {
			break
		}
		after = slot
	}
	return slots
}

// instant is where the vector begins, as its zone shows it.
func (v vector) instant() time.Time { return instant(v.from).In(v.location()) }

// instant reads RFC 3339.
func instant(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err) // a mistake in the tables
	}
	return t
}
