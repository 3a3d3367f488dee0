package install_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/internal/testutil/manifests"
)

const chart = root + "/charts/carillon"

// render renders the chart as the release carillon, which the names in config/ are those
// of.
func render(t *testing.T, values ...string) (string, error) {
	t.Helper()
	args := []string{"template", "carillon", chart, "--namespace=carillon-system", "--skip-tests"}
	for _, value := range values {
		args = append(args, "--set-json="+value)
	}
	stdout, stderr, err := try(t, program(t, "HELM"), args...)
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, stderr)
	}
	return stdout, nil
}

// byDefault is the component that the chart has by default.
const byDefault = "authors-rights"

// TestChart shows that the chart installs what config/default does, with each component.
func TestChart(t *testing.T) {
	t.Parallel()
	for component, value := range map[string]string{
		"":                    "",
		"prometheus":          `prometheus={"enabled": true}`,
		"grafana":             `grafana={"enabled": true}`,
		"kube-state-metrics":  `kubeStateMetrics={"enabled": true}`,
		"network-policy":      `networkPolicy={"enabled": true}`,
		"admission-policy":    `admissionPolicy={"enabled": true}`,
		"namespaced":          `watchNamespaces=["default"]`,
		"http-secret-headers": `httpSecretHeaders=true`,
		"pod-fence":           `podFence={"enabled": true}`,
		"service-accounts":    `taskServiceAccounts={"enabled": true}`,
		"flow-control":        `flowControl={"enabled": true}`,
		"prometheus-tls":      `prometheus={"enabled": true, "tlsSecretName": "carillon-manager-metrics-tls"}`,
		"lockdown":            `lockdown=true`,
	} {
		t.Run(component, func(t *testing.T) {
			t.Parallel()
			components, values := []string{byDefault}, []string{`crds={"keep": false}`}
			if component != "" {
				components, values = append(components, component), append(values, value)
			}
			if component == "lockdown" { // which includes it
				components = []string{component}
			}
			rendered, err := render(t, values...)
			if err != nil {
				t.Fatal(err)
			}
			want, got := objects(t, run(t, manifests.Kubectl(t), "kustomize", manifests.Overlay(t, root, components...))), objects(t, rendered)
			// Helm makes the namespace, if it is told to.
			delete(want, "Namespace//carillon-system")
			for _, all := range []map[string]map[string]any{want, got} {
				for _, object := range all {
					neutral(object)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-config/ +chart):\n%s", diff)
			}
		})
	}
}

// neutral takes away what says by whom an object is installed.
func neutral(object any) {
	switch object := object.(type) {
	case map[string]any:
		for _, label := range []string{
			"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart",
		} {
			delete(object, label)
		}
		for key, value := range object {
			neutral(value)
			if inner, ok := value.(map[string]any); ok && key == "labels" && len(inner) == 0 {
				delete(object, key)
			}
		}
	case []any:
		for _, item := range object {
			neutral(item)
		}
	}
}

// TestChartNames shows that a release may be called anything, and live anywhere: nothing
// is left of the names in config/.
func TestChartNames(t *testing.T) {
	t.Parallel()
	args := []string{"template", "team", chart, "--namespace=elsewhere", "--set-json=watchNamespaces=[\"a\",\"b\"]", "--set=httpSecretHeaders=true", "--set=prometheus.tlsSecretName=team-tls"}
	for _, part := range []string{"prometheus", "grafana", "kubeStateMetrics", "networkPolicy", "admissionPolicy", "authorsRights", "podFence", "flowControl"} {
		args = append(args, "--set="+part+".enabled=true")
	}
	rendered := objects(t, run(t, program(t, "HELM"), args...))
	for id, object := range rendered {
		text, err := yaml.Marshal(object["metadata"])
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(id, "/")
		if parts[0] != "CustomResourceDefinition" && !strings.HasPrefix(parts[2], "team-carillon-") {
			t.Errorf("%s is not called after the release", id)
		}
		whole, err := yaml.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(whole), "carillon-system") || strings.Contains(strings.ReplaceAll(string(whole), "team-carillon-", ""), "carillon-manager") && parts[0] != "CustomResourceDefinition" {
			t.Errorf("%s: something is in the namespace carillon-system:\n%s", id, text)
		}
	}
	for _, id := range []string{"RoleBinding/a/team-carillon-manager-tasks", "RoleBinding/b/team-carillon-manager-tasks", "Deployment/elsewhere/team-carillon-manager"} {
		if rendered[id] == nil {
			t.Errorf("there is no %s", id)
		}
	}
	checkBindings(t, rendered)
	for _, id := range []string{"ValidatingAdmissionPolicyBinding//team-carillon-pod-identity", "ValidatingAdmissionPolicyBinding//team-carillon-limits"} {
		if whole, err := yaml.Marshal(rendered[id]["spec"]); err != nil || !strings.Contains(string(whole), "values:\n      - a\n      - b\n") {
			t.Errorf("%s (%v) holds in namespaces of others:\n%s", id, err, whole)
		}
	}
}

// checkBindings shows that nothing is bound in the whole cluster but the role to ask who
// reads the metrics, which has no say over any object.
func checkBindings(t *testing.T, rendered map[string]map[string]any) {
	t.Helper()
	for id, object := range rendered {
		role, _ := object["roleRef"].(map[string]any)
		if name, _ := role["name"].(string); object["kind"] == "ClusterRoleBinding" && !strings.HasSuffix(name, "carillon-manager-metrics") {
			t.Errorf("%s binds %s in the whole cluster", id, name)
		}
	}
}

// TestNamespaced shows by either way to install that a manager of some namespaces has no
// rights in others, also not to read Secrets, in whatever order the components are.
func TestNamespaced(t *testing.T) {
	t.Parallel()
	rendered, err := render(t, `watchNamespaces=["default"]`, `httpSecretHeaders=true`)
	if err != nil {
		t.Fatal(err)
	}
	for name, stream := range map[string]string{
		"chart":     rendered,
		"kustomize": run(t, manifests.Kubectl(t), "kustomize", manifests.Overlay(t, root, "namespaced", "http-secret-headers")),
		"reversed":  run(t, manifests.Kubectl(t), "kustomize", manifests.Overlay(t, root, "http-secret-headers", "namespaced")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := objects(t, stream)
			checkBindings(t, all)
			if rules, err := yaml.Marshal(all["ClusterRole//carillon-manager"]["rules"]); err != nil || !strings.Contains(string(rules), "secrets") {
				t.Errorf("the manager cannot read Secrets where it is bound (%v):\n%s", err, rules)
			}
			if all["RoleBinding/default/carillon-manager-tasks"] == nil {
				t.Error("the manager has no rights in the namespace default")
			}
		})
	}
}

// TestChartNamespace shows that a release can hold its namespace, with the labels that
// config/ gives it.
func TestChartNamespace(t *testing.T) {
	t.Parallel()
	rendered, err := render(t, `namespace={"create": true}`)
	if err != nil {
		t.Fatal(err)
	}
	got := objects(t, rendered)["Namespace//carillon-system"]
	want := objects(t, run(t, manifests.Kubectl(t), "kustomize", manifests.Overlay(t, root)))["Namespace//carillon-system"]
	neutral(got)
	neutral(want)
	metadata, _ := got["metadata"].(map[string]any)
	if diff := cmp.Diff(map[string]any{"helm.sh/resource-policy": "keep"}, metadata["annotations"]); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
	delete(metadata, "annotations")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-config/ +chart):\n%s", diff)
	}
}

// TestChartConfiguration shows that a configuration comes to the manager as a file, that
// the Pods are replaced when it changes, and what else values do.
func TestChartConfiguration(t *testing.T) {
	t.Parallel()
	rendered, err := render(t, `config={"maxWorkers": 7, "http": {"denyCIDRs": ["10.0.0.0/8"]}}`, `image={"tag": "v9"}`, `crds={"install": false}`, `roles={"aggregate": false}`)
	if err != nil {
		t.Fatal(err)
	}
	all := objects(t, rendered)
	var file, want map[string]any
	data, _ := all["ConfigMap/carillon-system/carillon-manager"]["data"].(map[string]any)
	if text, _ := data["manager.yaml"].(string); yaml.Unmarshal([]byte(text), &file) != nil {
		t.Fatalf("the file is %q", text)
	}
	if err := yaml.Unmarshal([]byte("{apiVersion: config.carillon.dev/v1alpha1, kind: ManagerConfiguration, maxWorkers: 7, http: {denyCIDRs: [10.0.0.0/8]}}"), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, file); diff != "" {
		t.Errorf("the file (-want +got):\n%s", diff)
	}
	for _, need := range []string{"--config=/etc/carillon/manager.yaml", "checksum/config: ", "image: ghcr.io/carillon-dev/carillon:v9\n"} {
		if !strings.Contains(rendered, need) {
			t.Errorf("it lacks %q", need)
		}
	}
	// It would override the file.
	if strings.Contains(rendered, "--shutdown-timeout") {
		t.Error("a flag for what the file may say")
	}
	for _, none := range []string{"CustomResourceDefinition//tasks.carillon.dev", "ClusterRole//carillon-edit"} {
		if all[none] != nil {
			t.Errorf("there is %s", none)
		}
	}
}

// TestChartKeepsTasks shows that the CRDs stay when a release goes, unless it is told
// otherwise.
func TestChartKeepsTasks(t *testing.T) {
	t.Parallel()
	rendered, err := render(t)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for id, object := range objects(t, rendered) {
		metadata, _ := object["metadata"].(map[string]any)
		annotations, _ := metadata["annotations"].(map[string]any)
		if annotations["helm.sh/resource-policy"] == "keep" {
			kept = append(kept, id)
		}
	}
	slices.Sort(kept)
	if diff := cmp.Diff([]string{"CustomResourceDefinition//schedulers.carillon.dev", "CustomResourceDefinition//tasks.carillon.dev"}, kept); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestChartRefuses shows what people are told whose values are wrong.
func TestChartRefuses(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`replicaCount=1`:                                  "additional properties 'replicaCount' not allowed",
		`replicas="two"`:                                  "/replicas': got string, want integer",
		`watchNamespaces=["Team A"]`:                      "/watchNamespaces/0'",
		`watchNamespaces="team-a"`:                        "/watchNamespaces': got string, want array",
		`config={"maxWorker": 5}`:                         "/config': additional properties 'maxWorker' not allowed",
		`config={"maxWorkers": 0}`:                        "/config/maxWorkers': minimum: got 0, want 1",
		`config={"metrics": {"bindAddress": ":1"}}`:       "additional properties 'bindAddress' not allowed",
		`config={"shutdownTimeout": "30"}`:                "/config/shutdownTimeout'",
		`config={"leaderElection": {"enabled": false}}`:   "replicas: write 1",
		`admissionPolicy={"actions": ["exec"]}`:           "/admissionPolicy/actions/0': value must be one of 'pod', 'http', 'handler'",
		`image={"pullPolicy": "Sometimes"}`:               "/image/pullPolicy'",
		`lockdown="yes"`:                                  "/lockdown': got string, want boolean",
		`hostUsers="no"`:                                  "/hostUsers'",
		`admissionPolicy={"minimumInterval": "a minute"}`: "/admissionPolicy/minimumInterval'",
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			if _, err := render(t, value); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want one with %q", err, want)
			}
		})
	}
}

// TestChartLockdown shows that values cannot open what lockdown closes, and that its limits
// are those of the admission policy.
func TestChartLockdown(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`prometheus={"enabled": true}`:                       "prometheus.tlsSecretName: name a Secret",
		`config={"limits": {"minimumInterval": "1s"}}`:       "config.limits: leave it out",
		`admissionPolicy={"enabled": false}`:                 "",
		`authorsRights={"enabled": false}`:                   "",
		`admissionPolicy={"minimumInterval": "5m"}`:          "",
		`prometheus={"enabled": true, "tlsSecretName": "x"}`: "",
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			rendered, err := render(t, "lockdown=true", value)
			if want != "" {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want one with %q", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			all := objects(t, rendered)
			for _, id := range []string{
				"ValidatingAdmissionPolicyBinding//carillon-limits", "ValidatingAdmissionPolicyBinding//carillon-scheduler-limits",
				"ValidatingAdmissionPolicyBinding//carillon-authors-rights", "ValidatingAdmissionPolicyBinding//carillon-pod-fence",
				"ValidatingAdmissionPolicyBinding//carillon-pod-identity", "NetworkPolicy/carillon-system/carillon-manager", "FlowSchema//carillon-leases",
			} {
				if all[id] == nil {
					t.Errorf("there is no %s", id)
				}
			}
			least := "10s"
			if strings.Contains(value, "5m") {
				least = "5m"
			}
			for text, count := range map[string]int{"'minimumInterval': '" + least + "'": 2, "--limit-minimum-interval=" + least + "\n": 1} {
				if strings.Count(rendered, text) != count {
					t.Errorf("it has %q %d times, want %d", text, strings.Count(rendered, text), count)
				}
			}
		})
	}
}

// TestChartLint shows that helm has nothing against the chart, and packages it.
func TestChartLint(t *testing.T) {
	t.Parallel()
	helm := program(t, "HELM")
	run(t, helm, "lint", "--strict", chart)
	dir := t.TempDir()
	run(t, helm, "package", chart, "--destination="+dir)
	packed, err := filepath.Glob(filepath.Join(dir, "carillon-*.tgz"))
	if err != nil || len(packed) != 1 {
		t.Fatalf("there is %q (%v)", packed, err)
	}
	if whole, unpacked := run(t, helm, "template", "carillon", packed[0]), run(t, helm, "template", "carillon", chart); whole != unpacked {
		t.Error("the package installs something else")
	}
}
