package engine

// startGate keeps Schedulers from being started before all Tasks of their namespace are known:
// only then is it known how much capacity of their executors is in use. The zero value holds
// nothing back.
type startGate struct {
	active   bool
	released map[string]bool      // namespaces
	waiting  map[string][]*member // by namespace
}

func (h *startGate) isReleased(namespace string) bool { return !h.active || h.released[namespace] }

// add notes a Scheduler that waits for the release of its namespace.
func (h *startGate) add(s *member) {
	h.waiting[s.namespace] = append(h.waiting[s.namespace], s)
}

// HoldBack keeps the Schedulers of every namespace from deciding until the namespace is
// released. It must be called before the Group has Tasks and runs. The other methods may
// be called meanwhile: Schedulers take in what they were given when they start.
func (f *Group) HoldBack() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gate = startGate{active: true, released: map[string]bool{}, waiting: map[string][]*member{}}
}

// Release lets the Schedulers of a namespace decide: all its Tasks have been announced.
func (f *Group) Release(namespace string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.gate.isReleased(namespace) {
		return
	}
	f.gate.released[namespace] = true
	waiting := f.gate.waiting[namespace]
	delete(f.gate.waiting, namespace)
	for _, s := range waiting {
		f.startIfReleased(s)
	}
}

// ReleaseAll lets all Schedulers decide, those too that are yet to be made.
func (f *Group) ReleaseAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	waiting := f.gate.waiting
	f.gate = startGate{}
	for _, members := range waiting {
		for _, s := range members {
			f.startIfReleased(s)
		}
	}
}
