package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

// The pictures of the documentation are what the core decides today.
func TestPictures_AreUpToDate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := run([]string{dir}); err != nil {
		t.Fatal(err)
	}
	for _, s := range scenarios {
		kept, err := os.ReadFile(filepath.Join("..", "..", "docs", "images", s.file))
		if err != nil {
			t.Fatal(err)
		}
		drawn, err := os.ReadFile(filepath.Join(dir, s.file))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(kept), string(drawn)); diff != "" {
			t.Errorf("docs/images/%s is not what make generate draws (-kept +drawn):\n%s", s.file, diff)
		}
	}
}

// A page shows them as images: they are whole, small, described in words, and run nothing.
func TestPictures_CanBeShown(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios {
		text, err := s.picture()
		if err != nil {
			t.Fatal(err)
		}
		var elements []string
		for decoder := xml.NewDecoder(strings.NewReader(text)); ; {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", s.file, err)
			}
			if start, ok := token.(xml.StartElement); ok {
				elements = append(elements, start.Name.Local)
			}
		}
		if !slices.Equal(elements[:4], []string{"svg", "title", "desc", "style"}) || slices.Contains(elements, "script") || len(text) > 16<<10 {
			t.Errorf("%s begins with %v and has %d bytes", s.file, elements[:4], len(text))
		}
	}
}

// What docs/spec/task.md says of coalesce and overlapPolicy.
func TestRows(t *testing.T) {
	t.Parallel()
	const onTime = "12:50 runs from 12:50 to 12:54; 13:00 runs from 13:00 to 13:04"
	for file, want := range map[string]map[string]string{
		"overlap-busy.svg": {
			"overlapPolicy: Skip, coalesce: true or false":                   "12:00 runs from 12:00 to 12:24; 12:10 is skipped at 12:10; 12:20 is skipped at 12:20; 12:30 runs from 12:30 to 12:54; 12:40 is skipped at 12:40; 12:50 is skipped at 12:50; 13:00 runs from 13:00",
			"overlapPolicy: Queue, coalesce: true or false":                  "12:00 runs from 12:00 to 12:24; 12:10 is skipped at 12:20; 12:20 runs from 12:24 to 12:48; 12:30 is skipped at 12:40; 12:40 runs from 12:48; 12:50 is skipped at 13:00; 13:00 waits",
			"overlapPolicy: Queue, maxInstances: 3, coalesce: true or false": "12:00 runs from 12:00 to 12:24; 12:10 runs from 12:10 to 12:34; 12:20 runs from 12:20 to 12:44; 12:30 runs from 12:30 to 12:54; 12:40 runs from 12:40 to 13:04; 12:50 runs from 12:50; 13:00 runs from 13:00",
			"overlapPolicy: Replace, coalesce: true or false":                "12:00 runs from 12:00 and is replaced at 12:11; 12:10 runs from 12:11 and is replaced at 12:21; 12:20 runs from 12:21 and is replaced at 12:31; 12:30 runs from 12:31 and is replaced at 12:41; 12:40 runs from 12:41 and is replaced at 12:51; 12:50 runs from 12:51 and is replaced at 13:01; 13:00 runs from 13:01",
		},
		"overlap-outage.svg": {
			"any overlapPolicy, coalesce: true":  "12:00 runs from 12:00 to 12:04; 12:10 is folded into 12:30; 12:20 is folded into 12:30; 12:30 runs from 12:33 to 12:37; 12:40 runs from 12:40 to 12:44; " + onTime,
			"any overlapPolicy, coalesce: false": "12:00 runs from 12:00 to 12:04; 12:10 runs from 12:33 to 12:37; 12:20 runs from 12:37 to 12:41; 12:30 runs from 12:41 to 12:45; 12:40 runs from 12:45 to 12:49; " + onTime,
		},
		"overlap-both.svg": {
			"overlapPolicy: Skip, coalesce: true":     "12:00 runs from 12:00 to 12:35; 12:10 is folded into 12:30; 12:20 is folded into 12:30; 12:30 is skipped at 12:32; 12:40 runs from 12:40 to 12:44; " + onTime,
			"overlapPolicy: Skip, coalesce: false":    "12:00 runs from 12:00 to 12:35; 12:10 is skipped at 12:32; 12:20 is skipped at 12:32; 12:30 is skipped at 12:32; 12:40 runs from 12:40 to 12:44; " + onTime,
			"overlapPolicy: Queue, coalesce: true":    "12:00 runs from 12:00 to 12:35; 12:10 is folded into 12:30; 12:20 is folded into 12:30; 12:30 runs from 12:35 to 12:39; 12:40 runs from 12:40 to 12:44; " + onTime,
			"overlapPolicy: Queue, coalesce: false":   "12:00 runs from 12:00 to 12:35; 12:10 runs from 12:35 to 12:39; 12:20 runs from 12:39 to 12:43; 12:30 runs from 12:43 to 12:47; 12:40 runs from 12:47 to 12:51; 12:50 runs from 12:51 to 12:55; 13:00 runs from 13:00 to 13:04",
			"overlapPolicy: Replace, coalesce: true":  "12:00 runs from 12:00 and is replaced at 12:33; 12:10 is folded into 12:30; 12:20 is folded into 12:30; 12:30 runs from 12:33 to 12:37; 12:40 runs from 12:40 to 12:44; " + onTime,
			"overlapPolicy: Replace, coalesce: false": "12:00 runs from 12:00 and is replaced at 12:33; 12:10 runs from 12:33 to 12:37; 12:20 runs from 12:37 to 12:41; 12:30 runs from 12:41 to 12:45; 12:40 runs from 12:45 to 12:49; " + onTime,
		},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			got := map[string]string{}
			for _, r := range rowsOf(t, file) {
				label, err := r.label()
				if err != nil {
					t.Fatal(err)
				}
				got[strings.Join(label, ", ")] = r.timeline.fates()
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func rowsOf(t *testing.T, file string) []row {
	t.Helper()
	i := slices.IndexFunc(scenarios, func(s scenario) bool { return s.file == file })
	if i < 0 {
		t.Fatalf("there is no scenario of %s", file)
	}
	rows, err := scenarios[i].rows()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// The pictures count the slots as the status of the Task does.
func TestRows_CountAsTheRecordDoes(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios {
		for _, r := range rowsOf(t, s.file) {
			var counted model.Counters
			for _, slot := range r.timeline.slots {
				switch {
				case !slot.into.IsZero():
					counted.Coalesced++
				case slot.outcome == model.Skipped:
					counted.Skipped++
				case slot.outcome == model.Replaced:
					counted.Replaced++
				case slot.outcome == model.Succeeded:
					counted.Succeeded++
				}
			}
			if diff := cmp.Diff(r.timeline.counts, counted); diff != "" {
				t.Errorf("%s: %v (-record +picture):\n%s", s.file, r.settings, diff)
			}
		}
	}
}

// A row must not be labelled with settings that lead elsewhere.
func TestLabel_RefusesWhatItCannotName(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string][]setting{
		"not all combinations": {{model.OverlapSkip, true, 1}, {model.OverlapQueue, false, 1}},
		"two of three":         {{model.OverlapSkip, true, 1}, {model.OverlapQueue, true, 1}},
	} {
		if label, err := (&row{settings: settings}).label(); err == nil {
			t.Errorf("%s: %v has the label %q", name, settings, label)
		}
	}
}

// The last slot of a backlog has none behind it: overlapPolicy decides again about what falls due
// while its run goes on.
func TestSimulate_TheBacklogEndsWithItsLastSlot(t *testing.T) {
	t.Parallel()
	s := scenario{begin: at(11, 50), end: at(12, 55), away: at(12, 2), back: at(12, 31), takes: always(4 * time.Minute), instances: []int{1}}
	rows, err := s.rows()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(rows, func(r row) bool { return slices.Contains(r.settings, setting{model.OverlapSkip, false, 1}) })
	const want = "12:20 runs from 12:35 to 12:39; 12:30 runs from 12:39 to 12:43; 12:40 is skipped at 12:40; 12:50 runs"
	if got := rows[i].timeline.fates(); !strings.Contains(got, want) {
		t.Errorf("%s; want %s", got, want)
	}
}
