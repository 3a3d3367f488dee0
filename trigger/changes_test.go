package trigger

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestT3_Changes(t *testing.T) {
	t.Parallel()
	berlin := func(spec Spec) Spec { spec.TimeZone = "Europe/Berlin"; return spec }
	hourly := berlin(Spec{Schedule: "30 * * * *"})
	nightly := berlin(Spec{Schedule: "30 2 * * *"})
	for name, tc := range map[string]struct {
		spec           Spec
		after, through string
		limit          int
		want           []string
	}{
		"fixed times are moved, and happen once": {
			spec: nightly, after: "2026-01-01T00:00:00Z", through: "2027-01-01T00:00:00Z", limit: 10,
			want: []string{"moved 2026-03-29 02:30:00 at 2026-03-29T01:30:00Z", "dropped 2026-10-25 02:30:00 at 2026-10-25T01:30:00Z"},
		},
		"the clock is followed": {
			spec: hourly, after: "2026-01-01T00:00:00Z", through: "2027-01-01T00:00:00Z", limit: 10,
			want: []string{"dropped 2026-03-29 02:30:00 at 2026-03-29T01:00:00Z", "doubled 2026-10-25 02:30:00 at 2026-10-25T01:30:00Z"},
		},
		"asked after the change, before the moved slot": {
			spec: nightly, after: "2026-03-29T01:10:00Z", through: "2026-04-01T00:00:00Z", limit: 10,
			want: []string{"moved 2026-03-29 02:30:00 at 2026-03-29T01:30:00Z"},
		},
		"asked at the moved slot":   {spec: nightly, after: "2026-03-29T01:30:00Z", through: "2026-04-01T00:00:00Z", limit: 10},
		"up to just before it":      {spec: nightly, after: "2026-03-01T00:00:00Z", through: "2026-03-29T01:29:59Z", limit: 10},
		"asked between the repeats": {spec: hourly, after: "2026-10-25T01:29:59Z", through: "2026-10-25T01:30:00Z", limit: 10, want: []string{"doubled 2026-10-25 02:30:00 at 2026-10-25T01:30:00Z"}},
		"no more than asked for": {
			spec: berlin(Spec{Schedule: "* 2 * * *"}), after: "2026-01-01T00:00:00Z", through: "2027-01-01T00:00:00Z", limit: 2,
			want: []string{"moved 2026-03-29 02:00:00 at 2026-03-29T01:00:00Z", "moved 2026-03-29 02:01:00 at 2026-03-29T01:01:00Z"},
		},
		"within its bounds": {spec: berlin(Spec{Schedule: "30 2 * * *", EndAt: "2026-03-29T00:00:00"}), after: "2026-01-01T00:00:00Z", through: "2027-01-01T00:00:00Z", limit: 10},
		"an interval of days": {
			spec: berlin(Spec{Interval: &Interval{Days: 1}, StartAt: "2026-01-01T02:30:00"}), after: "2026-01-01T00:00:00Z", through: "2028-01-01T00:00:00Z", limit: 10,
			want: []string{"moved 2026-03-29 02:30:00 at 2026-03-29T01:30:00Z", "moved 2027-03-28 02:30:00 at 2027-03-28T01:30:00Z"},
		},
		"an interval of hours":            {spec: berlin(Spec{Interval: &Interval{Hours: 1}}), after: "2026-01-01T00:00:00Z", through: "2027-01-01T00:00:00Z", limit: 10},
		"an interval that misses the gap": {spec: berlin(Spec{Interval: &Interval{Days: 2}, StartAt: "2026-03-28T02:30:00"}), after: "2026-01-01T00:00:00Z", through: "2027-01-01T00:00:00Z", limit: 10},
		"a date": {
			spec: berlin(Spec{Date: &Date{RunAt: "2026-03-29T02:30:00"}}), after: "2026-01-01T00:00:00Z", through: "2027-01-01T00:00:00Z", limit: 10,
			want: []string{"moved 2026-03-29 02:30:00 at 2026-03-29T01:30:00Z"},
		},
		"an instant is never moved": {spec: berlin(Spec{Date: &Date{RunAt: "2026-03-29T01:30:00Z"}}), after: "2026-01-01T00:00:00Z", through: "2027-01-01T00:00:00Z", limit: 10},
		"any of the children": {
			spec: berlin(Spec{AnyOf: []Spec{hourly, nightly, nightly}}), after: "2026-01-01T00:00:00Z", through: "2026-06-01T00:00:00Z", limit: 10,
			want: []string{"dropped 2026-03-29 02:30:00 at 2026-03-29T01:00:00Z", "moved 2026-03-29 02:30:00 at 2026-03-29T01:30:00Z"},
		},
		"slots that all children have": {
			spec: berlin(Spec{AllOf: []Spec{hourly, {Schedule: "*/30 * * * *"}, {Cron: &CronFields{DayOfWeek: "sun", Minute: "*"}}}}), after: "2026-01-01T00:00:00Z", through: "2027-01-01T00:00:00Z", limit: 10,
			want: []string{"doubled 2026-10-25 02:30:00 at 2026-10-25T01:30:00Z"},
		},
		"no changes in UTC": {spec: Spec{Schedule: "* * * * *"}, after: "2026-01-01T00:00:00Z", through: "2027-01-01T00:00:00Z", limit: 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kinds := map[ChangeKind]string{Moved: "moved", Dropped: "dropped", Doubled: "doubled"}
			var got []string
			for _, change := range mustCompile(t, tc.spec, Options{}).Changes(at(t, tc.after), at(t, tc.through), tc.limit) {
				got = append(got, fmt.Sprintf("%s %s at %s", kinds[change.Kind], change.Wall, change.At.Format(time.RFC3339)))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Changes() (-want +got):\n%s", diff)
			}
		})
	}
}
