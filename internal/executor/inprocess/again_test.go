package inprocess_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// A function says by its error whether there is to be another attempt (R5).
func TestR5_ErrorsOfHandlers(t *testing.T) {
	t.Parallel()
	errLedger := errors.New("no such ledger")
	for name, tc := range map[string]struct {
		err           error
		wantMessage   string
		wantPermanent bool
		wantPostpone  time.Duration
	}{
		"an error":                     {errLedger, "no such ledger", false, 0},
		"one for good":                 {fmt.Errorf("posting: %w", handler.Permanent(errLedger)), "posting: no such ledger", true, 0},
		"not yet":                      {handler.Later(time.Minute, errLedger), "again in 1m0s: no such ledger", false, time.Minute},
		"not yet, wrapped":             {fmt.Errorf("posting: %w", handler.Later(time.Minute, nil)), "posting: again in 1m0s", false, time.Minute},
		"not yet, and at once":         {handler.Later(0, nil), "again in 0s", false, time.Second},
		"not yet, and in the past":     {handler.Later(-time.Hour, nil), "again in -1h0m0s", false, time.Second},
		"not yet, and not for a month": {handler.Later(720*time.Hour, nil), "again in 720h0m0s", false, 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, run := newBench(t, func(context.Context, handler.Run) error { return tc.err }), runAt(time.Now())
				b.Start(t.Context(), taskOf(), run)
				want := ended(run, model.Failed, v1alpha1.ReasonFailed, tc.wantMessage, run.Slot, run.Slot)
				want.Permanent, want.Postpone = tc.wantPermanent, tc.wantPostpone
				b.wantReports(t, append(began(run, run.Slot), want)...)
			})
		})
	}
}

func TestR5_MessagesOfHandlers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		say  []string
		err  error
		want string
	}{
		"nothing":                   {},
		"one":                       {say: []string{"archived 12 orders"}, want: "archived 12 orders"},
		"the last of several":       {say: []string{"archiving", "archived 12 orders"}, want: "archived 12 orders"},
		"an error takes its place":  {say: []string{"archiving"}, err: errors.New("no such ledger"), want: "no such ledger"},
		"control characters":        {say: []string{"\x1b[31mred"}, want: "[31mred"},
		"longer than what is shown": {say: []string{strings.Repeat("x", 10_000)}, want: strings.Repeat("x", 797) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, run := newBench(t, func(ctx context.Context, _ handler.Run) error {
					for _, text := range tc.say {
						handler.SetMessage(ctx, text)
					}
					return tc.err
				}), runAt(time.Now())
				b.Start(t.Context(), taskOf(), run)
				want := ended(run, model.Succeeded, v1alpha1.ReasonSucceeded, tc.want, run.Slot, run.Slot)
				if tc.err != nil {
					want = ended(run, model.Failed, v1alpha1.ReasonFailed, tc.want, run.Slot, run.Slot)
				}
				b.wantReports(t, append(began(run, run.Slot), want)...)
			})
		})
	}
}
