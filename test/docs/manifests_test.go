package docs_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/internal/testutil/manifests"
	"github.com/carillon-dev/carillon/manager/config"
)

// documents returns the documents of all YAML files of a folder.
func documents(t *testing.T, folder string) [][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, folder, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, manifests.Split(t, text)...)
	}
	return all
}

// declared returns the objects of one kind in a folder, decoded strictly.
func declared[T any](t *testing.T, folder, kind string) []T {
	t.Helper()
	var all []T
	for _, document := range documents(t, folder) {
		var meta struct{ Kind string }
		if err := yaml.Unmarshal(document, &meta); err != nil {
			t.Fatal(err)
		}
		if meta.Kind != kind {
			continue
		}
		var object T
		if err := yaml.UnmarshalStrict(document, &object); err != nil {
			t.Errorf("%s: a %s: %v", folder, kind, err)
		}
		all = append(all, object)
	}
	return all
}

// deployment returns the manager's Deployment and its container.
func deployment(t *testing.T) (*appsv1.Deployment, *corev1.Container) {
	t.Helper()
	all := declared[appsv1.Deployment](t, "config/manager", "Deployment")
	if len(all) != 1 || len(all[0].Spec.Template.Spec.Containers) != 1 {
		t.Fatalf("there are %d Deployments, want one with one container", len(all))
	}
	return &all[0], &all[0].Spec.Template.Spec.Containers[0]
}

// TestDeployment_IsConfined shows that the managers have no more of their node than they
// need, and that no other Pod gets their token by itself.
func TestDeployment_IsConfined(t *testing.T) {
	t.Parallel()
	object, container := deployment(t)
	pod := object.Spec.Template.Spec
	type confinement struct {
		HostNetwork, HostPID, HostIPC, MountsToken, AccountMountsToken bool
		Volumes                                                        []corev1.Volume
		Pod                                                            *corev1.PodSecurityContext
		Container                                                      *corev1.SecurityContext
		MemoryIsLimited                                                bool
	}
	accounts := declared[corev1.ServiceAccount](t, "config/rbac", "ServiceAccount")
	if len(accounts) != 1 || accounts[0].Name != pod.ServiceAccountName {
		t.Fatalf("the accounts are %+v, want that of the manager", accounts)
	}
	mounts := func(automount *bool) bool { return automount == nil || *automount }
	_, limited := container.Resources.Limits[corev1.ResourceMemory]
	got := confinement{
		pod.HostNetwork, pod.HostPID, pod.HostIPC, mounts(pod.AutomountServiceAccountToken), mounts(accounts[0].AutomountServiceAccountToken),
		pod.Volumes, pod.SecurityContext, container.SecurityContext, limited,
	}
	want := confinement{
		MountsToken: true, MemoryIsLimited: true,
		Pod: &corev1.PodSecurityContext{
			RunAsNonRoot: new(true), RunAsUser: new(int64(65532)), RunAsGroup: new(int64(65532)),
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
		Container: &corev1.SecurityContext{
			AllowPrivilegeEscalation: new(false), ReadOnlyRootFilesystem: new(true),
			Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPermissions shows that no role has a wildcard, that the manager cannot read
// Secrets nor grant itself anything, and that every role of the manager is bound
// to its ServiceAccount.
func TestPermissions(t *testing.T) {
	t.Parallel()
	object, _ := deployment(t)
	bound := map[rbacv1.RoleRef][]string{} // to namespaces; "" is all of them
	for _, binding := range declared[rbacv1.ClusterRoleBinding](t, "config/rbac", "ClusterRoleBinding") {
		checkSubject(t, object, binding.Subjects)
		bound[binding.RoleRef] = append(bound[binding.RoleRef], "")
	}
	for _, binding := range declared[rbacv1.RoleBinding](t, "config/rbac", "RoleBinding") {
		checkSubject(t, object, binding.Subjects)
		bound[binding.RoleRef] = append(bound[binding.RoleRef], binding.Namespace)
	}
	for _, role := range declared[rbacv1.ClusterRole](t, "config/rbac", "ClusterRole") {
		checkRules(t, role.Name, role.Rules)
		ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name}
		if toManager := slices.Contains(bound[ref], ""); toManager == forPeople(role) {
			t.Errorf("ClusterRole %s: bound to the manager is %t, and so is for people; want one of them", role.Name, toManager)
		}
	}
	for _, role := range declared[rbacv1.Role](t, "config/rbac", "Role") {
		checkRules(t, role.Name, role.Rules)
		ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name}
		if !slices.Contains(bound[ref], role.Namespace) {
			t.Errorf("Role %s/%s is not bound to the manager", role.Namespace, role.Name)
		}
	}
}

// forPeople reports whether a role is for others than the manager: added to one of
// the cluster's own, or left for an administrator to bind.
func forPeople(role rbacv1.ClusterRole) bool {
	if role.Name == "carillon-metrics-reader" {
		return true
	}
	for label := range role.Labels {
		if strings.HasPrefix(label, "rbac.authorization.k8s.io/aggregate-to-") {
			return true
		}
	}
	return false
}

func checkSubject(t *testing.T, object *appsv1.Deployment, subjects []rbacv1.Subject) {
	t.Helper()
	want := rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Name: object.Spec.Template.Spec.ServiceAccountName, Namespace: object.Namespace}
	if !slices.Equal(subjects, []rbacv1.Subject{want}) {
		t.Errorf("bound to %v, want %v alone", subjects, want)
	}
}

// never are what nobody gets from us: what reads secrets, and what leads to more
// permissions.
var never = []string{"*", "secrets", "configmaps", "serviceaccounts/token", "escalate", "bind", "impersonate"}

func checkRules(t *testing.T, name string, rules []rbacv1.PolicyRule) {
	t.Helper()
	if len(rules) == 0 {
		t.Errorf("role %s has no rules", name)
	}
	for _, rule := range rules {
		for _, word := range slices.Concat(rule.APIGroups, rule.Resources, rule.Verbs, rule.NonResourceURLs) {
			if slices.Contains(never, word) {
				t.Errorf("role %s has %q", name, word)
			}
		}
	}
}

// TestKustomizations shows that kubectl apply -k takes every folder that it is
// meant for.
func TestKustomizations(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, "config", "*", "kustomization.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("found %q (%v), want kustomizations", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			if len(manifests.Kustomize(t, filepath.Dir(file))) == 0 {
				t.Error("it is empty")
			}
		})
	}
}

// TestComponents shows that the components add to the whole, in the manager's
// namespace, what is said of them.
func TestComponents(t *testing.T) {
	t.Parallel()
	manager, container := deployment(t)
	for component, want := range map[string][]string{
		"prometheus":         {"ServiceMonitor/carillon-manager", "PrometheusRule/carillon-manager"},
		"grafana":            {"ConfigMap/carillon-dashboard"},
		"kube-state-metrics": {"ConfigMap/carillon-custom-resource-state"},
		"network-policy":     {"NetworkPolicy/carillon-manager"},
		"prometheus-tls":     {"ServiceMonitor/carillon-manager", "PrometheusRule/carillon-manager"},
		"lockdown":           {"NetworkPolicy/carillon-manager", "PodDisruptionBudget/carillon-manager"},
	} {
		t.Run(component, func(t *testing.T) {
			t.Parallel()
			found := map[string]string{} // the namespaces of objects
			for _, document := range manifests.Kustomize(t, manifests.Overlay(t, root, component)) {
				var object struct {
					Kind     string
					Metadata struct{ Name, Namespace string }
				}
				if err := yaml.Unmarshal(document, &object); err != nil {
					t.Fatal(err)
				}
				found[object.Kind+"/"+object.Metadata.Name] = object.Metadata.Namespace
			}
			for _, name := range append(want, "Deployment/"+manager.Name) {
				if found[name] != manager.Namespace {
					t.Errorf("%s is in the namespace %q, want %s", name, found[name], manager.Namespace)
				}
			}
		})
	}
	services := declared[corev1.Service](t, "config/manager", "Service")
	if len(services) != 1 || len(services[0].Spec.Ports) != 1 {
		t.Fatalf("there are %d Services, want one with one port", len(services))
	}
	port := services[0].Spec.Ports[0]
	if !slices.ContainsFunc(container.Ports, func(p corev1.ContainerPort) bool {
		return p.Name == port.TargetPort.String() && p.ContainerPort == port.Port
	}) {
		t.Errorf("the Service leads to the port %s, which the manager does not have", &port.TargetPort)
	}
	monitor := read(t, "config/components/prometheus/service_monitor.yaml")
	for _, need := range []string{"port: " + port.Name + "\n", "scheme: https\n"} {
		if !strings.Contains(monitor, need) {
			t.Errorf("the ServiceMonitor lacks %q", need)
		}
	}
	for name, value := range services[0].Labels {
		if !strings.Contains(monitor, name+": "+value) {
			t.Errorf("the ServiceMonitor does not select %s: %s", name, value)
		}
	}
}

// TestLockdown shows that the limits of the managers are those of both admission policies.
func TestLockdown(t *testing.T) {
	t.Parallel()
	var cfg *config.ManagerConfiguration
	var limits []string
	for _, document := range manifests.Kustomize(t, manifests.Overlay(t, root, "lockdown")) {
		var object struct {
			Kind     string
			Metadata struct{ Name string }
			Spec     struct {
				Variables []struct{ Name, Expression string }
				Template  corev1.PodTemplateSpec
			}
		}
		if err := yaml.Unmarshal(document, &object); err != nil {
			t.Fatal(err)
		}
		switch {
		case object.Kind == "Deployment":
			cfg = arguments(t, document)
			if got := object.Spec.Template.Spec.PriorityClassName; got != "system-cluster-critical" {
				t.Errorf("the managers have the priority class %q, want one that no Pod of a tenant preempts", got)
			}
		case object.Kind == "ValidatingAdmissionPolicy" && strings.HasSuffix(object.Metadata.Name, "limits"):
			limits = append(limits, object.Spec.Variables[0].Expression)
		}
	}
	if len(limits) != 2 || limits[0] != limits[1] {
		t.Fatalf("the policies have the limits %q", limits)
	}
	for name, want := range map[string]string{
		"minimumInterval": cfg.Limits.MinimumInterval.Duration.String(), "minimumBackoff": cfg.Limits.MinimumBackoff.Duration.String(),
		"maximumInstances": strconv.Itoa(cfg.Limits.MaximumInstances), "maximumTriggers": strconv.Itoa(cfg.Limits.MaximumTriggers),
		"maximumWorkers": strconv.Itoa(cfg.Limits.MaximumWorkers),
	} {
		if entry := "'" + name + "': '" + want + "'"; !strings.Contains(limits[0], entry) {
			t.Errorf("the managers have %s, and the policies %s", entry, limits[0])
		}
	}
}

// TestNamespaced shows that the component leaves the manager no rights over objects but
// in the namespaces that it watches.
func TestNamespaced(t *testing.T) {
	t.Parallel()
	bound := map[string]string{} // where roles are bound
	var cfg *config.ManagerConfiguration
	for _, document := range manifests.Kustomize(t, manifests.Overlay(t, root, "namespaced")) {
		var object struct {
			Kind     string
			Metadata struct{ Namespace string }
			RoleRef  struct{ Kind, Name string }
		}
		if err := yaml.Unmarshal(document, &object); err != nil {
			t.Fatal(err)
		}
		switch object.Kind {
		case "ClusterRoleBinding", "RoleBinding":
			bound[object.RoleRef.Kind+"/"+object.RoleRef.Name] += object.Metadata.Namespace + ";"
		case "Deployment":
			cfg = arguments(t, document)
		}
	}
	want := map[string]string{
		"ClusterRole/carillon-manager":         "default;",
		"ClusterRole/carillon-manager-metrics": ";",
		"Role/carillon-manager":                "carillon-system;default;",
	}
	if diff := cmp.Diff(want, bound); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"default"}, cfg.WatchNamespaces); diff != "" {
		t.Errorf("it watches (-want +got):\n%s", diff)
	}
}

// arguments reads the arguments of a manager's Deployment, with its environment.
func arguments(t *testing.T, document []byte) *config.ManagerConfiguration {
	t.Helper()
	var object appsv1.Deployment
	if err := yaml.UnmarshalStrict(document, &object); err != nil {
		t.Fatal(err)
	}
	container := object.Spec.Template.Spec.Containers[0]
	for i := range container.Args {
		for _, v := range container.Env {
			container.Args[i] = strings.ReplaceAll(container.Args[i], "$("+v.Name+")", v.Value)
		}
	}
	cfg, err := config.Parse(container.Args, io.Discard, nil)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// TestExampleManager_DiffersByItsImageAlone shows that the example of a custom manager is deployed as
// the shipped one is.
func TestExampleManager_DiffersByItsImageAlone(t *testing.T) {
	t.Parallel()
	want := string(bytes.Join(manifests.Kustomize(t, filepath.Join(root, "config", "default")), nil))
	got := string(bytes.Join(manifests.Kustomize(t, filepath.Join(root, "examples", "manager")), nil))
	image := regexp.MustCompile(`image: ghcr\.io/carillon-dev/carillon:\S+`)
	if n := len(image.FindAllString(want, -1)); n != 1 {
		t.Fatalf("config/default has the shipped image %d times", n)
	}
	want = image.ReplaceAllString(want, "image: registry.example/orders-manager:v1")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-config/default with its image +examples/manager):\n%s", diff)
	}
}
