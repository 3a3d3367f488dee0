package handler

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Registry holds functions by name. It may be used from any goroutine.
type Registry struct {
	mu      sync.RWMutex
	entries map[string]entry
	frozen  bool
}

type entry struct {
	call       Func
	namespaces []string // empty: all
}

// NewRegistry returns an empty Registry.
func NewRegistry() *Registry { return &Registry{entries: map[string]entry{}} }

// Register adds a function for the Tasks of some namespaces, of all if none is
// named. It is an error to register a name twice, and to register one once a manager uses
// the Registry: Tasks that name the function would stay as they are, since nothing looks
// at them again for that.
func (r *Registry) Register(name string, call Func, namespaces ...string) error {
	switch {
	case name == "":
		return errors.New("a handler needs a name")
	case call == nil:
		return fmt.Errorf("the handler %q has no function", name)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.frozen {
		return fmt.Errorf("the manager has started without the handler %q: register it before the manager is made", name)
	}
	if _, ok := r.entries[name]; ok {
		return fmt.Errorf("there is a handler %q already", name)
	}
	r.entries[name] = entry{call: call, namespaces: slices.Clone(namespaces)}
	return nil
}

// Clone returns a Registry with the same functions, which others can be added to.
func (r *Registry) Clone() *Registry {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return &Registry{entries: maps.Clone(r.entries)}
}

// Freeze makes every further call of Register an error. A manager freezes the Registry that it is
// made with.
func (r *Registry) Freeze() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.frozen = true
}

// Exists reports whether the Tasks of a namespace can call a function of that name. A
// Task that names another one is Stalled until a manager that has the function starts
// (E1).
func (r *Registry) Exists(name, namespace string) bool {
	_, ok := r.Lookup(name, namespace)
	return ok
}

// Lookup returns the function of that name for the Tasks of a namespace.
func (r *Registry) Lookup(name, namespace string) (Func, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	e, ok := r.entries[name]
	if !ok || len(e.namespaces) > 0 && !slices.Contains(e.namespaces, namespace) {
		return nil, false
	}
	return e.call, true
}

// Names returns the names of the handlers that Tasks of a namespace may call,
// sorted.
func (r *Registry) Names(namespace string) []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var names []string
	for name, e := range r.entries {
		if len(e.namespaces) == 0 || slices.Contains(e.namespaces, namespace) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
