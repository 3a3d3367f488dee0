package kube

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"k8s.io/client-go/util/flowcontrol"
)

func TestIsTimeout(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	limiter := flowcontrol.NewTokenBucketRateLimiter(0.001, 1)
	if err := limiter.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		err  error
		want bool
	}{
		"none":                           {nil, false},
		"another":                        {errors.New("the disk is full"), false},
		"the time is over":               {fmt.Errorf("waiting: %w", context.DeadlineExceeded), true},
		"the time would be over by then": {fmt.Errorf("client rate limiter Wait returned an error: %w", limiter.Wait(ctx)), true},
		"it was interrupted":             {context.Canceled, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := IsTimeout(tc.err); got != tc.want {
				t.Errorf("IsTimeout(%v) = %v", tc.err, got)
			}
		})
	}
}
