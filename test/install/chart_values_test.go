package install_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// without are values that leave out what would only be in the way of a test.
const without = `crds={"install": false}`

// at returns the part of an object that a path leads to.
func at(object any, path ...any) any {
	for _, step := range path {
		switch inner := object.(type) {
		case map[string]any:
			name, _ := step.(string)
			object = inner[name]
		case []any:
			index, ok := step.(int)
			if !ok || index >= len(inner) {
				return nil
			}
			object = inner[index]
		default:
			return nil
		}
	}
	return object
}

// parsed returns the value that a text in YAML means.
func parsed(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// TestChartPod shows which part of the managers' Pods each value sets.
func TestChartPod(t *testing.T) {
	t.Parallel()
	const selector = `{app.kubernetes.io/name: carillon, app.kubernetes.io/instance: carillon, app.kubernetes.io/component: manager}`
	spec := []any{"spec", "template", "spec"}
	container := slices.Concat(spec, []any{"containers", 0})
	for value, want := range map[string]struct {
		path []any
		text string
	}{
		`nodeSelector={"pool": "system"}`: {append(slices.Clone(spec), "nodeSelector"), `{pool: system}`},
		`tolerations=[{"key": "system", "operator": "Exists", "effect": "NoSchedule"}]`: {
			append(slices.Clone(spec), "tolerations"), `[{key: system, operator: Exists, effect: NoSchedule}]`,
		},
		`affinity={"nodeAffinity": {"a": 1}}`: {append(slices.Clone(spec), "affinity"), `{nodeAffinity: {a: 1}}`},
		`priorityClassName="high"`:            {append(slices.Clone(spec), "priorityClassName"), `high`},
		`topologySpreadConstraints=[]`:        {append(slices.Clone(spec), "topologySpreadConstraints"), `null`},
		`topologySpreadConstraints=[{"maxSkew": 2, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}]`: {
			append(slices.Clone(spec), "topologySpreadConstraints"),
			`[{maxSkew: 2, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: ` + selector + `}}]`,
		},
		`topologySpreadConstraints=[{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"mine": "yes"}}}]`: {
			append(slices.Clone(spec), "topologySpreadConstraints", 0, "labelSelector", "matchLabels", "mine"), `"yes"`,
		},
		`podLabels={"team": "platform"}`:      {[]any{"spec", "template", "metadata", "labels", "team"}, `platform`},
		`podAnnotations={"a/b": "c"}`:         {[]any{"spec", "template", "metadata", "annotations", "a/b"}, `c`},
		`serviceAccount={"name": "existing"}`: {append(slices.Clone(spec), "serviceAccountName"), `existing`},
		`volumes=[{"name": "tls", "secret": {"secretName": "tls"}}]`: {
			append(slices.Clone(spec), "volumes"), `[{name: tls, secret: {secretName: tls}}]`,
		},
		`volumeMounts=[{"name": "tls", "mountPath": "/tls"}]`: {append(slices.Clone(container), "volumeMounts"), `[{name: tls, mountPath: /tls}]`},
		`extraArgs=["--max-workers=7"]`:                       {append(slices.Clone(container), "args", 3), `--max-workers=7`},
		`resources={"limits": {"memory": "2Gi"}}`:             {append(slices.Clone(container), "resources", "limits", "memory"), `2Gi`},
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			rendered, err := render(t, without, value)
			if err != nil {
				t.Fatal(err)
			}
			deployment := objects(t, rendered)["Deployment/carillon-system/carillon-manager"]
			if diff := cmp.Diff(parsed(t, want.text), at(deployment, want.path...)); diff != "" {
				t.Errorf("%v (-want +got):\n%s", want.path, diff)
			}
		})
	}
}

// TestChartMetricsCertificate shows that the Secret with the certificate of metrics can be
// mounted where config.metrics.certDir says.
func TestChartMetricsCertificate(t *testing.T) {
	t.Parallel()
	rendered, err := render(t, without, `config={"metrics": {"certDir": "/etc/carillon-tls"}}`,
		`volumes=[{"name": "tls", "secret": {"secretName": "carillon-tls"}}]`, `volumeMounts=[{"name": "tls", "mountPath": "/etc/carillon-tls", "readOnly": true}]`)
	if err != nil {
		t.Fatal(err)
	}
	all := objects(t, rendered)
	pod := at(all["Deployment/carillon-system/carillon-manager"], "spec", "template", "spec")
	want := parsed(t, `[{name: config, mountPath: /etc/carillon, readOnly: true}, {name: tls, mountPath: /etc/carillon-tls, readOnly: true}]`)
	if diff := cmp.Diff(want, at(pod, "containers", 0, "volumeMounts")); diff != "" {
		t.Errorf("volumeMounts (-want +got):\n%s", diff)
	}
	want = parsed(t, `[{name: config, configMap: {name: carillon-manager}}, {name: tls, secret: {secretName: carillon-tls}}]`)
	if diff := cmp.Diff(want, at(pod, "volumes")); diff != "" {
		t.Errorf("volumes (-want +got):\n%s", diff)
	}
}

// TestChartServiceAccount shows that the roles are bound to the ServiceAccount that is named,
// that policies and FlowSchemas mean the same one, and that a release need not hold it.
func TestChartServiceAccount(t *testing.T) {
	t.Parallel()
	for create, there := range map[string]bool{"true": true, "false": false} {
		t.Run(create, func(t *testing.T) {
			t.Parallel()
			rendered, err := render(t, without, "lockdown=true", `serviceAccount={"create": `+create+`, "name": "existing", "annotations": {"a": "b"}}`)
			if err != nil {
				t.Fatal(err)
			}
			all := objects(t, rendered)
			account := all["ServiceAccount/carillon-system/existing"]
			if (account != nil) != there || there && at(account, "metadata", "annotations", "a") != "b" {
				t.Errorf("the ServiceAccount is %v", account)
			}
			bindings := 0
			for id, object := range all {
				if subjects := at(object, "subjects"); subjects != nil {
					bindings++
					if diff := cmp.Diff(parsed(t, `[{kind: ServiceAccount, name: existing, namespace: carillon-system}]`), subjects); diff != "" {
						t.Errorf("%s (-want +got):\n%s", id, diff)
					}
				}
			}
			if bindings < 5 {
				t.Errorf("there are %d bindings", bindings)
			}
			if old := "system:serviceaccount:carillon-system:carillon-manager"; strings.Contains(rendered, old) || !strings.Contains(rendered, "system:serviceaccount:carillon-system:existing") {
				t.Errorf("policies are about %s", old)
			}
			for _, schema := range []string{"carillon-leases", "carillon-events"} {
				if name := at(all["FlowSchema//"+schema], "spec", "rules", 0, "subjects", 0, "serviceAccount", "name"); name != "existing" {
					t.Errorf("the FlowSchema %s is about %v", schema, name)
				}
			}
		})
	}
}

// TestChartOverridesNames shows what names the objects have when values say so, and that none
// is too long.
func TestChartOverridesNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 53)
	for name, tc := range map[string]struct {
		release, value, want string
	}{
		"a name for the chart":      {"team", `nameOverride="jobs"`, "team-jobs-manager-metrics"},
		"a part of the release's":   {"team-jobs", `nameOverride="jobs"`, "team-jobs-manager-metrics"},
		"a name for all objects":    {"team", `fullnameOverride="jobs"`, "jobs-manager-metrics"},
		"both":                      {"team", `fullnameOverride="jobs",nameOverride="x"`, "jobs-manager-metrics"},
		"neither":                   {"team", `nameOverride=""`, "team-carillon-manager-metrics"},
		"the longest release":       {long, `nameOverride=""`, strings.Repeat("a", 47) + "-manager-metrics"},
		"a release cut at a hyphen": {strings.Repeat("a", 46) + "-b", `nameOverride=""`, strings.Repeat("a", 46) + "-manager-metrics"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := objects(t, run(t, program(t, "HELM"), "template", tc.release, chart, "--namespace=elsewhere", "--set-json="+tc.value))
			if id := "Service/elsewhere/" + tc.want; all[id] == nil {
				t.Errorf("there is no %s among %q", id, slices.Sorted(maps.Keys(all)))
			}
			account := "ServiceAccount/elsewhere/" + strings.TrimSuffix(tc.want, "-metrics")
			if all[account] == nil {
				t.Errorf("there is no %s", account)
			}
		})
	}
}

// TestChartDisruptions shows which PodDisruptionBudget values make.
func TestChartDisruptions(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`{"enabled": true}`:                           `{maxUnavailable: 1}`,
		`{"maxUnavailable": 2}`:                       `{maxUnavailable: 2}`,
		`{"maxUnavailable": "50%"}`:                   `{maxUnavailable: "50%"}`,
		`{"minAvailable": 1}`:                         `{minAvailable: 1}`,
		`{"minAvailable": "50%", "maxUnavailable":2}`: `{minAvailable: "50%"}`,
		`{"enabled": false}`:                          `null`,
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			rendered, err := render(t, without, "podDisruptionBudget="+value)
			if err != nil {
				t.Fatal(err)
			}
			spec := at(objects(t, rendered)["PodDisruptionBudget/carillon-system/carillon-manager"], "spec")
			if budget, ok := spec.(map[string]any); ok {
				delete(budget, "selector")
				delete(budget, "unhealthyPodEvictionPolicy")
			}
			if diff := cmp.Diff(parsed(t, want), spec); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestChartRefusesParts shows what people read whose values for the Pods and the names of
// objects are wrong.
func TestChartRefusesParts(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`extraArgs=["--config=/x"]`:                                                                "extraArgs: leave --config out: set the value config",
		`extraArgs=["--watch-namespaces=a"]`:                                                       "extraArgs: leave --watch-namespaces out: set the value watchNamespaces",
		`extraArgs=["--leader-elect=false"]`:                                                       "extraArgs: leave --leader-elect out: set the value config.leaderElection.enabled",
		`extraArgs=["--leader-election-namespace=x"]`:                                              "extraArgs: leave --leader-election-namespace out: set the value config.leaderElection.namespace",
		`extraArgs=["--metrics-bind-address=:1"]`:                                                  "extraArgs: leave --metrics-bind-address out: the chart sets it",
		`extraArgs=["--limit-minimum-interval=0s"],lockdown=true`:                                  "extraArgs: leave --limit-minimum-interval out: with lockdown",
		`extraArgs=["max-workers=7"]`:                                                              "/extraArgs/0': 'max-workers=7' does not match",
		`volumes=[{"name": "config", "emptyDir": {}}]`:                                             "volumes: choose another name than config",
		`volumes=[{"name": "empty"}]`:                                                              "/volumes/0': minProperties: got 1, want 2",
		`volumeMounts=[{"name": "a", "mountPath": "a"}]`:                                           "/volumeMounts/0/mountPath'",
		`volumeMounts=[{"name": "a", "mountpath": "/a"}]`:                                          "/volumeMounts/0': missing property 'mountPath'",
		`podLabels={"app.kubernetes.io/name": "x"}`:                                                "podLabels: leave app.kubernetes.io/name out",
		`podAnnotations={"a": 1}`:                                                                  "/podAnnotations/a': got number, want string",
		`serviceAccount={"create": false}`:                                                         "serviceAccount.name: name the ServiceAccount that exists",
		`serviceAccount={"name": "Mine"}`:                                                          "/serviceAccount/name'",
		`podDisruptionBudget={"maxUnavailable": "two"}`:                                            "/podDisruptionBudget/maxUnavailable'",
		`podDisruptionBudget={"minAvailable": -1}`:                                                 "/podDisruptionBudget/minAvailable': minimum: got -1, want 0",
		`fullnameOverride="My Jobs"`:                                                               "/fullnameOverride'",
		`fullnameOverride="` + strings.Repeat("a", 48) + `"`:                                       "/fullnameOverride': maxLength: got 48, want 47",
		`resources={"limit": {"memory": "1Gi"}}`:                                                   "/resources': additional properties 'limit' not allowed",
		`resources={"limits": {"memory": "1GB"}}`:                                                  "/resources/limits/memory'",
		`tolerations=[{"effect": "Never"}]`:                                                        "/tolerations/0/effect': value must be one of",
		`affinity={"nodeAfinity": {}}`:                                                             "/affinity': additional properties 'nodeAfinity' not allowed",
		`topologySpreadConstraints=[{"maxSkew": 1}]`:                                               "/topologySpreadConstraints/0': missing properties 'topologyKey', 'whenUnsatisfiable'",
		`env=[{"name": "A", "vale": "x"}]`:                                                         "/env/0': additional properties 'vale' not allowed",
		`image={"tag": "v1 "}`:                                                                     "/image/tag'",
		`config={"metrics": {"certDir": "/x"}},prometheus={"enabled": true, "tlsSecretName": "x"}`: "config.metrics.certDir: leave it out",
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			if _, err := render(t, value); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want one with %q", err, want)
			}
		})
	}
}

// TestChartTest shows what helm test runs: the check of the managers' own program, with their
// account, in a Pod that no selector of theirs takes for a manager.
func TestChartTest(t *testing.T) {
	t.Parallel()
	test := func(t *testing.T, value string) map[string]any {
		t.Helper()
		rendered := run(t, program(t, "HELM"), "template", "carillon", chart, "--namespace=carillon-system", "--set-json="+value)
		return objects(t, rendered)["Pod/carillon-system/carillon-test"]
	}
	for value, want := range map[string]string{
		`replicas=1`: `[check]`,
		`config={"leaderElection": {"namespace": "leases"}}`: `[check, --leader-election-namespace=leases]`,
	} {
		pod := test(t, value)
		if diff := cmp.Diff(parsed(t, want), at(pod, "spec", "containers", 0, "args")); diff != "" {
			t.Errorf("%s: args (-want +got):\n%s", value, diff)
		}
		for path, want := range map[string]any{
			"metadata labels app.kubernetes.io/component": "test",
			"metadata annotations helm.sh/hook":           "test",
			"spec serviceAccountName":                     "carillon-manager",
			"spec restartPolicy":                          "Never",
		} {
			var steps []any
			for step := range strings.FieldsSeq(path) {
				steps = append(steps, step)
			}
			if got := at(pod, steps...); got != want {
				t.Errorf("%s: %s is %v, want %v", value, path, got, want)
			}
		}
	}
	if pod := test(t, `config={"leaderElection": {"enabled": false}},replicas=1`); pod != nil {
		t.Error("there is a test of managers without a lease")
	}
}
