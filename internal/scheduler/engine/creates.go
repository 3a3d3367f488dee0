package engine

import (
	"slices"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// unconfirmedCreate is what an entry keeps of an attempt while its executor has not said what became of
// the request to create the object. Until then, an object with the name of the attempt may be
// somebody else's: the record, which names it, was saved before the object was created, and can
// be read. What watches show meanwhile waits for the executor, who knows.
type unconfirmedCreate struct {
	// observed is what watches have shown, the newest observation of each object.
	observed []model.Observation
}

// expectCreateResult notes that this process, and no other, is about to create an attempt's object.
func (e *entry) expectCreateResult(ref model.AttemptRef) {
	if e.creates == nil {
		e.creates = map[model.AttemptRef]*unconfirmedCreate{}
	}
	if e.creates[ref] == nil {
		e.creates[ref] = &unconfirmedCreate{}
	}
}

// defersObservation reports whether an observation has to wait, and keeps it if so. Watches alone
// show objects without having been asked, which SeenAt tells.
func (e *entry) defersObservation(obs model.Observation) bool {
	a := e.creates[obs.AttemptRef()]
	if a == nil || obs.UID == "" || obs.Phase == model.PhaseCreated || !obs.SeenAt.IsZero() {
		return false
	}
	a.observed = slices.DeleteFunc(a.observed, func(other model.Observation) bool { return other.UID == obs.UID })
	a.observed = append(a.observed, obs)
	return true
}

// deferredObservations returns what waited for an observation. It is nothing if the executor keeps trying.
func (e *entry) deferredObservations(obs model.Observation) []model.Observation {
	ref := obs.AttemptRef()
	a := e.creates[ref]
	if a == nil || obs.Phase == model.PhaseDelayed {
		return nil
	}
	delete(e.creates, ref)
	return a.observed
}

// forExecutor returns a run as an executor is given it.
func (e *entry) forExecutor(run model.Run) model.Run {
	run.New = run.UID == "" && e.creates[run.AttemptRef()] != nil
	return run
}
