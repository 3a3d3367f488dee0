package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitCommands(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		arguments string
		want      [][]string
	}{
		"one":   {arguments: "echo a b", want: [][]string{{"echo", "a", "b"}}},
		"three": {arguments: "echo a and sleep 1s and exit 3", want: [][]string{{"echo", "a"}, {"sleep", "1s"}, {"exit", "3"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := slices.Collect(splitCommands(strings.Fields(tc.arguments)))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("commands (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string][]string{
		"nothing":            nil,
		"an unknown command": {"dance"},
		"an exit without":    {"exit"},
		"a bad duration":     {"sleep", "soon"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := run(arguments); err == nil {
				t.Errorf("run(%q) succeeded", arguments)
			}
		})
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		target     string
		wantStatus int
		want       string
	}{
		"plain":        {target: "/a", wantStatus: http.StatusOK, want: "POST /a\nIdempotency-Key: k\n\nbody\n"},
		"with status":  {target: "/a?status=503", wantStatus: http.StatusServiceUnavailable, want: "POST /a?status=503\nIdempotency-Key: k\n\nbody\n"},
		"bad status":   {target: "/a?status=x", wantStatus: http.StatusBadRequest, want: "status \"x\" is not a number between 200 and 599\n"},
		"bad duration": {target: "/a?delay=x", wantStatus: http.StatusBadRequest, want: "time: invalid duration \"x\"\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := httptest.NewRequest(http.MethodPost, tc.target, strings.NewReader("body"))
			request.Header.Set("Idempotency-Key", "k")
			recorder := httptest.NewRecorder()
			answer(recorder, request)
			if recorder.Code != tc.wantStatus {
				t.Errorf("status %d, want %d", recorder.Code, tc.wantStatus)
			}
			if diff := cmp.Diff(tc.want, recorder.Body.String()); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}
