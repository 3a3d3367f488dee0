package handler_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/carillon-dev/carillon/handler"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	if handler.Permanent(nil) != nil {
		t.Error("success has become an error")
	}
	permanent := fmt.Errorf("archiving: %w", handler.Permanent(io.ErrUnexpectedEOF))
	if marked, ok := errors.AsType[*handler.PermanentError](permanent); !ok || !errors.Is(permanent, io.ErrUnexpectedEOF) || marked.Error() != "unexpected EOF" {
		t.Errorf("%v is not what was marked", permanent)
	}
	later := handler.Later(time.Minute, io.ErrNoProgress)
	if marked, ok := errors.AsType[*handler.LaterError](later); !ok || marked.After != time.Minute || !errors.Is(later, io.ErrNoProgress) {
		t.Errorf("%v is not what was marked", later)
	}
	for want, err := range map[string]error{
		"again in 1m0s: " + io.ErrNoProgress.Error(): later,
		"again in 2s": handler.Later(2*time.Second, nil),
	} {
		if err.Error() != want {
			t.Errorf("it says %q, want %q", err, want)
		}
	}
}
