package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

const convertible = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: hello}\nspec:\n  schedule: '0 9 * * *'\n  timeZone: Europe/Berlin\n  concurrencyPolicy: Replace\n" +
	"  jobTemplate: {spec: {backoffLimit: 1, parallelism: 2, template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}\n"

func TestConvert_Strict(t *testing.T) {
	t.Parallel()
	stdout, stderr, status := execute(t, convertible, "convert", "-f", "-", "--strict")
	if status != 1 || !strings.HasSuffix(stderr, "error: --strict: 1 notes say that something was changed or dropped\n") || !strings.Contains(stdout, "overlapPolicy: Replace") {
		t.Errorf("status %d, printed\n%s%s", status, stdout, stderr)
	}
	_, stderr, status = execute(t, "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n", "convert", "-f", "-")
	if want := "Passed over, as they are not CronJobs: 1 (1 ConfigMap)\nerror: there are no CronJobs in the input\n"; status != 1 || stderr != want {
		t.Errorf("of nothing: status %d, %s", status, stderr)
	}
}

func TestConvert_FromTheCluster(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	createCronJob(t, ns, convertible)
	for _, args := range [][]string{{"convert", "hello", "-o", "json"}, {"convert", "--all", "-o", "json"}} {
		stdout, stderr := mustRun(t, ns, args...)
		if !strings.Contains(stdout, `"namespace": "`+ns+`"`) || !strings.Contains(stdout, `"kind": "Task"`) || strings.Contains(stdout, "resourceVersion") {
			t.Errorf("%q printed\n%s", args, stdout)
		}
		if !strings.Contains(stderr, ns+"/hello: spec.jobTemplate.spec.parallelism: dropped: ") {
			t.Errorf("%q reported\n%s", args, stderr)
		}
	}
	if _, stderr, status := inCluster(t, namespace(t), "convert", "--all"); status != 1 || stderr != "error: there are no CronJobs in the input\n" {
		t.Errorf("in an empty namespace: status %d, %s", status, stderr)
	}
}

// What convert prints of any CronJob, the API server takes: the Task, strictly decoded, and the
// Pod of its template. What is converted are CronJobs that it takes, too.
func TestConvert_TheAPIServerTakesEveryTask(t *testing.T) {
	t.Parallel()
	inputs, err := filepath.Glob("convert/testdata/*.yaml")
	if err != nil || len(inputs) < 10 {
		t.Fatalf("%d inputs: %v", len(inputs), err)
	}
	// One has a selector of its own, and the API server refuses a zone in a schedule since 1.29.
	refused := []string{"many-pods", "zone-in-schedule"}
	for _, input := range inputs {
		name := strings.TrimSuffix(filepath.Base(input), ".yaml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := namespace(t)
			text, err := os.ReadFile(input)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(refused, name) {
				inBatchV1 := strings.NewReplacer("batch/v1beta1", "batch/v1", "batch/v2alpha1", "batch/v1").Replace(string(text))
				dryRun(t, ns, []byte(inBatchV1))
			}
			stdout, stderr, status := execute(t, string(text), "convert", "-f", "-")
			if status != 0 {
				t.Fatalf("status %d: %s", status, stderr)
			}
			task := dryRun(t, ns, []byte(stdout))
			template, found, err := unstructured.NestedMap(task.Object, "spec", "action", "pod", "template")
			if !found || err != nil {
				t.Fatalf("no template: %v", err)
			}
			pod, err := yaml.Marshal(map[string]any{
				"apiVersion": "v1", "kind": "Pod", "spec": template["spec"],
				"metadata": map[string]any{"name": "a", "labels": nested(template, "labels"), "annotations": nested(template, "annotations")},
			})
			if err != nil {
				t.Fatal(err)
			}
			dryRun(t, ns, pod)
		})
	}
}

// nested returns a part of the metadata.
func nested(template map[string]any, field string) any {
	value, _, _ := unstructured.NestedFieldNoCopy(template, "metadata", field)
	return value
}

// dryRun creates an object without keeping it, and returns what would be kept.
func dryRun(t *testing.T, ns string, manifest []byte) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(manifest, &object.Object); err != nil {
		t.Fatal(err)
	}
	object.SetNamespace(ns)
	if object.GetName() == "" {
		object.SetName("a")
	}
	err := admin.Create(t.Context(), object, client.DryRunAll, client.FieldValidation(metav1.FieldValidationStrict))
	if err != nil {
		t.Errorf("the API server refuses it: %v\n%s", err, manifest)
	}
	return object
}
