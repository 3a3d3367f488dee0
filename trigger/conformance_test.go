package trigger

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// jsonSpec is a trigger as it stands in a manifest.
type jsonSpec struct {
	Schedule string
	Cron     *CronFields
	Interval *Interval
	Date     *Date
	AnyOf    []jsonSpec
	AllOf    []jsonSpec
	TimeZone string
	StartAt  string
	EndAt    string
}

func (j *jsonSpec) spec() Spec {
	return Spec{
		Schedule: j.Schedule, Cron: j.Cron, Interval: j.Interval, Date: j.Date, AnyOf: specs(j.AnyOf), AllOf: specs(j.AllOf),
		TimeZone: j.TimeZone, StartAt: j.StartAt, EndAt: j.EndAt,
	}
}

func specs(children []jsonSpec) []Spec {
	var converted []Spec
	for i := range children {
		converted = append(converted, children[i].spec())
	}
	return converted
}

// TestT8_Conformance runs the recorded cases: each is the naive enumeration of the contract, compared with other implementations.
func TestT8_Conformance(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/triggers.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		ID      string
		Trigger jsonSpec
		From    time.Time
		Count   int
		Expect  []time.Time
		Error   bool
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, tc := range cases {
		t.Run(tc.ID, func(t *testing.T) {
			t.Parallel()
			compiled, err := Compile(tc.Trigger.spec(), Options{})
			if gotError := err != nil; gotError != tc.Error {
				t.Fatalf("Compile() error = %v, want an error: %t", err, tc.Error)
			}
			if err != nil {
				return
			}
			var want, got []time.Time
			for _, slot := range tc.Expect {
				want = append(want, slot.UTC())
			}
			after := tc.From.Add(-time.Nanosecond)
			for range tc.Count {
				slot, ok := find(t, compiled, after)
				if !ok {
					break
				}
				got = append(got, slot)
				after = slot
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("slots of %s (-want +got):\n%s", compiled, diff)
			}
		})
	}
}
