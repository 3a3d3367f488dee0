package app_test

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/app"
	"github.com/carillon-dev/carillon/internal/executor/pod"
	"github.com/carillon-dev/carillon/internal/lease"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/store/status"
)

// forge makes the Pod of an attempt as the manager would, but with a program of its own, and has
// it succeed at once, as who has a node can.
func forge(ctx context.Context, tenant client.Client, task *v1alpha1.Task, run model.Run) *corev1.Pod {
	GinkgoHelper()
	run.Name = model.AttemptName(status.KeyOf(task), run.Ref(), run.Attempt, run.Nonce)
	forged := pod.Render(pod.Request{
		Key: status.KeyOf(task), Scheduler: v1alpha1.DefaultSchedulerName, Template: &podAction().Pod.Template, Run: run, Start: time.Now(),
	})
	forged.Spec.Containers[0].Image = "forged"
	if err := tenant.Create(ctx, forged); err != nil {
		GinkgoWriter.Println("the forgery came too late:", err)
		return nil
	}
	forged.Status.Phase = corev1.PodSucceeded
	Expect(admin.Status().Update(ctx, forged)).To(Succeed())
	return forged
}

// beforePods calls a function before the manager's first request to create a Pod in a namespace.
type beforePods struct {
	namespace string
	once      sync.Once
	call      func(ctx context.Context)
}

func (b *beforePods) around(next http.RoundTripper) http.RoundTripper {
	return lease.RoundTripper(func(req *http.Request) (*http.Response, error) {
		if req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, "/namespaces/"+b.namespace+"/pods") && !req.URL.Query().Has("dryRun") {
			b.once.Do(func() { b.call(req.Context()) })
		}
		return next.RoundTrip(req)
	})
}

var _ = Describe("A Pod that a tenant made", func() {
	var namespace string
	var mallory client.Client

	BeforeEach(func(ctx SpecContext) {
		namespace = newNamespace(ctx)
		mallory = newUser(ctx, namespace, "mallory", rule("", "pods", []string{"get", "list", "create", "patch", "delete"}),
			rule(v1alpha1.GroupVersion.Group, "tasks", []string{"get", "list", "watch"}))
	})

	// expectOwnRun waits for a Pod of the manager, and sees that no other counts.
	expectOwnRun := func(ctx SpecContext, task *v1alpha1.Task) {
		GinkgoHelper()
		Eventually(func(g Gomega) {
			active := statusOf(ctx, task).Active
			g.Expect(active).To(HaveLen(1))
			g.Expect(active[0].Nonce).NotTo(BeEmpty())
			own := &corev1.PodList{}
			g.Expect(admin.List(ctx, own, client.InNamespace(namespace))).To(Succeed())
			g.Expect(own.Items).To(ContainElement(And(
				HaveField("Spec.Containers", ContainElement(HaveField("Image", "image"))),
				HaveField("Annotations", HaveKeyWithValue(v1alpha1.AnnotationNonce, active[0].Nonce)),
			)))
		}).WithTimeout(20 * time.Second).Should(Succeed())
		Consistently(func(g Gomega) {
			g.Expect(statusOf(ctx, task).RunCounts).To(Or(BeNil(), HaveField("Succeeded", BeZero())))
		}).WithTimeout(2 * time.Second).Should(Succeed())
	}

	It("beforehand, with all that can be computed, is not taken for a run", func(ctx SpecContext) {
		slot := time.Now().Add(4 * time.Second).Truncate(time.Second)
		task := makeTask(namespace, "backup", v1alpha1.SimpleTrigger{Date: &v1alpha1.DateTrigger{RunAt: v1alpha1.DateTime(slot.UTC().Format(time.RFC3339))}}, podAction())
		Expect(admin.Create(ctx, task)).To(Succeed())
		run := model.Run{Source: model.SourceScheduled, Slot: slot, Due: slot, Attempt: 1}
		Expect(forge(ctx, mallory, task, run)).NotTo(BeNil())
		boot(prometheus.NewRegistry())
		expectOwnRun(ctx, task)
	})

	It("after the decision, with the nonce of the record, is not taken for the run either, which goes on under another name", func(ctx SpecContext) {
		task := makeTask(namespace, "backup", now(), podAction())
		Expect(admin.Create(ctx, task)).To(Succeed())
		key, forged := client.ObjectKeyFromObject(task), make(chan *corev1.Pod, 1)
		raced := &beforePods{namespace: namespace, call: func(ctx context.Context) {
			defer GinkgoRecover()
			seen := &v1alpha1.Task{}
			Expect(mallory.Get(ctx, key, seen)).To(Succeed())
			forged <- forge(ctx, mallory, seen, status.Decode(seen).Active[0])
			// The watch shows it before the create is answered, and it does not count.
			Consistently(func(g Gomega) {
				g.Expect(statusOf(ctx, seen).Active).To(ConsistOf(HaveField("State", v1alpha1.RunStarting)))
			}).WithTimeout(500 * time.Millisecond).Should(Succeed())
		}}
		config := rest.CopyConfig(restricted)
		config.Wrap(raced.around)
		bootWith(app.Dependencies{Registry: prometheus.NewRegistry(), Cluster: config})
		Eventually(func(g Gomega) {
			active := statusOf(ctx, task).Active
			g.Expect(active).To(HaveLen(1))
			g.Expect(active[0].Attempt).To(BeEquivalentTo(2))
			g.Expect(active[0].Disruptions).To(BeEquivalentTo(1))
		}).WithTimeout(20 * time.Second).Should(Succeed())
		Expect(forged).To(Receive(Not(BeNil())))
		expectOwnRun(ctx, task)
	})

	It("under the name of the run's own, which is gone, is not taken for it", func(ctx SpecContext) {
		task := makeTask(namespace, "backup", now(), podAction())
		Expect(admin.Create(ctx, task)).To(Succeed())
		boot(prometheus.NewRegistry())
		own := &corev1.PodList{}
		Eventually(func(g Gomega) {
			g.Expect(admin.List(ctx, own, client.InNamespace(namespace))).To(Succeed())
			g.Expect(own.Items).To(HaveLen(1))
		}).WithTimeout(20 * time.Second).Should(Succeed())
		Expect(mallory.Delete(ctx, &own.Items[0], client.GracePeriodSeconds(0))).To(Succeed())
		forged := own.Items[0].DeepCopy()
		forged.ResourceVersion, forged.UID, forged.Status = "", "", corev1.PodStatus{}
		forged.Annotations = maps.Clone(forged.Annotations)
		forged.Spec.Containers[0].Image = "forged"
		Expect(mallory.Create(ctx, forged)).To(Succeed())
		forged.Status.Phase = corev1.PodSucceeded
		Expect(admin.Status().Update(ctx, forged)).To(Succeed())
		Eventually(func(g Gomega) {
			status := statusOf(ctx, task)
			g.Expect(status.RecentRuns).To(HaveLen(1))
			g.Expect(status.RecentRuns[0].Reason).To(Equal(v1alpha1.ReasonPodVanished))
		}).WithTimeout(20 * time.Second).Should(Succeed())
	})
})
