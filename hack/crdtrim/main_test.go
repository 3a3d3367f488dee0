package main

import (
	"encoding/json"
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
                      required: [containers]
                      properties:
                        containers:
                          items:
                            description: drop
                            required: [name]
                            properties:
                              description: {type: string, description: drop}
                              name: {type: string}
                              protocol: {type: string, default: TCP}
                              sleep: {required: [seconds]}
                          type: array
                          x-kubernetes-list-type: map
                          x-kubernetes-list-map-keys: [name]
                        ephemeralContainers: {type: array, items: {type: object}, x-kubernetes-list-type: map}
                        finalizers: {type: array, items: {type: string}, x-kubernetes-list-type: set}
                        httpHeaders: {type: array, items: {required: [name, value]}}
                        args: {additionalProperties: {description: drop}}
          notATemplate:
            properties:
              metadata: {description: own, metadata}
              spec: {description: own, spec}
          at: {format: date-time, type: string}
          port: {x-kubernetes-int-or-string: true}
          memory: {anyOf: [{type: integer}, {type: string}], x-kubernetes-int-or-string: true, pattern: "generated"}
          own: {type: array, items: {type: string}, default: [a], x-kubernetes-list-type: set}
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
                    metadata:
                      type: object
                      nullable: true
                      properties:
                        annotations: {nullable: true, type: object, additionalProperties: {type: string, nullable: true}}
                        creationTimestamp: {type: string, format: date-time, nullable: true, pattern: '` + dateTimePattern + `'}
                        deletionGracePeriodSeconds: {nullable: true, type: integer, format: int64}
                        deletionTimestamp: {type: string, format: date-time, nullable: true, pattern: '` + dateTimePattern + `'}
                        finalizers: {nullable: true, type: array, items: {type: string, nullable: true}, x-kubernetes-list-type: atomic}
                        generateName: {nullable: true, type: string}
                        generation: {nullable: true, type: integer, format: int64}
                        labels: {nullable: true, type: object, additionalProperties: {type: string, nullable: true}}
                        managedFields:
                          nullable: true
                          type: array
                          x-kubernetes-list-type: atomic
                          items:
                            type: object
                            nullable: true
                            properties:
                              apiVersion: {nullable: true, type: string}
                              fieldsType: {nullable: true, type: string}
                              fieldsV1: {nullable: true, type: object, x-kubernetes-preserve-unknown-fields: true}
                              manager: {nullable: true, type: string}
                              operation: {nullable: true, type: string}
                              subresource: {nullable: true, type: string}
                              time: {type: string, format: date-time, nullable: true, pattern: '` + dateTimePattern + `'}
                        name: {nullable: true, type: string}
                        namespace: {nullable: true, type: string}
                        ownerReferences:
                          nullable: true
                          type: array
                          x-kubernetes-list-type: atomic
                          items:
                            type: object
                            nullable: true
                            properties:
                              apiVersion: {nullable: true, type: string}
                              blockOwnerDeletion: {nullable: true, type: boolean}
                              controller: {nullable: true, type: boolean}
                              kind: {nullable: true, type: string}
                              name: {nullable: true, type: string}
                              uid: {nullable: true, type: string}
                        resourceVersion: {nullable: true, type: string}
                        selfLink: {nullable: true, type: string}
                        uid: {nullable: true, type: string}
                    spec:
                      required: [containers]
                      properties:
                        containers:
                          items:
                            required: [name]
                            properties:
                              description: {nullable: true, type: string}
                              name: {type: string}
                              protocol: {nullable: true, type: string}
                              sleep: {nullable: true}
                          type: array
                          x-kubernetes-list-type: atomic
                        ephemeralContainers:
                          nullable: true
                          type: array
                          x-kubernetes-list-type: atomic
                          items: {nullable: true, type: object, x-kubernetes-preserve-unknown-fields: true}
                          x-kubernetes-validations:
                          - rule: self.size() == 0
                            message: 'a new Pod has no ephemeral containers: leave ephemeralContainers out, or write initContainers'
                        finalizers: {nullable: true, type: array, items: {type: string, nullable: true}, x-kubernetes-list-type: atomic}
                        httpHeaders: {nullable: true, type: array, items: {required: [name]}, x-kubernetes-list-type: atomic}
                        args: {nullable: true, additionalProperties: {nullable: true}}
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
            x-kubernetes-preserve-unknown-fields: true
            maxLength: 64
            pattern: '` + quantityPattern + `'
            not: {enum: [false, true]}
            minProperties: 1
            maxProperties: 0
            minItems: 1
            maxItems: 0
          own: {type: array, items: {type: string}, default: [a], x-kubernetes-list-type: set}
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
	decodesTrimmed := func(s string) bool { return json.Unmarshal([]byte(`"`+s+`"`), &resource.Quantity{}) == nil }
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
		" 1":                             {quantity, decodesTrimmed, true},
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
