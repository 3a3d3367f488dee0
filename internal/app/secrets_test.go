package app

import (
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// The messages of runs are shown to everybody who may read Tasks. They must not say which
// Secrets exist, nor what is in them.
func TestSecretReader_DoesNotSayWhichSecretsExist(t *testing.T) {
	t.Parallel()
	there := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "there"}, Data: map[string][]byte{"token": []byte("hunter2")}}
	read := secretReader(fake.NewClientBuilder().WithObjects(there).Build())
	ask := func(namespace, name, key string) string {
		t.Helper()
		value, err := read(t.Context(), namespace, name, key)
		if err == nil || value != "" {
			t.Fatalf("%s/%s with %s: %q, want an error", namespace, name, key, value)
		}
		// The answer holds the names that the Task gave. Apart from these all are to be alike.
		return strings.NewReplacer(namespace, "NAMESPACE", name, "NAME", key, "KEY").Replace(err.Error())
	}
	want := ask("ns", "missing", "password")
	for what, got := range map[string]string{
		"another key of a Secret":       ask("ns", "there", "password"),
		"a Secret of another namespace": ask("elsewhere", "there", "token"),
	} {
		if got != want {
			t.Errorf("%s: %q, and of a Secret that does not exist: %q", what, got, want)
		}
	}
	if value, err := read(t.Context(), "ns", "there", "token"); err != nil || value != "hunter2" {
		t.Errorf("the value is %q: %v", value, err)
	}
}

func TestSecretReader_SaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"permission": {apierrors.NewForbidden(corev1.Resource("secrets"), "hook", errors.New("no")), "it needs the permission of config/components/http-secret-headers"},
		"an answer":  {errors.New("connection refused"), `reading the Secret "hook": connection refused`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := fake.NewClientBuilder().WithInterceptorFuncs(interceptor.Funcs{
				Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
					return tc.err
				},
			}).Build()
			if _, err := secretReader(api)(t.Context(), "ns", "hook", "token"); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want an error with %q", err, tc.want)
			}
		})
	}
}
