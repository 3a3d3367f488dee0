package app_test

import (
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/app"
)

// barePod is a Pod of nobody.
func barePod(namespace, name string, mods ...func(*corev1.Pod)) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{}, Annotations: map[string]string{}},
		Spec:       podAction().Pod.Template.Spec,
	}
	for _, mod := range mods {
		mod(pod)
	}
	return pod
}

// ofTask makes a Pod look like one of a Task.
func ofTask(pod *corev1.Pod) {
	pod.OwnerReferences = []metav1.OwnerReference{{
		APIVersion: v1alpha1.GroupVersion.String(), Kind: "Task", Name: "backup", UID: types.UID("uid"), Controller: new(true), BlockOwnerDeletion: new(false),
	}}
	pod.Labels[v1alpha1.LabelTask], pod.Labels[v1alpha1.LabelTaskUID], pod.Labels[v1alpha1.LabelRunID] = "backup", "uid", "run"
}

var _ = Describe("The component pod-fence", Ordered, func() {
	var namespace string
	var manager, eve client.Client

	BeforeAll(func(ctx SpecContext) {
		namespace = newNamespace(ctx)
		for _, file := range []string{"policy.yaml", "binding.yaml"} {
			for _, obj := range decode(filepath.Join("..", "..", "config", "components", "pod-fence", file)) {
				// The fence is round the whole cluster; the identity of Pods is kept in this
				// namespace, as other specs make Pods that look like a Task's.
				if binding, ok := obj.(*admissionv1.ValidatingAdmissionPolicyBinding); ok && strings.HasSuffix(binding.Name, "identity") {
					binding.Spec.MatchResources = &admissionv1.MatchResources{NamespaceSelector: &metav1.LabelSelector{
						MatchLabels: map[string]string{corev1.LabelMetadataName: namespace},
					}}
				}
				Expect(admin.Create(ctx, obj)).To(Succeed())
				DeferCleanup(func(ctx SpecContext) { Expect(admin.Delete(ctx, obj)).To(Succeed()) })
			}
		}
		var err error
		manager, err = client.New(asManager(cluster.Config, managerNamespace), client.Options{Scheme: app.Scheme()})
		Expect(err).NotTo(HaveOccurred())
		eve = newUser(ctx, namespace, "eve",
			rule("", "pods", []string{"get", "list", "create", "update", "patch", "delete"}),
			rule("", "pods/status", []string{"update", "patch"}), rule("", "pods/binding", []string{"create"}))
		Eventually(func() error {
			return manager.Create(ctx, barePod(namespace, "probe"), client.DryRunAll)
		}).WithTimeout(30 * time.Second).Should(MatchError(ContainSubstring("and no others")))
		Eventually(func() error {
			return eve.Create(ctx, barePod(namespace, "probe", ofTask), client.DryRunAll)
		}).WithTimeout(30 * time.Second).Should(MatchError(ContainSubstring("choose other labels")))
	})

	DescribeTable("refuses the manager a Pod", func(ctx SpecContext, where string, change func(*corev1.Pod), refusal string) {
		if where == "" {
			where = namespace
		}
		pod := barePod(where, "fenced", ofTask)
		change(pod)
		expectRefusal(manager.Create(ctx, pod, client.DryRunAll), refusal)
	},
		Entry("unless it is one of a Task", "", func(*corev1.Pod) {}, ""),
		Entry("in kube-system", metav1.NamespaceSystem, func(*corev1.Pod) {}, "Tasks run no Pods in the namespace kube-system"),
		Entry("in its own namespace", managerNamespace, func(*corev1.Pod) {}, "Tasks run no Pods in the namespace carillon-system"),
		Entry("without an owner", "", func(pod *corev1.Pod) { pod.OwnerReferences = nil }, "and no others"),
		Entry("of another kind", "", func(pod *corev1.Pod) { pod.OwnerReferences[0].Kind = "Job" }, "and no others"),
		Entry("of another group", "", func(pod *corev1.Pod) { pod.OwnerReferences[0].APIVersion = "carillon.develop/v1" }, "and no others"),
		Entry("that no controller owns", "", func(pod *corev1.Pod) { pod.OwnerReferences[0].Controller = nil }, "and no others"),
		Entry("without the label", "", func(pod *corev1.Pod) { delete(pod.Labels, v1alpha1.LabelTaskUID) }, "and no others"),
		Entry("with the label of another Task", "", func(pod *corev1.Pod) { pod.Labels[v1alpha1.LabelTaskUID] = "other" }, "and no others"),
	)

	It("lets the manager delete Pods of Tasks, and no others", func(ctx SpecContext) {
		bare := barePod(namespace, "bare")
		Expect(admin.Create(ctx, bare)).To(Succeed())
		Expect(manager.Delete(ctx, bare)).To(MatchError(ContainSubstring("deletes Pods with the label carillon.dev/task-uid")))
		own := barePod(namespace, "own", ofTask)
		Expect(manager.Create(ctx, own)).To(Succeed())
		Expect(manager.Delete(ctx, own)).To(Succeed())
	})

	It("runs Tasks as ever, and says why one in a namespace of the system does not", func(ctx SpecContext) {
		boot(prometheus.NewRegistry())
		task := makeTask(namespace, "runs", everySecond(), podAction())
		task.Spec.History = &v1alpha1.History{Succeeded: new(int32(0))}
		Expect(admin.Create(ctx, task)).To(Succeed())
		Eventually(func(g Gomega) {
			finishPods(ctx, namespace, corev1.PodSucceeded) // as a kubelet does
			g.Expect(statusOf(ctx, task).RunCounts).To(HaveField("Succeeded", BeNumerically(">=", 3)))
		}).WithTimeout(20 * time.Second).Should(Succeed())
		fenced := makeTask(metav1.NamespaceSystem, "fenced", everyMonth(), podAction())
		Expect(admin.Create(ctx, fenced)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(admin.Delete(ctx, fenced)).To(Succeed()) })
		Eventually(func(g Gomega) {
			stalled := meta.FindStatusCondition(statusOf(ctx, fenced).Conditions, v1alpha1.ConditionStalled)
			g.Expect(stalled).NotTo(BeNil())
			g.Expect(stalled.Message).To(ContainSubstring("Tasks run no Pods in the namespace kube-system"))
		}).WithTimeout(20 * time.Second).Should(Succeed())
	})

	DescribeTable("refuses others a new Pod", func(ctx SpecContext, change func(*corev1.Pod), refusal string) {
		pod := barePod(namespace, "forged")
		change(pod)
		expectRefusal(eve.Create(ctx, pod, client.DryRunAll), refusal)
	},
		Entry("unless it has nothing of a Task's", func(pod *corev1.Pod) { pod.Labels["app"] = "web" }, ""),
		Entry("with the UID of a Task", func(pod *corev1.Pod) { pod.Labels[v1alpha1.LabelTaskUID] = "uid" }, "choose other labels"),
		Entry("with the name of a Task", func(pod *corev1.Pod) { pod.Labels[v1alpha1.LabelTask] = "backup" }, "choose other labels"),
		Entry("with a run", func(pod *corev1.Pod) { pod.Labels[v1alpha1.LabelRunID] = "run" }, "choose other labels"),
		Entry("with a slot", func(pod *corev1.Pod) { pod.Annotations[v1alpha1.AnnotationScheduledTime] = "2026-01-01T00:00:00Z" }, "choose other annotations"),
		Entry("with a nonce", func(pod *corev1.Pod) { pod.Annotations[v1alpha1.AnnotationNonce] = "SAGF2WLJ" }, "choose other annotations"),
		Entry("with an attempt", func(pod *corev1.Pod) { pod.Annotations[v1alpha1.AnnotationAttempt] = "1" }, "choose other annotations"),
	)

	It("lets others change a Pod, but not whose it is", func(ctx SpecContext) {
		own, bare := barePod(namespace, "kept", ofTask), barePod(namespace, "other")
		own.Finalizers = []string{"example.com/kept"}
		Expect(manager.Create(ctx, own)).To(Succeed())
		Expect(eve.Create(ctx, bare)).To(Succeed())
		patch := func(pod *corev1.Pod, status bool, change func(*corev1.Pod)) error {
			changed := pod.DeepCopy()
			change(changed)
			if status {
				return eve.Status().Patch(ctx, changed, client.MergeFrom(pod))
			}
			return eve.Patch(ctx, changed, client.MergeFrom(pod))
		}
		for _, status := range []bool{false, true} {
			Expect(patch(bare, status, func(pod *corev1.Pod) { pod.Labels = map[string]string{v1alpha1.LabelTaskUID: "uid"} })).
				To(MatchError(ContainSubstring("choose other labels")), "a forgery, status %t", status)
			Expect(patch(own, status, func(pod *corev1.Pod) { pod.Labels[v1alpha1.LabelTaskUID] = "other" })).
				To(MatchError(ContainSubstring("choose other labels")), "another Task, status %t", status)
			Expect(patch(own, status, func(pod *corev1.Pod) { delete(pod.Labels, v1alpha1.LabelRunID) })).
				To(MatchError(ContainSubstring("choose other labels")), "a run that is hidden, status %t", status)
			Expect(patch(bare, status, func(pod *corev1.Pod) {
				pod.Annotations = map[string]string{v1alpha1.AnnotationScheduledTime: "2026-01-01T00:00:00Z"}
			})).To(MatchError(ContainSubstring("choose other annotations")), "a slot, status %t", status)
		}
		binding := &corev1.Binding{
			ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{v1alpha1.AnnotationScheduledTime: "2026-01-01T00:00:00Z"}},
			Target:     corev1.ObjectReference{Kind: "Node", Name: "node"},
		}
		Expect(eve.SubResource("binding").Create(ctx, bare, binding)).To(MatchError(ContainSubstring("choose other annotations")))
		Expect(patch(own, false, func(pod *corev1.Pod) { pod.Labels["app"] = "seen" })).To(Succeed(), "a label of their own")
		Expect(patch(own, true, func(pod *corev1.Pod) { pod.Status.Phase = corev1.PodRunning })).To(Succeed(), "a kubelet")
		Expect(eve.Get(ctx, client.ObjectKeyFromObject(own), own)).To(Succeed())
		Expect(patch(own, false, func(pod *corev1.Pod) { pod.Finalizers = nil })).To(Succeed(), "a controller")
		Expect(eve.Delete(ctx, own)).To(Succeed(), "a person")
	})
})
