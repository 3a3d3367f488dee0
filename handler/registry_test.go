package handler_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/handler"
)

func TestRegistry(t *testing.T) {
	t.Parallel()
	errMine := errors.New("mine")
	mine := func(context.Context, handler.Run) error { return errMine }
	r := handler.NewRegistry()
	if err := r.Register("all", mine); err != nil {
		t.Fatal(err)
	}
	if err := r.Register("some", mine, "reports", "billing"); err != nil {
		t.Fatal(err)
	}
	for namespace, want := range map[string][]string{"reports": {"all", "some"}, "anywhere": {"all"}} {
		if diff := cmp.Diff(want, r.Names(namespace)); diff != "" {
			t.Errorf("Names(%q) (-want +got):\n%s", namespace, diff)
		}
	}
	tests := map[string]struct {
		name, namespace string
		want            bool
	}{
		"for all":              {"all", "anywhere", true},
		"for this one":         {"some", "billing", true},
		"for others":           {"some", "anywhere", false},
		"not registered":       {"none", "reports", false},
		"in another case":      {"All", "reports", false},
		"beginning of another": {"al", "reports", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := r.Exists(tc.name, tc.namespace); got != tc.want {
				t.Errorf("Exists(%q, %q) = %v", tc.name, tc.namespace, got)
			}
			call, ok := r.Lookup(tc.name, tc.namespace)
			if ok != tc.want || ok && !errors.Is(call(t.Context(), handler.Run{}), errMine) {
				t.Errorf("Lookup(%q, %q) = %v", tc.name, tc.namespace, ok)
			}
		})
	}
}

func TestRegisterRefuses(t *testing.T) {
	t.Parallel()
	nothing := func(context.Context, handler.Run) error { return nil }
	r := handler.NewRegistry()
	if err := r.Register("twice", nothing); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		name string
		call handler.Func
		want string
	}{
		"a name in use": {"twice", nothing, `there is a handler "twice" already`},
		"no name":       {"", nothing, "needs a name"},
		"no function":   {"empty", nil, `"empty" has no function`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := r.Register(tc.name, tc.call, "elsewhere"); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Register = %v, want an error with %q", err, tc.want)
			}
		})
	}
	if !r.Exists("twice", "anywhere") {
		t.Error("what was refused replaced what was there")
	}
}

func TestRegisterRefusesOnceFrozen(t *testing.T) {
	t.Parallel()
	r := handler.NewRegistry()
	r.Freeze()
	err := r.Register("late", func(context.Context, handler.Run) error { return nil })
	if want := `the manager has started without the handler "late": register it before`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Register = %v, want an error with %q", err, want)
	}
	if r.Exists("late", "anywhere") {
		t.Error("what was refused is there")
	}
}
