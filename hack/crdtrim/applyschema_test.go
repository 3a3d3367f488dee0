package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const applyFile = "package internal\n\n" + schemaStart + `types:
- name: com.github.carillon-dev.carillon.api.v1alpha1.Scheduler
  map:
    fields:
    - name: metadata
      type: {namedType: io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta}
    - name: executors
      type: {list: {elementType: {scalar: string}, elementRelationship: associative, keys: [name]}}
- name: io.k8s.api.core.v1.PodTemplateSpec
  map:
    fields:
    - name: metadata
      type: {namedType: io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta}
    - name: ports
      type: {list: {elementType: {scalar: string}, elementRelationship: associative, keys: [containerPort]}}
    - name: protocol
      type: {scalar: string}
      default: TCP
- name: io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta
  map:
    fields:
    - name: finalizers
      type: {list: {elementType: {scalar: string}, elementRelationship: associative}}
` + schemaEnd + "\n"

const finishedApplyFile = `types:
- name: com.github.carillon-dev.carillon.api.v1alpha1.Scheduler
  map:
    fields:
    - name: metadata
      type: {namedType: io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta}
    - name: executors
      type: {list: {elementType: {scalar: string}, elementRelationship: associative, keys: [name]}}
- name: io.k8s.api.core.v1.PodTemplateSpec
  map:
    fields:
    - name: metadata
      type: {namedType: io.k8s.api.EmbeddedObjectMeta}
    - name: ports
      type: {list: {elementType: {scalar: string}, elementRelationship: atomic}}
    - name: protocol
      type: {scalar: string}
- name: io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta
  map:
    fields:
    - name: finalizers
      type: {list: {elementType: {scalar: string}, elementRelationship: associative}}
- name: io.k8s.api.EmbeddedObjectMeta
  map:
    fields:
    - name: finalizers
      type: {list: {elementType: {scalar: string}, elementRelationship: atomic}}
`

func TestFinishApplySchema(t *testing.T) {
	t.Parallel()

	got, err := finishApplySchema([]byte(applyFile))
	if err != nil {
		t.Fatal(err)
	}
	schema, _ := strings.CutPrefix(string(got), "package internal\n\n"+schemaStart)
	schema, ok := strings.CutSuffix(schema, schemaEnd+"\n")
	if !ok {
		t.Fatalf("the Go code around the schema was changed:\n%s", got)
	}
	if diff := cmp.Diff(parse(t, []byte(finishedApplyFile)), parse(t, []byte(schema))); diff != "" {
		t.Errorf("finished schema (-want +got):\n%s", diff)
	}

	again, err := finishApplySchema(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), string(again)); diff != "" {
		t.Errorf("finishing a second time changed something (-first +second):\n%s", diff)
	}
}

func TestFinishApplySchemaRejectsOtherFiles(t *testing.T) {
	t.Parallel()

	for name, in := range map[string]string{
		"no schema":     "package internal",
		"no end":        schemaStart + "types: []",
		"not YAML":      schemaStart + "\t" + schemaEnd,
		"another shape": schemaStart + "kinds: []" + schemaEnd,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if out, err := finishApplySchema([]byte(in)); err == nil {
				t.Errorf("finishApplySchema(%q) = %q, want an error", in, out)
			}
		})
	}
}
