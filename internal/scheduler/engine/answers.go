package engine

import (
	"slices"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// answer is what an entry keeps of an attempt while its executor has not said what became of
// the request to create the object. Until then, an object with the name of the attempt may be
// somebody else's: the record, which names it, was saved before the object was created, and can
// be read. What watches show meanwhile waits for the executor, who knows.
type answer struct {
	// early is what watches have shown, the newest observation of each object.
	early []model.Observation
}

// expectAnswer notes that this process, and no other, is about to create an attempt's object.
func (e *entry) expectAnswer(ref model.AttemptRef) {
	if e.answers == nil {
		e.answers = map[model.AttemptRef]*answer{}
	}
	if e.answers[ref] == nil {
		e.answers[ref] = &answer{}
	}
}

// waitsForAnswer reports whether an observation has to wait, and keeps it if so. Watches alone
// show objects without having been asked, which SeenAt tells.
func (e *entry) waitsForAnswer(obs model.Observation) bool {
	a := e.answers[obs.AttemptRef()]
	if a == nil || obs.UID == "" || obs.Phase == model.Began || !obs.SeenAt.IsZero() {
		return false
	}
	a.early = slices.DeleteFunc(a.early, func(other model.Observation) bool { return other.UID == obs.UID })
	a.early = append(a.early, obs)
	return true
}

// answered returns what waited for an observation. It is nothing if the executor keeps trying.
func (e *entry) answered(obs model.Observation) []model.Observation {
	ref := obs.AttemptRef()
	a := e.answers[ref]
	if a == nil || obs.Phase == model.Delayed {
		return nil
	}
	delete(e.answers, ref)
	return a.early
}

// forExecutor returns a run as an executor is given it.
func (e *entry) forExecutor(run model.Run) model.Run {
	run.New = run.UID == "" && e.answers[run.AttemptRef()] != nil
	return run
}
