package next

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTable(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		input      string
		args       []string
		want       string
		wantStderr string
		wantErr    string
	}{
		"the next slots, in the zone of the Scheduler": {
			input: `{apiVersion: carillon.dev/v1alpha1, kind: Scheduler, metadata: {name: default}, spec: {timeZone: Europe/Berlin}}
---
` + manifestOf("report", `{schedule: "30 8 * * mon-fri"}`),
			args: []string{"--count=3"},
			want: `
NAMESPACE   NAME     LOCAL TIME                    ZONE            UTC                    IN      NOTE
default     report   Mon 2026-03-09 08:30:00 CET   Europe/Berlin   2026-03-09T07:30:00Z   2d19h
default     report   Tue 2026-03-10 08:30:00 CET   Europe/Berlin   2026-03-10T07:30:00Z   3d19h
default     report   Wed 2026-03-11 08:30:00 CET   Europe/Berlin   2026-03-11T07:30:00Z   4d19h
`,
		},
		"a time that the clock skips moves": {
			input: manifestOf("report", `{schedule: "30 2 * * *", timeZone: America/New_York}`),
			args:  []string{"--count=3"},
			want: `
NAMESPACE   NAME     LOCAL TIME                    ZONE               UTC                    IN      NOTE
default     report   Sat 2026-03-07 02:30:00 EST   America/New_York   2026-03-07T07:30:00Z   19h
default     report   Sun 2026-03-08 03:30:00 EDT   America/New_York   2026-03-08T07:30:00Z   43h     moved: the clock skips 2026-03-08 02:30:00
default     report   Mon 2026-03-09 02:30:00 EDT   America/New_York   2026-03-09T06:30:00Z   2d18h
`,
		},
		"a time that the clock skips is dropped where the clock is followed": {
			input: manifestOf("report", `{schedule: "30 * * * *", timeZone: America/New_York}`),
			args:  []string{"--from=2026-03-08T06:00:00Z", "--count=2"},
			want: `
NAMESPACE   NAME     LOCAL TIME                    ZONE               UTC                    IN       NOTE
default     report   Sun 2026-03-08 01:30:00 EST   America/New_York   2026-03-08T06:30:00Z   42h
default     report   Sun 2026-03-08 02:30:00       America/New_York   <none>                 <none>   dropped: the clock skips it
default     report   Sun 2026-03-08 03:30:00 EDT   America/New_York   2026-03-08T07:30:00Z   43h
`,
		},
		"a time that the clock repeats is dropped the second time": {
			input: manifestOf("report", `{schedule: "30 1 * * *", timeZone: America/New_York}`),
			args:  []string{"--from=2026-11-01T00:00:00Z", "--count=2"},
			want: `
NAMESPACE   NAME     LOCAL TIME                    ZONE               UTC                    IN       NOTE
default     report   Sun 2026-11-01 01:30:00 EDT   America/New_York   2026-11-01T05:30:00Z   239d
default     report   Sun 2026-11-01 01:30:00       America/New_York   <none>                 <none>   dropped: the clock repeats it
default     report   Mon 2026-11-02 01:30:00 EST   America/New_York   2026-11-02T06:30:00Z   240d
`,
		},
		"a time that the clock repeats is doubled where the clock is followed": {
			input: manifestOf("report", `{schedule: "30 * * * *", timeZone: America/New_York}`),
			args:  []string{"--from=2026-11-01T05:00:00Z", "--count=3"},
			want: `
NAMESPACE   NAME     LOCAL TIME                    ZONE               UTC                    IN     NOTE
default     report   Sun 2026-11-01 01:30:00 EDT   America/New_York   2026-11-01T05:30:00Z   239d
default     report   Sun 2026-11-01 01:30:00 EST   America/New_York   2026-11-01T06:30:00Z   239d   doubled: the clock repeats 2026-11-01 01:30:00
default     report   Sun 2026-11-01 02:30:00 EST   America/New_York   2026-11-01T07:30:00Z   239d
`,
		},
		"a dropped time after the last slot": {
			input: manifestOf("report", `{schedule: "30 1 * * *", timeZone: America/New_York, endAt: "2026-11-01T06:30:00Z"}`),
			args:  []string{"--from=2026-11-01T00:00:00Z"},
			want: `
NAMESPACE   NAME     LOCAL TIME                    ZONE               UTC                    IN       NOTE
default     report   Sun 2026-11-01 01:30:00 EDT   America/New_York   2026-11-01T05:30:00Z   239d
default     report   Sun 2026-11-01 01:30:00       America/New_York   <none>                 <none>   dropped: the clock repeats it
default     report   <none>                        America/New_York   <none>                 <none>   no more slots
`,
		},
		"slots that are past, and no more": {
			input: manifestOf("report", `{date: {runAt: "2026-03-06T11:00:00Z"}, timeZone: Iceland}`),
			args:  []string{"--from=2026-01-01T00:00:00Z"},
			want: `
NAMESPACE   NAME     LOCAL TIME                    ZONE      UTC                    IN        NOTE
default     report   Fri 2026-03-06 11:00:00 GMT   Iceland   2026-03-06T11:00:00Z   60m ago
default     report   <none>                        Iceland   <none>                 <none>    no more slots
`,
		},
		"warnings, errors, and a Task without slots": {
			input: manifestOf("surprise", `{schedule: "*/90 * * * *", endAt: "2026-03-06T13:00:00Z", timeZone: Iceland}`) + "---\n" +
				manifestOf("wrong", `{schedule: "0 24 * * *"}`) + "---\n" + manifestOf("bye", `{shutdown: {}}`),
			want: `
NAMESPACE   NAME       LOCAL TIME                    ZONE      UTC                    IN       NOTE
default     surprise   Fri 2026-03-06 12:00:00 GMT   Iceland   2026-03-06T12:00:00Z   0s
default     surprise   Fri 2026-03-06 13:00:00 GMT   Iceland   2026-03-06T13:00:00Z   60m
default     surprise   <none>                        Iceland   <none>                 <none>   no more slots
default     wrong      <none>                        <none>    <none>                 <none>   error
default     bye        <none>                        UTC       <none>                 <none>   when the Scheduler is deleted
`,
			wantStderr: `
Warning: default/surprise: spec.trigger.schedule: minute "*/90" does not run every 90 minutes but once an hour, at minute 0; for a distance of time use interval
Error: default/wrong: spec.trigger.schedule: hour "24" is out of range 0-23; write "0 0 * * *"
`,
			wantErr: "1 of 3 Tasks cannot be planned",
		},
		"nothing": {
			input:      `{apiVersion: v1, kind: ConfigMap}`,
			wantStderr: "\nThere are no Tasks in the input.\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, err := execute(t, tc.input, append([]string{"next", "-f=-"}, tc.args...)...)
			stdout = regexp.MustCompile(` +\n`).ReplaceAllString(stdout, "\n")
			if diff := cmp.Diff(strings.TrimPrefix(tc.want, "\n"), stdout); diff != "" {
				t.Errorf("stdout (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(strings.TrimPrefix(tc.wantStderr, "\n"), stderr); diff != "" {
				t.Errorf("stderr (-want +got):\n%s", diff)
			}
			if (err == nil) != (tc.wantErr == "") || err != nil && err.Error() != tc.wantErr {
				t.Errorf("error %v, want %q", err, tc.wantErr)
			}
		})
	}
}
