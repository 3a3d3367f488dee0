package pod_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/internal/executor/pod"
	"github.com/carillon-dev/carillon/internal/runpod"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

// slot is the slot of the golden Pods.
var slot = time.Date(2026, 11, 20, 13, 30, 0, 0, time.UTC)

// request asks for the Pod of the first attempt of the slot.
func request(set ...func(*pod.Request)) pod.Request {
	req := pod.Request{
		Key: theKey, Scheduler: "default", Template: template(), Run: runAt(slot), Start: slot.Add(time.Second),
	}
	for _, s := range set {
		s(&req)
	}
	return req
}

func TestR6_RenderGolden(t *testing.T) {
	t.Parallel()
	tests := map[string]pod.Request{
		"minimal": request(),
		"full": request(func(r *pod.Request) {
			r.Timeout = 90*time.Second + time.Millisecond
			r.Run.Attempt, r.Run.Coalesced, r.Run.Due = 3, 4, slot.Add(12*time.Second)
			r.Run.Name = model.AttemptName(theKey, r.Run.Ref(), 3, r.Run.Nonce)
			r.Template = &corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{
					Name: "ignored", Namespace: "elsewhere", Finalizers: []string{"example.com/archive"},
					Labels:      map[string]string{"app": "newsletter", "carillon.dev/task": "forged"},
					Annotations: map[string]string{"example.com/team": "a", "carillon.dev/attempt": "99"},
				},
				Spec: corev1.PodSpec{
					RestartPolicy:      corev1.RestartPolicyOnFailure,
					ServiceAccountName: "mailer",
					InitContainers:     []corev1.Container{{Name: "fetch", Image: "registry.example/fetch:1"}},
					Containers: []corev1.Container{
						{
							Name: "main", Image: "registry.example/newsletter:1", Args: []string{"--slot=$(CARILLON_SCHEDULED_TIME)"},
							Env: []corev1.EnvVar{
								{Name: "KEY", Value: "$(CARILLON_TASK)/$(CARILLON_RUN_ID)"},
								{Name: "CARILLON_SOURCE", Value: "mine"},
							},
						},
						{Name: "log", Image: "registry.example/log:1"},
					},
				},
			}
		}),
	}
	for name, req := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := yaml.Marshal(pod.Render(req))
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".yaml")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}

func TestRenderDeadline(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		own     *int64
		timeout time.Duration
		want    *int64
	}{
		"none":                       {nil, 0, nil},
		"the template's":             {new(int64(60)), 0, new(int64(60))},
		"the timeout":                {nil, time.Minute, new(int64(60))},
		"rounded up":                 {nil, time.Nanosecond, new(int64(1))},
		"the template's is shorter":  {new(int64(60)), time.Hour, new(int64(60))},
		"the template's is longer":   {new(int64(7200)), time.Hour, new(int64(3600))},
		"a fraction above a minute":  {nil, time.Minute + time.Millisecond, new(int64(61))},
		"equal":                      {new(int64(60)), time.Minute, new(int64(60))},
		"longer than a deadline can": {nil, 1<<63 - 1, new(int64(1<<31 - 1))},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := pod.Render(request(func(r *pod.Request) {
				r.Timeout, r.Template.Spec.ActiveDeadlineSeconds = tc.timeout, tc.own
			}))
			if diff := cmp.Diff(tc.want, p.Spec.ActiveDeadlineSeconds); diff != "" {
				t.Errorf("activeDeadlineSeconds (-want +got):\n%s", diff)
			}
		})
	}
}

// The template is the Task's: many runs are rendered from it at a time.
func TestRenderLeavesTheTemplateAlone(t *testing.T) {
	t.Parallel()
	req := request(func(r *pod.Request) {
		r.Timeout = time.Minute
		r.Template.Labels = map[string]string{"app": "newsletter"}
		r.Template.Annotations = map[string]string{"example.com/team": "a"}
		r.Template.Spec.Containers[0].Env = make([]corev1.EnvVar, 1, 64)
	})
	before := req.Template.DeepCopy()
	pod.Render(req)
	if diff := cmp.Diff(before, req.Template); diff != "" {
		t.Errorf("the template was changed (-before +after):\n%s", diff)
	}
}

func TestIdentityOf(t *testing.T) {
	t.Parallel()
	run := runAt(slot)
	want := runpod.Identity{
		Key: theKey, Scheduler: "default", Run: run.Ref(),
		RunID: model.RunID(theKey.UID, run.Ref()), Attempt: 1, Nonce: run.Nonce,
	}
	got, ok := runpod.IdentityOf(pod.Render(request()))
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("IdentityOf = %v (-want +got):\n%s", ok, diff)
	}

	strangers := map[string]func(p *corev1.Pod){
		"no owner":            func(p *corev1.Pod) { p.OwnerReferences = nil },
		"owner no Task":       func(p *corev1.Pod) { p.OwnerReferences[0].Kind = "Job" },
		"owner not ours":      func(p *corev1.Pod) { p.OwnerReferences[0].APIVersion = "tekton.dev/v1" },
		"owner not in charge": func(p *corev1.Pod) { p.OwnerReferences[0].Controller = nil },
		"another owner":       func(p *corev1.Pod) { p.OwnerReferences[0].UID = "another" },
		"another task label":  func(p *corev1.Pod) { p.Labels["carillon.dev/task-uid"] = "another" },
		"another run label":   func(p *corev1.Pod) { p.Labels["carillon.dev/run-id"] = "another" },
		"another slot":        func(p *corev1.Pod) { p.Annotations["carillon.dev/scheduled-time"] = "2026-11-20T13:31:00Z" },
		"no slot":             func(p *corev1.Pod) { delete(p.Annotations, "carillon.dev/scheduled-time") },
		"another source":      func(p *corev1.Pod) { p.Annotations["carillon.dev/source"] = "Manual" },
		"another attempt":     func(p *corev1.Pod) { p.Annotations["carillon.dev/attempt"] = "2" },
		"no attempt":          func(p *corev1.Pod) { delete(p.Annotations, "carillon.dev/attempt") },
		"a request number":    func(p *corev1.Pod) { p.Annotations["carillon.dev/request-number"] = "many" },
		"another nonce":       func(p *corev1.Pod) { p.Annotations["carillon.dev/nonce"] = "GUESSED" },
		"no nonce":            func(p *corev1.Pod) { delete(p.Annotations, "carillon.dev/nonce") },
		"a copy":              func(p *corev1.Pod) { p.Name = "copy" },
	}
	for name, change := range strangers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := pod.Render(request())
			change(p)
			if got, ok := runpod.IdentityOf(p); ok {
				t.Errorf("IdentityOf = %v, want none", got)
			}
			if _, ok := runpod.Observe(p); ok {
				t.Error("Observe saw a run in it")
			}
			if _, ok := runpod.ObserveDeleted(p); ok {
				t.Error("Vanished saw a run in it")
			}
		})
	}
}

// A requested run is told by the number of its request; one of an older manager has none.
func TestIdentityOf_Requests(t *testing.T) {
	t.Parallel()
	ids := map[string]string{}
	for name, number := range map[string]int64{"of an older manager": 0, "the first": 1, "the third": 3} {
		run := runAt(slot)
		run.Source, run.Request, run.RequestNumber = model.SourceManual, "now", number
		run.Name = model.AttemptName(theKey, run.Ref(), 1, run.Nonce)
		made := pod.Render(request(func(r *pod.Request) { r.Run = run }))
		got, ok := runpod.IdentityOf(made)
		if !ok || got.Run != run.Ref() {
			t.Errorf("%s: IdentityOf = %+v, %v, want %+v", name, got.Run, ok, run.Ref())
		}
		if other, taken := ids[got.RunID]; taken {
			t.Errorf("%s has the identity of %s", name, other)
		}
		ids[got.RunID] = name
		made.Annotations["carillon.dev/request-number"] = "4"
		if _, ok := runpod.IdentityOf(made); ok {
			t.Errorf("%s is recognised with another number", name)
		}
	}
}

// What a template writes into Carillon's annotations makes a Pod nobody else's.
func TestRender_TemplateCannotNameARequest(t *testing.T) {
	t.Parallel()
	made := pod.Render(request(func(r *pod.Request) {
		r.Template.Annotations = map[string]string{"carillon.dev/request": "now", "carillon.dev/request-number": "1"}
	}))
	run := runAt(slot)
	if got, ok := runpod.IdentityOf(made); !ok || got.Run != run.Ref() {
		t.Errorf("IdentityOf = %+v, %v, want %+v", got.Run, ok, run.Ref())
	}
}
