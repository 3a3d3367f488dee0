package pod

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/runinfo"
	"github.com/carillon-dev/carillon/internal/runpod"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

const (
	// labelManagedBy is the recommended label for the program behind an object.
	labelManagedBy = "app.kubernetes.io/managed-by"
	managedBy      = "carillon"
)

var annotations = runinfo.Names{
	Source:        v1alpha1.AnnotationSource,
	ScheduledTime: v1alpha1.AnnotationScheduledTime,
	DueTime:       v1alpha1.AnnotationDueTime,
	Attempt:       v1alpha1.AnnotationAttempt,
	Coalesced:     v1alpha1.AnnotationCoalesced,
	TraceParent:   v1alpha1.AnnotationTraceParent,
}

// Request says which Pod to render.
type Request struct {
	// Key is the Task, Scheduler the name of the Scheduler that serves it.
	Key       model.Key
	Scheduler string
	// Template is the user's; it is not changed.
	Template *corev1.PodTemplateSpec
	// ServiceAccount is what the Pod runs as if the template does not say; empty: the
	// default of its namespace.
	ServiceAccount string
	// Run is the attempt that the Pod carries out.
	Run model.Run
	// Timeout bounds the attempt; zero means no bound.
	Timeout time.Duration
	// Start is when the Pod is sent off.
	Start time.Time
	// TraceParent names the attempt's span; empty: it is not traced.
	TraceParent string
	// Token proves who created the Pod; empty: nobody asks.
	Token string
}

// Render returns the Pod that carries out an attempt: the template, with what
// tells the Pod apart (its name, labels, annotations and owner) and what tells
// the run about itself (R6).
//
// The labels, annotations and finalizers of the template are kept, as a Job keeps
// them. Of the labels and annotations ours win: they are how a Pod is found again.
// In the environment the user's own variables win: a variable that a container
// defines itself is not added to it. Ours come first, so that $(CARILLON_…) can be
// used in the values of the others. The user's keep their order, as the last of
// several with one name wins (A2).
//
// Timeout becomes activeDeadlineSeconds, rounded up, if the template asks for
// no shorter one: then the kubelet ends the Pod, and its logs stay. The kubelet
// counts from when it accepted the Pod, so pulling the image is part of it.
func Render(req Request) *corev1.Pod {
	facts := runinfo.Of(req.Key, req.Run, req.Start)
	facts.TraceParent = req.TraceParent
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name:            req.Run.Name,
			Namespace:       req.Key.Namespace,
			Labels:          maps.Clone(req.Template.Labels),
			Annotations:     maps.Clone(req.Template.Annotations),
			Finalizers:      slices.Clone(req.Template.Finalizers),
			OwnerReferences: []metav1.OwnerReference{owner(req.Key)},
		},
		Spec: *req.Template.Spec.DeepCopy(),
	}
	metav1.SetMetaDataLabel(&pod.ObjectMeta, v1alpha1.LabelTask, req.Key.Name)
	metav1.SetMetaDataLabel(&pod.ObjectMeta, v1alpha1.LabelTaskUID, req.Key.UID)
	metav1.SetMetaDataLabel(&pod.ObjectMeta, v1alpha1.LabelScheduler, req.Scheduler)
	metav1.SetMetaDataLabel(&pod.ObjectMeta, v1alpha1.LabelRunID, facts.ID)
	metav1.SetMetaDataLabel(&pod.ObjectMeta, labelManagedBy, managedBy)
	for _, fact := range facts.Text(annotations) {
		metav1.SetMetaDataAnnotation(&pod.ObjectMeta, fact.Name, fact.Value)
	}
	identify(pod, &req)
	if pod.Spec.RestartPolicy == "" {
		pod.Spec.RestartPolicy = corev1.RestartPolicyNever
	}
	// The API server still takes the deprecated name of the field.
	if pod.Spec.ServiceAccountName == "" && pod.Spec.DeprecatedServiceAccount == "" {
		pod.Spec.ServiceAccountName = req.ServiceAccount
	}
	pod.Spec.ActiveDeadlineSeconds = deadline(pod.Spec.ActiveDeadlineSeconds, req.Timeout)
	injectEnv(pod.Spec.InitContainers, facts)
	injectEnv(pod.Spec.Containers, facts)
	return pod
}

// identify sets the annotations that a Pod may lack. Those that a template brings along would
// make it another run's Pod.
func identify(pod *corev1.Pod, req *Request) {
	number := ""
	if n := req.Run.RequestNumber; n > 0 {
		number = strconv.FormatInt(n, 10)
	}
	for _, annotation := range []struct{ name, value string }{
		{v1alpha1.AnnotationRequest, req.Run.Request},
		{v1alpha1.AnnotationRequestNumber, number},
		{v1alpha1.AnnotationNonce, req.Run.Nonce},
		{v1alpha1.AnnotationCreationToken, req.Token},
	} {
		if delete(pod.Annotations, annotation.name); annotation.value != "" {
			metav1.SetMetaDataAnnotation(&pod.ObjectMeta, annotation.name, annotation.value)
		}
	}
}

// owner makes the Pod go when its Task does (P3). The Task does not wait for it.
func owner(key model.Key) metav1.OwnerReference {
	return metav1.OwnerReference{
		APIVersion:         v1alpha1.GroupVersion.String(),
		Kind:               runpod.KindTask,
		Name:               key.Name,
		UID:                types.UID(key.UID),
		Controller:         new(true),
		BlockOwnerDeletion: new(false),
	}
}

// deadline returns the earlier of the template's own deadline, in seconds, and
// the timeout.
func deadline(own *int64, timeout time.Duration) *int64 {
	if timeout <= 0 {
		return own
	}
	seconds := min(int64(math.Ceil(timeout.Seconds())), math.MaxInt32) // the API takes no more
	if own != nil {
		seconds = min(seconds, *own)
	}
	return &seconds
}

// injectEnv puts the facts in front of the environment of each container.
func injectEnv(containers []corev1.Container, facts runinfo.RunInfo) {
	for i := range containers {
		c := &containers[i]
		var env []corev1.EnvVar
		for _, fact := range facts.Text(runinfo.Variables) {
			if !defines(c, fact.Name) {
				env = append(env, corev1.EnvVar{Name: fact.Name, Value: fact.Value})
			}
		}
		c.Env = append(env, c.Env...)
	}
}

func defines(c *corev1.Container, name string) bool {
	return slices.ContainsFunc(c.Env, func(env corev1.EnvVar) bool { return env.Name == name })
}
