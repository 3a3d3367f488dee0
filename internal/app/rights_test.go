package app_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/app"
)

// rule allows verbs on a resource of the core group or of ours, of some names or all.
func rule(group, resource string, verbs []string, names ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: []string{group}, Resources: []string{resource}, Verbs: verbs, ResourceNames: names}
}

// writesTasks is what a user may who writes Tasks and nothing else.
var writesTasks = rule(v1alpha1.GroupVersion.Group, "tasks", []string{"get", "create", "update", "patch", "delete"})

// newUser makes a user with rights in one namespace, and returns his client.
func newUser(ctx context.Context, namespace, name string, rules ...rbacv1.PolicyRule) client.Client {
	GinkgoHelper()
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Rules: rules}
	Expect(admin.Create(ctx, role)).To(Succeed())
	Expect(admin.Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}},
	})).To(Succeed())
	cfg := rest.CopyConfig(cluster.Config)
	cfg.Impersonate = rest.ImpersonationConfig{UserName: name, Groups: []string{"system:authenticated"}}
	user, err := client.New(cfg, client.Options{Scheme: app.Scheme()})
	Expect(err).NotTo(HaveOccurred())
	return user
}

// podActionAs is a Pod action under a ServiceAccount.
func podActionAs(account string) v1alpha1.Action {
	act := podAction()
	act.Pod.Template.Spec.ServiceAccountName = account
	return act
}

// secretAction is a request with a header from each of some Secrets.
func secretAction(secrets ...string) v1alpha1.Action {
	act := v1alpha1.Action{HTTP: &v1alpha1.HTTPAction{URL: "https://hooks.example/"}}
	for _, name := range secrets {
		act.HTTP.Headers = append(act.HTTP.Headers, v1alpha1.HTTPHeader{
			Name: "X-" + name + string(rune('A'+len(act.HTTP.Headers))), ValueFrom: v1alpha1.HeaderValueSource{SecretKeyRef: v1alpha1.SecretKeyRef{Name: name, Key: "key"}},
		})
	}
	return act
}

var _ = Describe("The component authors-rights", Ordered, func() {
	var namespace string
	users := map[string]client.Client{}
	get, create, use := []string{"get"}, []string{"create"}, []string{"use"}

	BeforeAll(func(ctx SpecContext) {
		namespace = newNamespace(ctx)
		installPolicies(ctx, namespace, "authors-rights", []string{"policy.yaml", "binding.yaml"}, nil)
		pods := rule("", "pods", create)
		for name, rules := range map[string][]rbacv1.PolicyRule{
			"tasks":        {},
			"pods":         {pods},
			"use":          {pods, rule("", "serviceaccounts", use, "deployer")},
			"impersonate":  {pods, rule("", "serviceaccounts", []string{"impersonate"}, "deployer")},
			"a-secret":     {rule("", "secrets", get, "hook")},
			"every-secret": {rule("", "secrets", get)},
		} {
			users[name] = newUser(ctx, namespace, name, append(rules, writesTasks)...)
		}
		Eventually(func() error {
			return users["tasks"].Create(ctx, makeTask(namespace, "probe", now(), podAction()), client.DryRunAll)
		}).WithTimeout(30*time.Second).Should(MatchError(ContainSubstring("may not create Pods")), "it takes the API server a moment")
	})

	DescribeTable("lets an action be written by", func(ctx SpecContext, user string, action v1alpha1.Action, refusal string) {
		expectRefusal(users[user].Create(ctx, makeTask(namespace, "written", now(), action), client.DryRunAll), refusal)
	},
		Entry("who may write Tasks alone, if it needs nothing", "tasks", logAction(), ""),
		Entry("who may write Tasks alone, if it is a request", "tasks", secretAction(), ""),
		Entry("who may write Tasks alone: no Pod", "tasks", podAction(), "spec.action.pod: tasks may not create Pods in the namespace"),
		Entry("who may write Tasks alone: no Secret", "tasks", secretAction("hook"), "spec.action.http.headers: tasks may not read the Secret hook"),
		Entry("who may create Pods", "pods", podAction(), ""),
		Entry("who may create Pods, as default", "pods", podActionAs("default"), ""),
		Entry("who may create Pods, not as another account", "pods", podActionAs("deployer"), "spec.action.pod.template.spec.serviceAccountName: pods may not run Pods as deployer"),
		Entry("who may create Pods, not by the deprecated field either", "pods", deprecatedAccount("deployer"), "pods may not run Pods as deployer"),
		Entry("who may use the account", "use", podActionAs("deployer"), ""),
		Entry("who may use another account", "use", podActionAs("admin"), "use may not run Pods as admin"),
		Entry("who may impersonate the account", "impersonate", podActionAs("deployer"), ""),
		Entry("who may read the Secret", "a-secret", secretAction("hook", "hook", "hook", "hook"), ""),
		Entry("who may read another Secret", "a-secret", secretAction("other"), "a-secret may not read the Secret other"),
		Entry("who may read one of several", "a-secret", secretAction("hook", "other"), "take all headers from one"),
		Entry("who may read all", "every-secret", secretAction("a", "b", "c", "d", "e"), ""),
	)

	DescribeTable("lets a ServiceAccount be named by", func(ctx SpecContext, user, account string, action v1alpha1.Action, refusal string) {
		expectRefusal(users[user].Create(ctx, actingAs(account, namespace, "named", now(), action), client.DryRunAll), refusal)
	},
		Entry("who may write Tasks alone: none", "tasks", "deployer", logAction(), "spec.serviceAccountName: tasks may not have a Task act as deployer"),
		Entry("who may write Tasks alone: not default either", "tasks", "default", secretAction(), "spec.serviceAccountName: tasks may not have a Task act as default"),
		Entry("who may create Pods: none", "pods", "deployer", podAction(), "spec.serviceAccountName: pods may not have a Task act as deployer"),
		Entry("who may use the account", "use", "deployer", podAction(), ""),
		Entry("who may use another account", "use", "admin", podAction(), "use may not have a Task act as admin"),
		Entry("who may impersonate the account", "impersonate", "deployer", podActionAs("deployer"), ""),
		Entry("who may impersonate the account, with Pods of another", "impersonate", "deployer", podActionAs("admin"), "spec.action.pod.template.spec.serviceAccountName: impersonate may not run Pods as admin"),
	)

	It("lets others change neither what a ServiceAccount does nor the account", func(ctx SpecContext) {
		task := actingAs("deployer", namespace, "accounts", v1alpha1.SimpleTrigger{Schedule: "@yearly"}, logAction())
		Expect(users["use"].Create(ctx, task)).To(Succeed())
		refused := func(change func(*v1alpha1.Task), refusal string) {
			changed := task.DeepCopy()
			change(changed)
			expectRefusal(users["tasks"].Update(ctx, changed, client.DryRunAll), refusal)
		}
		refused(func(task *v1alpha1.Task) { task.Spec.Trigger.Schedule = "@monthly" }, "")
		refused(func(task *v1alpha1.Task) { task.Spec.Action.Handler.Args["message"] = "theirs" }, "tasks may not have a Task act as deployer")
		refused(func(task *v1alpha1.Task) { task.Spec.ServiceAccountName = "admin" }, "tasks may not have a Task act as admin")
		refused(func(task *v1alpha1.Task) { task.Spec.ServiceAccountName, task.Spec.Action = "", podAction() }, "tasks may not create Pods")
	})

	It("lets others look after a Task, and not change what it does", func(ctx SpecContext) {
		task := makeTask(namespace, "theirs", v1alpha1.SimpleTrigger{Schedule: "@yearly"}, podActionAs("deployer"))
		Expect(users["use"].Create(ctx, task)).To(Succeed())
		task.Spec.Paused, task.Spec.Trigger.Schedule = true, "@monthly"
		Expect(users["tasks"].Update(ctx, task)).To(Succeed())
		task.Spec.Action.Pod.Template.Spec.Containers[0].Image = "theirs"
		Expect(users["tasks"].Update(ctx, task)).To(MatchError(ContainSubstring("tasks may not create Pods")))
	})
})

// deprecatedAccount is a Pod action that names its ServiceAccount by the old field alone.
func deprecatedAccount(account string) v1alpha1.Action {
	act := podAction()
	act.Pod.Template.Spec.DeprecatedServiceAccount = account
	return act
}
