package kubeevents

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

func TestMessagesAreCutToWhatTheAPIServerAccepts(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text    string
		wantCut bool
	}{
		"short":                    {text: "short"},
		"just fits":                {text: strings.Repeat("a", 1024)},
		"one byte too long":        {text: strings.Repeat("a", 1025), wantCut: true},
		"cut within a character":   {text: strings.Repeat("ü", 600), wantCut: true},
		"cut within a longer one":  {text: "a" + strings.Repeat("世", 400), wantCut: true},
		"cut within the next byte": {text: "aa" + strings.Repeat("世", 400), wantCut: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			event := Event{Text: tc.text}
			got := event.message()
			if len(got) > maxMessage || !utf8.ValidString(got) {
				t.Errorf("%d bytes, valid %t", len(got), utf8.ValidString(got))
			}
			if wasCut := got != tc.text; wasCut != tc.wantCut || wasCut && !strings.HasSuffix(got, "…") {
				t.Errorf("cut %t, want %t: %q", wasCut, tc.wantCut, got)
			}
		})
	}
}

func TestNamesOfEventsAreValidAndDistinct(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	seen := map[string]string{}
	for name, change := range map[string]func(e *Event, at *time.Time){
		"plain":                      func(*Event, *time.Time) {},
		"another reason":             func(e *Event, _ *time.Time) { e.Reason = "RunFailed" },
		"another cause":              func(e *Event, _ *time.Time) { e.Cause = "QueueFull" },
		"another Task":               func(e *Event, _ *time.Time) { e.Object.UID = "other" },
		"another hour":               func(_ *Event, at *time.Time) { *at = at.Add(time.Hour) },
		"a long name":                func(e *Event, _ *time.Time) { e.Object.Name = strings.Repeat("a", 229) + "-" + strings.Repeat("b", 23) },
		"a reason that ends a cause": func(e *Event, _ *time.Time) { e.Reason, e.Cause = "RunSkippedMax", "InstancesReached" },
	} {
		e, at := Event{Object: corev1.ObjectReference{Namespace: "ns", Name: "a", UID: "u"}, Reason: "RunSkipped", Cause: "MaxInstancesReached"}, noon
		change(&e, &at)
		got := eventName(e.Object.Name, keyOf(&e, at))
		if problems := validation.IsDNS1123Subdomain(got); len(problems) > 0 {
			t.Errorf("%s: %q: %v", name, got, problems)
		}
		if other := seen[got]; other != "" {
			t.Errorf("%s and %s have the same Event", name, other)
		}
		seen[got] = name
		if later := eventName(e.Object.Name, keyOf(&e, at.Add(59*time.Minute))); later != got {
			t.Errorf("%s: the name changes within the hour", name)
		}
	}
}
