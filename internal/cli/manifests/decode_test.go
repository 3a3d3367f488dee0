package manifests

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	pod := func(spec string) string {
		return `{"spec": {"jobTemplate": {"spec": {"template": {"spec": ` + spec + `}}}}}`
	}
	const path = "spec.jobTemplate.spec.template.spec."
	for name, tc := range map[string]struct {
		input, want string
		wantMisfit  bool
	}{
		"nothing wrong":             {input: pod(`{"containers": [{"resources": {"limits": {"cpu": 2, "memory": "1Gi"}}, "envFrom": null}]}`)},
		"a string for a number":     {input: `{"spec": {"successfulJobsHistoryLimit": "5"}}`, want: `spec.successfulJobsHistoryLimit: expected an integer, got the string "5"; write 5 without quotes`, wantMisfit: true},
		"a fraction":                {input: `{"spec": {"successfulJobsHistoryLimit": 1.5}}`, want: "spec.successfulJobsHistoryLimit: expected an integer, got the number 1.5", wantMisfit: true},
		"a number that is too high": {input: `{"spec": {"successfulJobsHistoryLimit": 3000000000}}`, want: "spec.successfulJobsHistoryLimit: expected an integer, got the number 3000000000", wantMisfit: true},
		"a string for an object":    {input: pod(`{"volumes": [{"name": "a"}, {"name": "b", "emptyDir": "/tmp"}]}`), want: path + `volumes[1].emptyDir: expected an object, got the string "/tmp"`, wantMisfit: true},
		"an object for a list":      {input: pod(`{"containers": {"name": "a"}}`), want: path + "containers: expected a list, got an object", wantMisfit: true},
		"a number for a string":     {input: pod(`{"containers": [{"env": [{"name": "A", "value": 1}]}]}`), want: path + `containers[0].env[0].value: expected a string, got the number 1; write "1" in quotes`, wantMisfit: true},
		"true for a string":         {input: `{"metadata": {"labels": {"a": true}}}`, want: `metadata.labels[a]: expected a string, got true; write "true" in quotes`, wantMisfit: true},
		"no quantity":               {input: pod(`{"containers": [{"resources": {"limits": {"cpu": "much"}}}]}`), want: path + `containers[0].resources.limits[cpu]: expected a quantity such as 100m, 1.5 or 2Gi, got the string "much"`, wantMisfit: true},
		"no time":                   {input: `{"metadata": {"creationTimestamp": "today"}}`, want: `metadata.creationTimestamp: expected a time such as 2026-12-24T18:00:00Z, got the string "today"`, wantMisfit: true},
		"several":                   {input: `{"spec": {"failedJobsHistoryLimit": "a", "suspend": "true", "paused": true}}`, want: `spec.failedJobsHistoryLimit: expected an integer, got the string "a"; spec.paused: unknown field; spec.suspend: expected true or false, got the string "true"; write true without quotes`, wantMisfit: true},
		"an unknown field":          {input: pod(`{"containers": [{"volumeMounts": [{"subPaths": "a"}]}]}`), want: path + "containers[0].volumeMounts[0].subPaths: unknown field"},
		"a field in other case":     {input: pod(`{"containers": [{"volumeMounts": [{"subpath": "a"}]}]}`), want: path + "containers[0].volumeMounts[0].subpath: unknown field; write subPath"},
		"a field given twice":       {input: `{"spec": {"schedule": "a", "schedule": "b"}}`, want: "spec.schedule: duplicate field"},
		"a newer status":            {input: `{"status": {"newer": 1}}`},
		"a string":                  {input: `"text"`, want: `the document: expected an object, got the string "text"`, wantMisfit: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := Decode([]byte(tc.input), &batchv1.CronJob{})
			if diff := cmp.Diff(tc.want, text(err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if misfit := (*MisfitError)(nil); errors.As(err, &misfit) != tc.wantMisfit {
				t.Errorf("%T, want a misfit: %t", err, tc.wantMisfit)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"spec": {"schedule": 5, "jobTemplate": {"spec": {"template": []}}}}`))
	f.Add([]byte(`{"metadata": {"labels": {"a": null}}, "spec": {"startingDeadlineSeconds": 1e400}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := Decode(data, &batchv1.CronJob{}); err != nil && err.Error() == "" {
			t.Error("an error without a text")
		}
	})
}
