package verdict

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// judge decides about one slot.
func (j *judge) judge(s *slot) {
	v := &j.verdict
	v.Expected++
	j.setAsideFenced(s)
	switch {
	case len(s.attempts) > 0:
		v.Started++
	case len(s.folds) > 0:
		v.Coalesced++
	case slices.Contains(s.outcomes, outcomeMissed):
		v.Missed++
	case slices.Contains(s.outcomes, outcomeSkipped):
		v.Skipped++
	case slices.Contains(s.outcomes, outcomeFailed), slices.Contains(s.outcomes, outcomeReplaced):
		v.Started++ // or tried to: it was refused or stopped before anybody could see it
	case len(s.outcomes) > 0:
		j.lost(s, "is recorded, and nobody saw it")
		return
	default:
		j.unseen = append(j.unseen, s)
		return
	}
	if len(s.outcomes) > 1 {
		j.doubled(s, "has several outcomes")
		return
	}
	j.judgeDrop(s)
	j.judgeFolds(s)
	j.judgeCompletions(s)
	j.judgeEnd(s)
}

// judgeUnseen looks at the slots of which there is no trace: as many of them were
// dropped as the counters say, beyond those that the record has listed.
func (j *judge) judgeUnseen() {
	unlisted := j.Dropped
	for _, s := range j.slots {
		if !s.dropped.IsZero() {
			unlisted--
		}
	}
	for _, s := range j.unseen {
		if unlisted--; unlisted >= 0 {
			j.verdict.Missed++
			continue
		}
		j.lost(s, "was never decided")
	}
}

// judgeDrop looks at a slot that the record has dropped: nothing else came of it,
// unless a call was made by a manager that did not live to record it.
func (j *judge) judgeDrop(s *slot) {
	switch {
	case s.dropped.IsZero():
	case len(s.folds) > 0:
		j.doubled(s, "was dropped, and is folded into another one")
	case len(s.attempts) == 0:
	case j.excused(s.attempts[0].Began, s.dropped):
		j.verdict.Repeated++
	default:
		j.doubled(s, "was dropped, and had a run")
	}
}

// setAsideFenced removes Pods that were deleted before they had ended although their
// slot was decided otherwise: a manager sent them that had been replaced meanwhile.
func (j *judge) setAsideFenced(s *slot) {
	if j.InProcess {
		return
	}
	for i, a := range slices.Backward(s.attempts) {
		twin := slices.ContainsFunc(s.attempts, func(b Attempt) bool { return b.Number == a.Number && b.Where != a.Where })
		if a.End == Unfinished && (!s.dropped.IsZero() || len(s.folds) > 0 || twin) {
			s.attempts = slices.Delete(s.attempts, i, i+1)
			j.verdict.Fenced++
		}
	}
}

// judgeFolds looks at a slot that newer ones stand for: there is one of them, and the
// slot had no run of its own, unless a call was made by a manager that did not live
// to record it.
func (j *judge) judgeFolds(s *slot) {
	if len(s.folds) == 0 {
		return
	}
	if len(s.attempts) == 0 {
		if len(s.folds) > 1 && !j.excusedFolds(s) {
			j.doubled(s, "is folded into several others")
		}
		return
	}
	for _, f := range s.folds {
		if !j.excused(s.attempts[0].Began, f.decided) {
			j.doubled(s, "had a run, and is folded into another one")
			return
		}
	}
	j.verdict.Repeated++
}

// excusedFolds reports whether the newer ones that stand for a slot were decided by
// managers of which one did not live to record it.
func (j *judge) excusedFolds(s *slot) bool {
	var decided []time.Time
	for _, f := range s.folds {
		decided = append(decided, f.decided)
	}
	slices.SortFunc(decided, time.Time.Compare)
	for i := range decided[1:] {
		if !j.excused(decided[i], decided[i+1]) {
			return false
		}
	}
	return true
}

// excused reports whether a call inside the manager may have been made at one instant
// and be decided anew at a later one: a manager was struck in between.
func (j *judge) excused(first, second time.Time) bool {
	return j.InProcess && !first.IsZero() && slices.ContainsFunc(j.Disturbed, func(at time.Time) bool {
		return !at.Before(first) && !at.After(second)
	})
}

// judgeCompletions looks for work that was done twice.
func (j *judge) judgeCompletions(s *slot) {
	ended := map[int]Attempt{}
	var completed []Attempt
	for _, a := range s.attempts {
		if a.End == Unfinished {
			continue
		}
		if earlier, ok := ended[a.Number]; ok && !j.excused(earlier.Began, a.Began) {
			j.doubled(s, fmt.Sprintf("had attempt %d twice", a.Number))
			return
		}
		ended[a.Number] = a
		if a.End == Completed {
			completed = append(completed, a)
		}
	}
	for i := range len(completed) - 1 {
		if !j.excused(completed[i].Began, completed[i+1].Began) {
			j.doubled(s, "was completed twice")
			return
		}
		j.verdict.Repeated++
	}
}

// judgeEnd looks for runs that nobody knows the end of.
func (j *judge) judgeEnd(s *slot) {
	if slices.Contains(s.outcomes, outcomeLost) {
		j.lost(s, "has been given up")
		return
	}
	ended := slices.ContainsFunc(s.attempts, func(a Attempt) bool { return a.End != Unfinished })
	if len(s.attempts) > 0 && !ended && len(s.outcomes) == 0 && len(s.folds) == 0 {
		j.lost(s, "began and never ended")
	}
}

func (j *judge) doubled(s *slot, what string) {
	j.verdict.Doubled++
	j.blame(s, "doubled", what)
}

func (j *judge) lost(s *slot, what string) {
	j.verdict.Lost++
	j.blame(s, "lost", what)
}

// blame writes down what is known about a slot.
func (j *judge) blame(s *slot, how, what string) {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s: %s %s", how, j.Task, s.at.UTC().Format(time.RFC3339), what)
	for _, a := range s.attempts {
		fmt.Fprintf(&text, "; attempt %d at %s for %d more, %s: %s", a.Number, clock(a.Began), a.Coalesced, a.End, a.Where)
	}
	for _, f := range s.folds {
		fmt.Fprintf(&text, "; folded into %s, decided at %s", f.slot.UTC().Format(time.TimeOnly), clock(f.decided))
	}
	if len(s.outcomes) > 0 {
		fmt.Fprintf(&text, "; recorded as %s", strings.Join(s.outcomes, " and "))
	}
	j.verdict.Evidence = append(j.verdict.Evidence, text.String())
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "no time"
	}
	return t.UTC().Format("15:04:05.000")
}

// String says it in a word.
func (e End) String() string {
	switch e {
	case Completed:
		return "completed"
	case Failed:
		return "failed"
	default:
		return "unfinished"
	}
}
