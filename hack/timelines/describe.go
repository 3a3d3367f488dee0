package main

import (
	"fmt"
	"strings"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// summary counts the slots by what became of them.
func (t *timeline) summary() string {
	var ran, unfinished, coalesced, skipped, replaced int
	for _, s := range t.slots {
		switch {
		case !s.into.IsZero():
			coalesced++
		case s.outcome == model.Replaced:
			replaced++
		case s.outcome == model.Skipped:
			skipped++
		case s.outcome == model.Succeeded:
			ran++
		default:
			unfinished++
		}
	}
	var parts []string
	for _, part := range []struct {
		count int
		what  string
	}{{ran, "ran"}, {replaced, "replaced"}, {coalesced, "coalesced"}, {skipped, "skipped"}, {unfinished, "unfinished"}} {
		if part.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.count, part.what))
		}
	}
	return strings.Join(parts, ", ")
}

// describe says in words what a picture shows.
func describe(rows []row, labels [][]string) string {
	var text strings.Builder
	for i, r := range rows {
		if i > 0 {
			text.WriteString("\n")
		}
		fmt.Fprintf(&text, "With %s: %s.", strings.Join(labels[i], ", "), r.timeline.fates())
	}
	return text.String()
}

// fates says what became of each slot.
func (t *timeline) fates() string {
	parts := make([]string, len(t.slots))
	for i := range t.slots {
		parts[i] = t.slots[i].at.Format("15:04") + " " + t.slots[i].fate()
	}
	return strings.Join(parts, "; ")
}

// fate says what became of a slot.
func (s *slot) fate() string {
	switch {
	case !s.into.IsZero():
		return "is folded into " + s.into.Format("15:04")
	case !s.decided.IsZero():
		return "is skipped at " + s.decided.Format("15:04")
	case s.started.IsZero():
		return "waits"
	case s.ended.IsZero():
		return "runs from " + s.started.Format("15:04")
	case s.outcome == model.Replaced:
		return "runs from " + s.started.Format("15:04") + " and is replaced at " + s.ended.Format("15:04")
	default:
		return "runs from " + s.started.Format("15:04") + " to " + s.ended.Format("15:04")
	}
}
