package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func specifySamples() {
	It("is applied file by file, and each becomes current", func(ctx SpecContext) {
		namespace, objects := newNamespace(ctx), readSamples()
		Expect(len(objects)).To(BeNumerically(">", 8))
		for file := range objects {
			kubectl(ctx, namespace, "apply", "--filename="+file)
		}
		for file, object := range objects {
			Eventually(ctx, func(g Gomega, ctx context.Context) {
				g.Expect(env.client.Get(ctx, keyOf(namespace, object.GetName()), object)).To(Succeed())
				g.Expect(kstatus(object)).To(Equal("Current"))
			}).Should(Succeed(), file)
		}
		By("doing what the comments in them say")
		Eventually(ctx, task(namespace, "hello")).Should(haveSucceeded(BeNumerically(">=", 1)))
		Eventually(ctx, task(namespace, "welcome")).Should(And(haveState(v1alpha1.TaskCompleted), haveSucceeded(BeNumerically("==", 1))))
		Expect(getTask(ctx, namespace, "webhook")).To(And(haveState(v1alpha1.TaskPaused), HaveField("Status.NextRunTime", BeNil())))
		Expect(getTask(ctx, namespace, "month-end").Status.Effective.TimeZone).To(Equal("Europe/Berlin"), "from the Scheduler")
		if env.full() {
			Expect(kubectl(ctx, namespace, "logs", "--selector=carillon.dev/task=hello")).To(ContainSubstring("Hello from the run of 2"))
		}
	}, SpecTimeout(2*time.Minute))
}

// readSamples returns what the files of config/samples hold, by their paths.
func readSamples() map[string]*unstructured.Unstructured {
	GinkgoHelper()
	dir := filepath.Join(env.root, "config", "samples")
	entries, err := os.ReadDir(dir)
	Expect(err).NotTo(HaveOccurred())
	objects := map[string]*unstructured.Unstructured{}
	for _, entry := range entries {
		if entry.Name() == "kustomization.yaml" {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		content, err := os.ReadFile(path)
		Expect(err).NotTo(HaveOccurred())
		object := &unstructured.Unstructured{}
		Expect(yaml.UnmarshalStrict(content, &object.Object)).To(Succeed(), path)
		objects[path] = object
	}
	return objects
}

// kstatus returns how tools that know the conventions alone, and not Carillon,
// see an object.
func kstatus(object *unstructured.Unstructured) string {
	GinkgoHelper()
	observed, found, err := unstructured.NestedInt64(object.Object, "status", "observedGeneration")
	Expect(err).NotTo(HaveOccurred())
	if !found || observed != object.GetGeneration() {
		return "InProgress: its generation has not been observed"
	}
	conditions, _, err := unstructured.NestedSlice(object.Object, "status", "conditions")
	Expect(err).NotTo(HaveOccurred())
	status := map[string]string{}
	for _, condition := range conditions {
		fields := condition.(map[string]any)
		status[fields["type"].(string)] = fields["status"].(string)
	}
	switch {
	case status["Stalled"] == "True":
		return "Failed"
	case status["Reconciling"] == "True" || status["Ready"] != "True":
		return "InProgress"
	default:
		return "Current"
	}
}
