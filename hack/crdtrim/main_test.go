package main

import (
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"
)

const crd = `
kind: CustomResourceDefinition
spec:
  versions:
  - name: v1
    schema:
      openAPIV3Schema:
        description: own, root
        properties:
          list:
            description: own, list
            items:
              properties:
                template:
                  description: own, template
                  properties:
                    metadata: {description: drop, properties: {labels: {description: drop}}}
                    spec:
                      description: drop
                      properties:
                        containers: {items: {description: drop, properties: {description: {type: string, description: drop}}}}
                        args: {additionalProperties: {description: drop}}
          notATemplate:
            properties:
              metadata: {description: own, metadata}
              spec: {description: own, spec}
          at: {format: date-time, type: string}
          port: {x-kubernetes-int-or-string: true}
          memory: {x-kubernetes-int-or-string: true, pattern: "generated"}
`

const finished = `
kind: CustomResourceDefinition
spec:
  versions:
  - name: v1
    schema:
      openAPIV3Schema:
        description: own, root
        properties:
          list:
            description: own, list
            items:
              properties:
                template:
                  description: own, template
                  properties:
                    metadata: {properties: {labels: {}}}
                    spec:
                      properties:
                        containers: {items: {properties: {description: {type: string}}}}
                        args: {additionalProperties: {}}
          notATemplate:
            properties:
              metadata: {description: own, metadata}
              spec: {description: own, spec}
          at:
            format: date-time
            type: string
            pattern: '` + dateTimePattern + `'
          port: {x-kubernetes-int-or-string: true, minimum: -2147483648, maximum: 2147483647}
          memory:
            x-kubernetes-int-or-string: true
            maxLength: 64
            pattern: '` + quantityPattern + `'
`

func TestFinish(t *testing.T) {
	t.Parallel()

	got, err := finish([]byte(crd))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(parse(t, []byte(finished)), parse(t, got)); diff != "" {
		t.Errorf("finished CRD (-want +got):\n%s", diff)
	}

	again, err := finish(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), string(again)); diff != "" {
		t.Errorf("finishing a second time changed something (-first +second):\n%s", diff)
	}
}

func TestFinishRejectsOtherFiles(t *testing.T) {
	t.Parallel()

	for name, in := range map[string]string{
		"another kind":             "kind: Pod",
		"a version without schema": "spec: {versions: [{name: v1}]}",
		"not YAML":                 "\t",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if out, err := finish([]byte(in)); err == nil {
				t.Errorf("finish(%q) = %q, want an error", in, out)
			}
		})
	}
}

// What a pattern admits must decode, and what people write must be admitted.
func TestPatternsAdmitOnlyWhatDecodes(t *testing.T) {
	t.Parallel()

	quantity := regexp.MustCompile(quantityPattern)
	decodesQuantity := func(s string) bool { _, err := resource.ParseQuantity(s); return err == nil }
	dateTime := regexp.MustCompile(dateTimePattern)
	decodesTime := func(s string) bool { _, err := time.Parse(time.RFC3339, s); return err == nil }

	for s, tc := range map[string]struct {
		pattern      *regexp.Regexp
		decodes      func(string) bool
		wantAdmitted bool
	}{
		"1":                              {quantity, decodesQuantity, true},
		"100m":                           {quantity, decodesQuantity, true},
		"1.5Gi":                          {quantity, decodesQuantity, true},
		".5":                             {quantity, decodesQuantity, true},
		"-2E":                            {quantity, decodesQuantity, true},
		"12e6":                           {quantity, decodesQuantity, true},
		"1e1.5":                          {quantity, decodesQuantity, false},
		"1e999999999":                    {quantity, nil, false}, // decoding it would take all memory
		"1.5.5":                          {quantity, decodesQuantity, false},
		"1 Gi":                           {quantity, decodesQuantity, false},
		"":                               {quantity, decodesQuantity, false},
		"2026-12-24T18:00:00Z":           {dateTime, decodesTime, true},
		"2026-12-24T18:00:00.5+05:45":    {dateTime, decodesTime, true},
		"2026-12-24t18:00:00z":           {dateTime, decodesTime, false},
		"2026-12-24T18:00:00x5Z":         {dateTime, decodesTime, false},
		"2026-12-24T18:00:00+99:00":      {dateTime, decodesTime, false},
		"2026-12-24T18:00:00":            {dateTime, decodesTime, false},
		"2026-12-24T18:00:00Zand a tail": {dateTime, decodesTime, false},
	} {
		t.Run(s, func(t *testing.T) {
			t.Parallel()
			if got := tc.pattern.MatchString(s); got != tc.wantAdmitted {
				t.Errorf("the pattern admits %q: %t, want %t", s, got, tc.wantAdmitted)
			}
			if tc.decodes != nil && tc.decodes(s) != tc.wantAdmitted {
				t.Errorf("%q decodes: %t, want %t", s, !tc.wantAdmitted, tc.wantAdmitted)
			}
		})
	}
}

func parse(t *testing.T, in []byte) map[string]any {
	t.Helper()
	var out map[string]any
	if err := yaml.UnmarshalStrict(in, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
