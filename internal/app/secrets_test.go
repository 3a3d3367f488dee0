package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/serviceaccount"
)

// The messages of runs are shown to everybody who may read Tasks. They must not say which
// Secrets exist, nor what is in them.
func TestSecretReader_DoesNotSayWhichSecretsExist(t *testing.T) {
	t.Parallel()
	there := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "there"}, Data: map[string][]byte{"token": []byte("hunter2")}}
	read := secretReader(fake.NewClientBuilder().WithObjects(there).Build(), true)
	ask := func(namespace, name, key string) string {
		t.Helper()
		value, err := read(t.Context(), serviceaccount.Account{Namespace: namespace}, payload.SecretKey{Name: name, Key: key})
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
	if value, err := read(t.Context(), serviceaccount.Account{Namespace: "ns"}, payload.SecretKey{Name: "there", Key: "token"}); err != nil || value != "hunter2" {
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
			if _, err := secretReader(api, true)(t.Context(), serviceaccount.Account{Namespace: "ns"}, payload.SecretKey{Name: "hook", Key: "token"}); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want an error with %q", err, tc.want)
			}
		})
	}
}

// A Task with a ServiceAccount reads as that, whatever the manager itself may do.
func TestSecretReader_ReadsAsTheServiceAccount(t *testing.T) {
	t.Parallel()
	account := serviceaccount.Account{Namespace: "ns", Name: "reports"}
	for name, tc := range map[string]struct {
		as      serviceaccount.Account
		allowed bool
		refused string
		want    string // part of the error; empty: it is read
	}{
		"as the account":                    {as: account},
		"as the account, also if allowed":   {as: account, allowed: true},
		"as the manager, if allowed":        {as: serviceaccount.Account{Namespace: "ns"}, allowed: true},
		"as the manager, if not":            {as: serviceaccount.Account{Namespace: "ns"}, want: "the manager may not read Secrets"},
		"the account may not get it":        {as: account, refused: "system:serviceaccount:ns:reports", want: `ServiceAccount "reports": it may not get the Secret: in namespace ns, write a Role with {apiGroups: [""], resources: [secrets], resourceNames: [hook], verbs: [get]} and a RoleBinding of it to the ServiceAccount reports of namespace ns`},
		"it is the manager who may not get": {as: serviceaccount.Account{Namespace: "ns"}, allowed: true, refused: "manager", want: "config/components/http-secret-headers"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := fake.NewClientBuilder().WithInterceptorFuncs(interceptor.Funcs{
				Get: func(ctx context.Context, _ client.WithWatch, _ client.ObjectKey, obj client.Object, _ ...client.GetOption) error {
					if as, ok := serviceaccount.Of(ctx); ok != (tc.as.Name != "") || ok && as != tc.as {
						t.Errorf("read as %+v, %t", as, ok)
					}
					if tc.refused != "" {
						return apierrors.NewForbidden(corev1.Resource("secrets"), "hook", fmt.Errorf(
							`User %q cannot get resource "secrets" in API group "" in the namespace "ns"`, tc.refused))
					}
					obj.(*corev1.Secret).Data = map[string][]byte{"token": []byte("hunter2")}
					return nil
				},
			}).Build()
			value, err := secretReader(api, tc.allowed)(t.Context(), tc.as, payload.SecretKey{Name: "hook", Key: "token"})
			if tc.want == "" && (err != nil || value != "hunter2") || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("%q, %v; want an error with %q", value, err, tc.want)
			}
		})
	}
}
