package app

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestLoggerDropsWhatIsBelowItsLevel(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger := NewLogger(&out, slog.LevelWarn)
	logger.Info("quiet")
	logger.Error(nil, "loud")
	if got := out.String(); strings.Contains(got, "quiet") || !strings.Contains(got, `"msg":"loud"`) {
		t.Errorf("logged %s", got)
	}
}

func TestResourceOf(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/api/v1/namespaces/ns/pods":                               "pods",
		"/api/v1/namespaces/ns/pods/p":                             "pods",
		"/apis/carillon.dev/v1alpha1/namespaces/ns/tasks/t/status": "tasks/status",
		"/apis/carillon.dev/v1alpha1/namespaces/ns/schedulers":     "schedulers",
		"/apis/events.k8s.io/v1/namespaces/ns/events":              "events",
		"/api/v1/namespaces/ns":                                    "namespaces",
		"/api":                                                     "other",
	} {
		if got := resourceOf(path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}
