package crd_test

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/carillon-dev/carillon/internal/testutil/manifests"
)

// repeated is a Task with what a Pod may have twice and what a Pod has defaults for.
const repeated = `
apiVersion: carillon.dev/v1alpha1
kind: Task
metadata: {name: NAME}
spec:
  paused: true
  trigger: {schedule: "@daily"}
  action:
    pod:
      template:
        metadata: {creationTimestamp: null, labels: {app: a}}
        spec:
          imagePullSecrets: [{name: a}, {name: a}]
          hostAliases: [{ip: 10.0.0.1, hostnames: [a.example]}, {ip: 10.0.0.1, hostnames: [b.example]}]
          nodeSelector:
          containers:
          - name: main
            image: busybox:1.37
            env: [{name: X, value: one}, {name: COPY, value: $(X)}, {name: X, value: two}]
            ports: [{containerPort: 8080}, {containerPort: 8080, protocol: UDP}, {containerPort: 8080}]
            resources: {limits: {cpu: 0.5, memory: 1Gi}}
            livenessProbe: {httpGet: {port: 8080}}
          volumes: [{name: d, azureDisk: {diskName: a, diskURI: b}}, {name: c, configMap: {}}]
`

// A2, A4: what has been applied is not different, and applying it again changes nothing.
func TestA4_ApplyingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		flags []string
		// dropsNulls: kubectl does not send the fields that are null.
		dropsNulls bool
	}{
		"client-side": {dropsNulls: true},
		"server-side": {flags: []string{"--server-side"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := manifest(t, name, repeated)
			if out, status := kubectl(t, append([]string{"apply", "-f", file}, tc.flags...)...); status != 0 {
				t.Fatalf("applying the Task: %s", out)
			}
			if out, status := kubectl(t, append([]string{"diff", "-f", file}, tc.flags...)...); status != 0 || out != "" {
				t.Errorf("kubectl diff: status %d, want no difference:\n%s", status, out)
			}
			before := live(t, name)
			if out, status := kubectl(t, append([]string{"apply", "-f", file}, tc.flags...)...); status != 0 {
				t.Errorf("applying the Task again: %s", out)
			}
			if diff := cmp.Diff(before, live(t, name)); diff != "" {
				t.Errorf("the Task after the second apply (-first +second):\n%s", diff)
			}
			wanted := parse(t, []byte(repeated))["spec"].(map[string]any)
			if tc.dropsNulls {
				dropNullFields(wanted)
			}
			if diff := cmp.Diff(wanted, before.Object["spec"]); diff != "" {
				t.Errorf("spec (-file +live):\n%s", diff)
			}

			edited := manifest(t, name, strings.Replace(repeated, `, {name: X, value: two}`, "", 1))
			if _, status := kubectl(t, append([]string{"diff", "-f", edited}, tc.flags...)...); status != 1 {
				t.Errorf("kubectl diff of an edited file: status %d, want 1", status)
			}
			if out, status := kubectl(t, append([]string{"apply", "-f", edited}, tc.flags...)...); status != 0 {
				t.Errorf("applying the edited file: %s", out)
			}
			containers, _, _ := unstructured.NestedSlice(live(t, name).Object, "spec", "action", "pod", "template", "spec", "containers")
			want := []any{map[string]any{"name": "X", "value": "one"}, map[string]any{"name": "COPY", "value": "$(X)"}}
			if diff := cmp.Diff(want, containers[0].(map[string]any)["env"]); diff != "" {
				t.Errorf("env after the edit (-want +got):\n%s", diff)
			}
		})
	}
}

// A2: the lists of a template have one owner each, its labels one each.
func TestA2_ServerSideApplyOfTwoOwners(t *testing.T) {
	t.Parallel()
	const name = "two-owners"
	if out, status := kubectl(t, "apply", "--server-side", "-f", manifest(t, name, repeated)); status != 0 {
		t.Fatalf("applying the Task: %s", out)
	}
	for title, tc := range map[string]struct {
		template     string
		wantConflict string // "" for none
	}{
		"a label of its own":       {`{metadata: {labels: {team: b}}}`, ""},
		"a label of the other":     {`{metadata: {labels: {app: b}}}`, ".spec.action.pod.template.metadata.labels.app"},
		"the image of a container": {`{spec: {containers: [{name: main, image: "busybox:1.38"}]}}`, ".spec.action.pod.template.spec.containers"},
		"the same containers": {
			string(encode(t, parse(t, []byte(repeated))["spec"].(map[string]any)["action"].(map[string]any)["pod"].(map[string]any)["template"])), "",
		},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			file := manifest(t, name, "{apiVersion: carillon.dev/v1alpha1, kind: Task, metadata: {name: NAME}, spec: {action: {pod: {template: "+tc.template+"}}}}")
			out, status := kubectl(t, "apply", "--server-side", "--dry-run=server", "--field-manager=other", "-f", file)
			if tc.wantConflict == "" && status != 0 {
				t.Errorf("applying as another owner: %s", out)
			}
			if tc.wantConflict != "" && (status == 0 || !strings.Contains(out, "conflict") || !strings.Contains(out, tc.wantConflict)) {
				t.Errorf("applying as another owner: status %d, want a conflict about %s:\n%s", status, tc.wantConflict, out)
			}
		})
	}
}

// kubectl explain names the fields of a template, even without their descriptions.
func TestA4_ExplainShowsThePodTemplate(t *testing.T) {
	t.Parallel()
	for field, want := range map[string][]string{
		"template":                                {"metadata", "spec", "template is the Pod to create for each run"},
		"template.metadata":                       {"labels", "<map[string]string>", "annotations"},
		"template.spec":                           {"containers", "-required-", "restartPolicy"},
		"template.spec.containers":                {"image", "<string>", "name", "-required-"},
		"template.spec.containers.ports":          {"containerPort", "<integer>", "protocol"},
		"template.spec.containers.resources":      {"limits", "requests"},
		"template.spec.topologySpreadConstraints": {"maxSkew"},
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			out, status := kubectl(t, "explain", "tasks.spec.action.pod."+field)
			for _, text := range want {
				if !strings.Contains(out, text) {
					t.Errorf("kubectl explain: status %d, want %q in:\n%s", status, text, out)
				}
			}
		})
	}
}

// dropNullFields removes the fields that are null.
func dropNullFields(value any) {
	switch value := value.(type) {
	case map[string]any:
		maps.DeleteFunc(value, func(_ string, field any) bool { return field == nil })
		for _, field := range value {
			dropNullFields(field)
		}
	case []any:
		for _, item := range value {
			dropNullFields(item)
		}
	}
}

// manifest writes a manifest with the name of an object to a file.
func manifest(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "task.yaml")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "NAME", name)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// kubectl runs kubectl, and returns what it writes and its exit status.
func kubectl(t *testing.T, args ...string) (output string, status int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), manifests.Kubectl(t), append([]string{"--kubeconfig", kubeconfig, "--cache-dir", t.TempDir()}, args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// live reads a Task.
func live(t *testing.T, name string) *unstructured.Unstructured {
	t.Helper()
	task, err := server.Resource(tasks).Namespace(metav1.NamespaceDefault).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return task
}
