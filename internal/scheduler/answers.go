package scheduler

import "slices"

// answer is what an entry keeps of an attempt while its executor has not said what became of
// the request to create the object. Until then, an object with the name of the attempt may be
// somebody else's: the record, which names it, was saved before the object was created, and can
// be read. What watches show meanwhile waits for the executor, who knows.
type answer struct {
	// early is what watches have shown, the newest observation of each object.
	early []Observation
}

// expectAnswer notes that this process, and no other, is about to create an attempt's object.
func (e *entry) expectAnswer(ref AttemptRef) {
	if e.answers == nil {
		e.answers = map[AttemptRef]*answer{}
	}
	if e.answers[ref] == nil {
		e.answers[ref] = &answer{}
	}
}

// waitsForAnswer reports whether an observation has to wait, and keeps it if so. Watches alone
// show objects without having been asked, which SeenAt tells.
func (e *entry) waitsForAnswer(obs Observation) bool {
	a := e.answers[obs.AttemptRef()]
	if a == nil || obs.UID == "" || obs.Phase == Began || !obs.SeenAt.IsZero() {
		return false
	}
	a.early = slices.DeleteFunc(a.early, func(other Observation) bool { return other.UID == obs.UID })
	a.early = append(a.early, obs)
	return true
}

// answered returns what waited for an observation. It is nothing if the executor keeps trying.
func (e *entry) answered(obs Observation) []Observation {
	ref := obs.AttemptRef()
	a := e.answers[ref]
	if a == nil || obs.Phase == Delayed {
		return nil
	}
	delete(e.answers, ref)
	return a.early
}

// forExecutor returns a run as an executor is given it.
func (e *entry) forExecutor(run Run) Run {
	run.New = run.UID == "" && e.answers[run.AttemptRef()] != nil
	return run
}
