package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/app"
)

const (
	managerName = "carillon-manager"
	managerUser = "system:serviceaccount:" + managerNamespace + ":" + managerName
)

// makeAccount makes a ServiceAccount, unless it is there already.
func makeAccount(ctx context.Context, namespace, name string) *corev1.ServiceAccount {
	GinkgoHelper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	Expect(client.IgnoreAlreadyExists(admin.Create(ctx, account))).To(Succeed())
	return account
}

// byToken is the configuration of a client with a token of a ServiceAccount. Other than one
// that is impersonated, it can impersonate others itself.
func byToken(ctx context.Context, namespace, name string) *rest.Config {
	GinkgoHelper()
	request := &authenticationv1.TokenRequest{}
	Expect(admin.SubResource("token").Create(ctx, makeAccount(ctx, namespace, name), request)).To(Succeed())
	cfg := rest.AnonymousClientConfig(cluster.Config)
	cfg.QPS, cfg.BearerToken = -1, request.Status.Token
	return cfg
}

// impersonating is a client that acts as a ServiceAccount, and says that a manager does.
func impersonating(cfg *rest.Config, namespace, name string, managers ...string) client.Client {
	GinkgoHelper()
	cfg = rest.CopyConfig(cfg)
	cfg.Impersonate = rest.ImpersonationConfig{UserName: "system:serviceaccount:" + namespace + ":" + name}
	if len(managers) > 0 {
		cfg.Impersonate.Extra = map[string][]string{"carillon.dev/manager": managers}
	}
	// A mapper of its own would ask with these rights which kinds there are.
	made, err := client.New(cfg, client.Options{Scheme: app.Scheme(), Mapper: admin.RESTMapper()})
	Expect(err).NotTo(HaveOccurred())
	return made
}

// grant gives a ServiceAccount rights in a namespace, by a Role and the RoleBinding that it
// returns.
func grant(ctx context.Context, namespace, home, account string, rules ...rbacv1.PolicyRule) *rbacv1.RoleBinding {
	GinkgoHelper()
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, GenerateName: "granted-"}, Rules: rules}
	Expect(admin.Create(ctx, role)).To(Succeed())
	bound := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: role.Name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: home, Name: account}},
	}
	Expect(admin.Create(ctx, bound)).To(Succeed())
	return bound
}

// letManager lets the manager act as a ServiceAccount, as docs/multi-tenancy.md says.
func letManager(ctx context.Context, namespace, account string) {
	GinkgoHelper()
	grant(ctx, namespace, managerNamespace, managerName,
		rule("", "serviceaccounts", []string{"impersonate"}, account), rule("", "serviceaccounts/token", []string{"create"}, account))
}

// createsPods is what a ServiceAccount may whose Tasks run Pods.
var createsPods = rule("", "pods", []string{"create"})

// installServiceAccounts installs the component, and returns the configuration of a manager
// with the rights of its ServiceAccount and no more.
func installServiceAccounts(ctx SpecContext) *rest.Config {
	GinkgoHelper()
	for _, file := range []string{"role.yaml", "role_binding.yaml"} {
		for _, obj := range decode(filepath.Join("..", "..", "config", "components", "service-accounts", file)) {
			Expect(admin.Create(ctx, obj)).To(Succeed())
			DeferCleanup(func(ctx SpecContext) { Expect(admin.Delete(ctx, obj)).To(Succeed()) })
		}
	}
	return managerByToken(ctx)
}

// managerByToken is restricted, for a manager that impersonates others.
func managerByToken(ctx context.Context) *rest.Config {
	GinkgoHelper()
	cfg := byToken(ctx, managerNamespace, managerName)
	cfg.Wrap(made.record)
	return cfg
}

// actingAs makes a Task that acts as a ServiceAccount.
func actingAs(account, namespace, name string, trigger v1alpha1.SimpleTrigger, action v1alpha1.Action) *v1alpha1.Task {
	task := makeTask(namespace, name, trigger, action)
	task.Spec.ServiceAccountName = account
	task.Spec.RetryPolicy = &v1alpha1.RetryPolicy{MaxAttempts: 10, Backoff: &v1alpha1.Backoff{Initial: &metav1.Duration{Duration: time.Second}}}
	return task
}

// createForNow creates a Task that goes with its spec: managers of other specs could not act as
// its ServiceAccount.
func createForNow(ctx context.Context, task *v1alpha1.Task) {
	GinkgoHelper()
	Expect(admin.Create(ctx, task)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) { Expect(admin.Delete(ctx, task)).To(Succeed()) })
}

// receiver is a server, and the header Authorization of the requests that it got.
func receiver() (url string, got chan string) {
	got = make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header.Get("Authorization") }))
	DeferCleanup(server.Close)
	return server.URL, got
}

// expectForbidden expects that the newest run of a Task failed for want of a right, in its
// first attempt.
func expectForbidden(ctx context.Context, task *v1alpha1.Task, message string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		recent := statusOf(ctx, task).RecentRuns
		g.Expect(recent).NotTo(BeEmpty())
		g.Expect(recent[0].Reason).To(Equal(v1alpha1.ReasonServiceAccountForbidden), recent[0].Message)
		g.Expect(recent[0].Message).To(ContainSubstring(message))
		g.Expect(recent[0].Attempts).To(BeNumerically("<=", 1))
	}).WithTimeout(30 * time.Second).Should(Succeed())
}

var _ = Describe("A Task with a ServiceAccount", Ordered, func() {
	var own *rest.Config
	var namespace string // where the manager may act as reports, and that may create Pods

	BeforeAll(func(ctx SpecContext) {
		own = installServiceAccounts(ctx)
		namespace = newNamespace(ctx)
		installPolicies(ctx, namespace, "pod-fence", []string{"policy.yaml", "binding.yaml"}, nil)
		makeAccount(ctx, namespace, "reports")
		letManager(ctx, namespace, "reports")
		grant(ctx, namespace, namespace, "reports", createsPods)
		Eventually(func() error {
			return impersonating(own, namespace, "reports", managerUser).Create(ctx, barePod(namespace, "probe"), client.DryRunAll)
		}).WithTimeout(30*time.Second).Should(MatchError(ContainSubstring("and no others")), "it takes the API server a moment")
		bootWith(app.Dependencies{Registry: prometheus.NewRegistry(), Cluster: own})
	})

	It("runs Pods with its rights, as long as it has them", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		makeAccount(ctx, namespace, "reports")
		task := actingAs("reports", namespace, "waits", everySecond(), podAction())
		createForNow(ctx, task)
		expectForbidden(ctx, task, "the manager may not act as it: in namespace "+namespace+", write a Role with "+
			`{apiGroups: [""], resources: [serviceaccounts], resourceNames: [reports], verbs: [impersonate]} and a RoleBinding of it to the ServiceAccount carillon-manager of namespace carillon-system`)
		Eventually(func() string {
			return meta.FindStatusCondition(statusOf(ctx, task).Conditions, v1alpha1.ConditionReady).Message
		}).WithTimeout(20 * time.Second).Should(ContainSubstring("the manager may not act as it"))
		letManager(ctx, namespace, "reports")
		expectForbidden(ctx, task, "it may not create pods: in namespace "+namespace+", write a Role with "+
			`{apiGroups: [""], resources: [pods], verbs: [create]} and a RoleBinding of it to the ServiceAccount reports of namespace `+namespace)
		Expect(meta.IsStatusConditionTrue(task.Status.Conditions, v1alpha1.ConditionReady)).To(BeTrue())
		granted := grant(ctx, namespace, namespace, "reports", createsPods)
		pods := &corev1.PodList{}
		Eventually(func(g Gomega) {
			finishPods(ctx, namespace, corev1.PodSucceeded)
			g.Expect(statusOf(ctx, task).RunCounts).To(HaveField("Succeeded", BeNumerically(">=", 2)))
			g.Expect(admin.List(ctx, pods, client.InNamespace(namespace))).To(Succeed())
		}).WithTimeout(30 * time.Second).Should(Succeed())
		Expect(pods.Items).To(HaveEach(HaveField("Spec.ServiceAccountName", "reports")))
		Expect(task.Status.Effective.ServiceAccountName).To(Equal("reports"))
		Expect(task.Status.AcceptedActionHash).NotTo(BeEmpty())
		Expect(admin.Delete(ctx, granted)).To(Succeed())
		finishPods(ctx, namespace, corev1.PodSucceeded)
		expectForbidden(ctx, task, "it may not create pods")
	})

	It("passes the fence, and its Pods may run as another", func(ctx SpecContext) {
		task := actingAs("reports", namespace, "fenced", everySecond(), podActionAs("worker"))
		task.Spec.History = &v1alpha1.History{Succeeded: new(int32(0))}
		createForNow(ctx, task)
		Eventually(func(g Gomega) {
			finishPods(ctx, namespace, corev1.PodSucceeded)
			g.Expect(statusOf(ctx, task).RunCounts).To(HaveField("Succeeded", BeNumerically(">=", 2)))
		}).WithTimeout(30 * time.Second).Should(Succeed())
	})

	It("waits for a quota as others do", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		makeAccount(ctx, namespace, "reports")
		letManager(ctx, namespace, "reports")
		grant(ctx, namespace, namespace, "reports", createsPods)
		limitPods(ctx, namespace, "pods", 1, 1)
		task := actingAs("reports", namespace, "waits", now(), podAction())
		createForNow(ctx, task)
		Eventually(func(g Gomega) {
			g.Expect(statusOf(ctx, task).Active).To(ConsistOf(HaveField("Message", ContainSubstring("exceeded quota"))))
		}).WithTimeout(30 * time.Second).Should(Succeed())
	})

	DescribeTable("is fenced in", func(ctx SpecContext, account, manager string, change func(*corev1.Pod), refusal string) {
		var managers []string
		if manager != "" {
			managers = append(managers, manager)
		}
		pod := barePod(namespace, "fenced", ofTask)
		change(pod)
		expectRefusal(impersonating(own, namespace, account, managers...).Create(ctx, pod, client.DryRunAll), refusal)
	},
		Entry("with a Pod of a Task", "reports", managerUser, func(*corev1.Pod) {}, ""),
		Entry("with a Pod of nobody", "reports", managerUser, func(pod *corev1.Pod) { pod.OwnerReferences = nil }, "and no others"),
		Entry("with a Pod of another Task", "reports", managerUser, func(pod *corev1.Pod) { pod.Labels[v1alpha1.LabelTaskUID] = "other" }, "and no others"),
		Entry("if the manager does not say who it is", "reports", "", func(*corev1.Pod) {}, "choose other labels"),
		Entry("as the manager cannot say that it is another", "reports", "system:serviceaccount:other:carillon-manager", func(*corev1.Pod) {}, `cannot impersonate resource "userextras/carillon.dev/manager"`),
		Entry("as the manager cannot act as another account", "admin", managerUser, func(*corev1.Pod) {}, `cannot impersonate resource "serviceaccounts"`),
	)

	// eve has the rights of the role admin that matter here, and more in her namespace.
	It("cannot be forged by who may impersonate its account", func(ctx SpecContext) {
		grant(ctx, namespace, namespace, "eve", rule("", "serviceaccounts", []string{"impersonate"}), createsPods,
			rule("authentication.k8s.io", "userextras/carillon.dev/manager", []string{"impersonate"}), rule("authentication.k8s.io", "userextras", []string{"impersonate"}))
		eve := byToken(ctx, namespace, "eve")
		forge := func(managers ...string) error {
			return impersonating(eve, namespace, "reports", managers...).Create(ctx, barePod(namespace, "forged", ofTask), client.DryRunAll)
		}
		Eventually(func() error {
			return impersonating(eve, namespace, "reports").Create(ctx, barePod(namespace, "plain"), client.DryRunAll)
		}).WithTimeout(10*time.Second).Should(Succeed(), "a Pod of nobody")
		Expect(forge()).To(MatchError(ContainSubstring("choose other labels")))
		Expect(forge(managerUser)).To(MatchError(ContainSubstring(`cannot impersonate resource "userextras/carillon.dev/manager"`)))
		Expect(forge("")).To(MatchError(ContainSubstring(`cannot impersonate resource "userextras/carillon.dev/manager"`)))
	})

	// Constrained impersonation (KEP-5284) of a ServiceAccount takes no extra attributes.
	It("needs the verb impersonate", func(ctx SpecContext) {
		makeAccount(ctx, namespace, "constrained")
		grant(ctx, namespace, namespace, "constrained", createsPods)
		grant(ctx, namespace, managerNamespace, managerName,
			rule("authentication.k8s.io", "serviceaccounts", []string{"impersonate:serviceaccount"}, "constrained"),
			rule("", "pods", []string{"impersonate-on:serviceaccount:create"}))
		create := func(managers ...string) error {
			return impersonating(own, namespace, "constrained", managers...).Create(ctx, barePod(namespace, "constrained"), client.DryRunAll)
		}
		Eventually(func() error { return create() }).WithTimeout(10*time.Second).Should(Succeed(), "the API server has constrained impersonation")
		Expect(apierrors.IsForbidden(create(managerUser))).To(BeTrue())
	})

	It("reads Secrets with its rights, and no others", func(ctx SpecContext) {
		url, got := receiver()
		Expect(admin.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "hook"}, StringData: map[string]string{"key": "s3cr3t"},
		})).To(Succeed())
		action := secretAction("hook")
		action.HTTP.URL, action.HTTP.Headers[0].Name = url, "Authorization"
		task := actingAs("reports", namespace, "secret", everySecond(), action)
		createForNow(ctx, task)
		expectForbidden(ctx, task, `it may not get the Secret: in namespace `+namespace+`, write a Role with {apiGroups: [""], resources: [secrets], resourceNames: [hook], verbs: [get]}`)
		Expect(got).NotTo(Receive())
		grant(ctx, namespace, namespace, "reports", rule("", "secrets", []string{"get"}, "hook"))
		Eventually(got).WithTimeout(20 * time.Second).Should(Receive(Equal("s3cr3t")))
	})

	It("sends a token that its server alone accepts", func(ctx SpecContext) {
		url, got := receiver()
		task := actingAs("reports", namespace, "token", everySecond(), tokenAction(url, "https://hooks.example"))
		createForNow(ctx, task)
		var sent string
		Eventually(got).WithTimeout(20 * time.Second).Should(Receive(&sent))
		Expect(sent).To(HavePrefix("Bearer "))
		review := func(audiences ...string) authenticationv1.TokenReviewStatus {
			asked := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: sent[len("Bearer "):], Audiences: audiences}}
			Expect(admin.Create(ctx, asked)).To(Succeed())
			return asked.Status
		}
		Expect(review("https://hooks.example").User.Username).To(Equal("system:serviceaccount:" + namespace + ":reports"))
		Expect(review().Authenticated).To(BeFalse(), "by the API server itself")
		Expect(review("https://other.example").Authenticated).To(BeFalse())
		Eventually(got).WithTimeout(10*time.Second).Should(Receive(Equal(sent)), "it is used again")
	})

	It("sends no token that the API server accepts", func(ctx SpecContext) {
		url, got := receiver()
		request := &authenticationv1.TokenRequest{}
		Expect(admin.SubResource("token").Create(ctx, makeAccount(ctx, namespace, "reports"), request)).To(Succeed())
		Expect(request.Spec.Audiences).NotTo(BeEmpty())
		task := actingAs("reports", namespace, "own-audience", now(), tokenAction(url, request.Spec.Audiences[0]))
		createForNow(ctx, task)
		Eventually(func(g Gomega) {
			g.Expect(statusOf(ctx, task).RecentRuns).To(ConsistOf(And(
				HaveField("Message", ContainSubstring("the cluster's API server accepts tokens for")), HaveField("Attempts", BeEquivalentTo(1)))))
		}).WithTimeout(20 * time.Second).Should(Succeed())
		Expect(got).NotTo(Receive())
	})

	It("says what a token needs", func(ctx SpecContext) {
		url, got := receiver()
		namespace := newNamespace(ctx)
		task := actingAs("nobody", namespace, "token", everySecond(), tokenAction(url, "https://hooks.example"))
		createForNow(ctx, task)
		expectForbidden(ctx, task, `the manager may not get a token of it: in namespace `+namespace+`, write a Role with {apiGroups: [""], resources: [serviceaccounts/token], resourceNames: [nobody], verbs: [create]}`)
		letManager(ctx, namespace, "nobody")
		expectForbidden(ctx, task, "it does not exist in namespace \""+namespace+"\": create it, or correct spec.serviceAccountName")
		Expect(got).NotTo(Receive())
		makeAccount(ctx, namespace, "nobody")
		Eventually(got).WithTimeout(20 * time.Second).Should(Receive(HavePrefix("Bearer ")))
	})
})

// tokenAction is a request with a token of the Task's ServiceAccount.
func tokenAction(url, audience string) v1alpha1.Action {
	return v1alpha1.Action{HTTP: &v1alpha1.HTTPAction{
		URL: url, Auth: v1alpha1.HTTPAuth{ServiceAccountToken: v1alpha1.ServiceAccountToken{Audience: audience}},
	}}
}

var _ = Describe("A manager without the component service-accounts", func() {
	It("says that it is missing", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		makeAccount(ctx, namespace, "reports")
		letManager(ctx, namespace, "reports")
		bootWith(app.Dependencies{Registry: prometheus.NewRegistry(), Cluster: managerByToken(ctx)})
		task := actingAs("reports", namespace, "waits", everySecond(), podAction())
		createForNow(ctx, task)
		expectForbidden(ctx, task, "add the component config/components/service-accounts")
	})
})

var _ = Describe("A manager that requires ServiceAccounts", func() {
	It("stalls a Task that names none until it does", func(ctx SpecContext) {
		boot(prometheus.NewRegistry(), "--require-service-account")
		task := makeTask(newNamespace(ctx), "nobodys", everySecond(), logAction())
		createForNow(ctx, task)
		Eventually(func(g Gomega) {
			stalled := meta.FindStatusCondition(statusOf(ctx, task).Conditions, v1alpha1.ConditionStalled)
			g.Expect(stalled).NotTo(BeNil())
			g.Expect(stalled.Reason).To(Equal(v1alpha1.ReasonServiceAccountRequired))
			g.Expect(stalled.Message).To(ContainSubstring("spec.serviceAccountName: write the ServiceAccount that the Task acts as"))
		}).WithTimeout(20 * time.Second).Should(Succeed())
		patch := client.MergeFrom(task.DeepCopy())
		task.Spec.ServiceAccountName = "reports"
		Expect(admin.Patch(ctx, task, patch)).To(Succeed())
		Eventually(func() *v1alpha1.RunCounts { return statusOf(ctx, task).RunCounts }).WithTimeout(20 * time.Second).Should(HaveField("Succeeded", BeNumerically(">=", 1)))
	})

	It("takes the default for one", func(ctx SpecContext) {
		boot(prometheus.NewRegistry(), "--require-service-account", "--default-service-account=tasks")
		task := makeTask(newNamespace(ctx), "defaulted", everySecond(), logAction())
		createForNow(ctx, task)
		Eventually(func(g Gomega) {
			g.Expect(statusOf(ctx, task).RunCounts).To(HaveField("Succeeded", BeNumerically(">=", 1)))
			g.Expect(task.Status.Effective.ServiceAccountName).To(Equal("tasks"))
			g.Expect(task.Spec.ServiceAccountName).To(BeEmpty())
		}).WithTimeout(20 * time.Second).Should(Succeed())
	})
})
