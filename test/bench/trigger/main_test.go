package main

import (
	"os"
	"slices"
	"testing"
	"time"
)

// TestMain lets the test program be the child that ask starts.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && (os.Args[1] == askVector || os.Args[1] == askHard) {
		if err := beChild(os.Args[1:]); err != nil {
			panic(err)
		}
		return
	}
	m.Run()
}

func indexOf(t *testing.T, name string) int {
	t.Helper()
	i := slices.IndexFunc(libraries, func(lib library) bool { return lib.name == name })
	if i < 0 {
		t.Fatalf("there is no library %s", name)
	}
	return i
}

func vectorOf(t *testing.T, id string) int {
	t.Helper()
	i := slices.IndexFunc(vectors, func(v vector) bool { return v.id == id })
	if i < 0 {
		t.Fatalf("there is no vector %s", id)
	}
	return i
}

func TestCarillonGetsEveryVectorRight(t *testing.T) {
	t.Parallel()
	for _, v := range vectors {
		if got := judge(libraries[indexOf(t, ours)], v); got.Word != right {
			t.Errorf("%s: %s %s", v.id, got.Word, got.Detail)
		}
	}
}

// The comparison is fair only if all libraries are asked the same thing: far from
// changes of the clock they have to agree.
func TestLibrariesAgreeInWinter(t *testing.T) {
	t.Parallel()
	for _, e := range typical {
		reference, err := libraries[indexOf(t, ours)].parse(e)
		if err != nil {
			t.Fatal(err)
		}
		want := slotsAfter(reference, typicalFrom.In(e.location()), 20)
		want = slices.DeleteFunc(want, func(slot time.Time) bool { return slot.After(typicalFrom.AddDate(0, 2, 0)) })
		for _, lib := range libraries {
			find, err := lib.parse(e)
			if err != nil {
				t.Errorf("%s cannot parse %q: %v", lib.name, e.cron, err)
				continue
			}
			got := slotsAfter(find, typicalFrom.In(e.location()), len(want))
			if !slices.EqualFunc(want, got, time.Time.Equal) {
				t.Errorf("%s for %q in %s:\n%v\nwant\n%v", lib.name, e.cron, e.zone, got, want)
			}
		}
	}
}

func TestAsk(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		library, vector string
		patience        time.Duration
		wantWord        string // of ask
		wantVerdict     string
	}{
		"an answer":                 {ours, "D10", time.Minute, "", right},
		"a wrong one":               {"robfig", "D1", time.Minute, "", wrong},
		"a panic":                   {"robfig", "D16", time.Minute, "", panics},
		"a library that hangs":      {"robfig", "D10", time.Second, hangs, ""},
		"an error that is expected": {"netresearch", "D16", time.Minute, "", right},
		"one that is not":           {"robfig", "D14", time.Minute, "", rejects},
		"none where one should be":  {"robfig", "D17", time.Minute, "", accepts},
		"what cannot be said":       {"cronexpr", "D17", time.Minute, "", cannot},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, word, err := ask(askVector, indexOf(t, tc.library), vectorOf(t, tc.vector), tc.patience)
			if err != nil {
				t.Fatal(err)
			}
			if word != tc.wantWord || got.Verdict.Word != tc.wantVerdict {
				t.Errorf("%q and %+v, want %q and %q", word, got.Verdict, tc.wantWord, tc.wantVerdict)
			}
		})
	}
}

// It counts allocations, and so it must be alone.
func TestMeasureHard(t *testing.T) {
	for _, q := range hardQuestions {
		if got := measureHard(libraries[indexOf(t, ours)], q); got.Nanoseconds <= 0 || got.Word != "" {
			t.Errorf("%s: %+v", q.name, got)
		}
	}
	if got := measureHard(libraries[indexOf(t, "robfig")], hardQuestion{expression: expression{cron: "TZ=UTC"}, from: "2026-01-01T00:00:00Z"}); got.Word != panics {
		t.Errorf("a library that panics: %+v", got)
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for want, values := range map[float64][]float64{0: nil, 3: {3}, 2.5: {4, 1, 3, 2}, 5: {9, 5, 1}} {
		if got := median(values); got != want {
			t.Errorf("of %v: %g, want %g", values, got, want)
		}
	}
}
