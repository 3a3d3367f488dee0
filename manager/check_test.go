package manager_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/manager"
)

// apiServer answers what a check asks for: which kinds there are, and the lease, which is renewed at
// each read if renewing.
func apiServer(t *testing.T, renewing bool) (kubeconfig string) {
	t.Helper()
	begin, reads := time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC), atomic.Int64{}
	group := metav1.APIGroup{Name: v1alpha1.GroupName, Versions: []metav1.GroupVersionForDiscovery{
		{GroupVersion: v1alpha1.GroupVersion.String(), Version: v1alpha1.GroupVersion.Version},
	}}
	group.PreferredVersion = group.Versions[0]
	answers := map[string]func() any{
		"/api":                        func() any { return metav1.APIVersions{} },
		"/apis":                       func() any { return metav1.APIGroupList{Groups: []metav1.APIGroup{group}} },
		"/apis/" + v1alpha1.GroupName: func() any { return group },
		"/apis/" + v1alpha1.GroupVersion.String(): func() any {
			return metav1.APIResourceList{GroupVersion: v1alpha1.GroupVersion.String(), APIResources: []metav1.APIResource{
				{Name: "tasks", SingularName: "task", Kind: "Task", Namespaced: true}, {Name: "schedulers", SingularName: "scheduler", Kind: "Scheduler", Namespaced: true},
			}}
		},
		"/apis/coordination.k8s.io/v1/namespaces/leases/leases/carillon-manager": func() any {
			renewed, holder := metav1.NewMicroTime(begin), "the-leader"
			if renewing {
				renewed = metav1.NewMicroTime(begin.Add(time.Duration(reads.Add(1)) * time.Second))
			}
			return coordinationv1.Lease{
				TypeMeta: metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"},
				Spec:     coordinationv1.LeaseSpec{HolderIdentity: &holder, RenewTime: &renewed},
			}
		},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.URL.Path]
		if !ok || r.Method != http.MethodGet {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(answer()); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{"apiVersion": "v1", "kind": "Config", "current-context": "c", "clusters": [{"name": "c", "cluster": {"server": %q}}], "contexts": [{"name": "c", "context": {"cluster": "c"}}]}`, server.URL)
	if err := os.WriteFile(kubeconfig, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return kubeconfig
}

// TestRun_Check shows that the argument check runs no manager, and finds the leader or says that it
// does not renew its lease.
func TestRun_Check(t *testing.T) {
	for name, tc := range map[string]struct {
		renewing bool
		flags    []string
		want     string
		problem  string
	}{
		"a leader":           {renewing: true, want: "the CRDs are served, and the-leader is the leader: it renewed the lease leases/carillon-manager\n"},
		"a leader that died": {problem: "no manager works: the-leader holds the lease leases/carillon-manager, and has not renewed it since 2026-11-29T10:00:00Z"},
		"no election":        {renewing: true, flags: []string{"--leader-elect=false"}, problem: "--leader-elect=false: without a lease a manager cannot be checked"},
		"a wrong flag":       {renewing: true, flags: []string{"--lease=x"}, problem: "unknown flag: --lease"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			if tc.problem != "" {
				ctx, cancel = context.WithTimeout(t.Context(), 2*time.Second)
			}
			defer cancel()
			var out bytes.Buffer
			args := append([]string{"check", "--kubeconfig=" + apiServer(t, tc.renewing), "--leader-election-namespace=leases"}, tc.flags...)
			err := manager.Run(ctx, args, nil, &out)
			if tc.problem == "" && (err != nil || out.String() != tc.want) {
				t.Errorf("it says %q (%v), want %q", out.String(), err, tc.want)
			}
			if tc.problem != "" && (err == nil || !strings.Contains(err.Error(), tc.problem)) {
				t.Errorf("error %v, want %q", err, tc.problem)
			}
		})
	}
}
