package convert

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/carillon-dev/carillon/internal/cli/kube"
)

// What the API server says of a CronJob is read strictly, and its errors are kept.
func TestFromCluster(t *testing.T) {
	t.Parallel()
	const notFound = `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404,
		"message": "cronjobs.batch \"a\" not found", "details": {"name": "a", "group": "batch", "kind": "cronjobs"}}`
	const cronJob = `{"kind": "CronJob", "apiVersion": "batch/v1", "metadata": {"name": "a"}, "spec": {"schedule": "@daily", "newer": 1}}`
	for name, tc := range map[string]struct {
		code                         int
		answer, wantErr, wantMessage string
	}{
		"no such CronJob":           {code: http.StatusNotFound, answer: notFound, wantErr: `cronjobs.batch "a" not found`},
		"a field that is not known": {code: http.StatusOK, answer: cronJob, wantErr: "1 of 1 CronJobs cannot be converted", wantMessage: "Error: namespace default: CronJob a: spec.newer: unknown field\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(tc.code)
				_, _ = w.Write([]byte(tc.answer))
			}))
			t.Cleanup(server.Close)
			streams, _, _, errOut := genericiooptions.NewTestIOStreams()
			factory := kube.NewFactory(streams, time.Now)
			*factory.Flags.APIServer, *factory.Flags.Namespace = server.URL, "default"
			cmd := NewCommand(factory)
			cmd.SilenceErrors, cmd.SilenceUsage = true, true
			cmd.SetArgs([]string{"a"})
			if err := cmd.ExecuteContext(t.Context()); said(err) != tc.wantErr {
				t.Errorf("error %q, want %q", said(err), tc.wantErr)
			}
			if got := errOut.String(); !strings.HasSuffix(got, tc.wantMessage) {
				t.Errorf("said %q, want %q", got, tc.wantMessage)
			}
		})
	}
}
