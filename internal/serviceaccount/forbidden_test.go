package serviceaccount_test

import (
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/carillon-dev/carillon/internal/serviceaccount"
)

func TestForbidden(t *testing.T) {
	t.Parallel()
	const manager, own = "system:serviceaccount:carillon-system:carillon-manager", "system:serviceaccount:team:reports"
	pods, secrets, accounts := corev1.Resource("pods"), corev1.Resource("secrets"), corev1.Resource("serviceaccounts")
	cannot := func(user, verb, resource string) error {
		return errors.New(`User "` + user + `" cannot ` + verb + ` resource "` + resource + `" in API group "" in the namespace "team"`)
	}
	for name, tc := range map[string]struct {
		err  error
		want string // empty: it is none
	}{
		"the manager may not impersonate it": {
			apierrors.NewForbidden(accounts, "reports", cannot(manager, "impersonate", "serviceaccounts")),
			`ServiceAccount "reports": the manager may not act as it: in namespace team, write a Role with {apiGroups: [""], resources: [serviceaccounts], resourceNames: [reports], verbs: [impersonate]} and a RoleBinding of it to the ServiceAccount carillon-manager of namespace carillon-system`,
		},
		"a manager outside of the cluster": {
			apierrors.NewForbidden(accounts, "reports", cannot("me", "impersonate", "serviceaccounts")),
			`ServiceAccount "reports": the manager may not act as it: in namespace team, write a Role with {apiGroups: [""], resources: [serviceaccounts], resourceNames: [reports], verbs: [impersonate]} and a RoleBinding of it to the user "me"`,
		},
		"the manager may not say who it is": {
			apierrors.NewForbidden(schema.GroupResource{Group: "authentication.k8s.io", Resource: "userextras"}, manager, cannot(manager, "impersonate", "userextras/carillon.dev/manager")),
			`ServiceAccount "reports": the manager may not say that it acts as others: add the component config/components/service-accounts, or set taskServiceAccounts.enabled in the chart`,
		},
		"the manager may not get a token": {
			apierrors.NewForbidden(accounts, "reports", cannot(manager, "create", "serviceaccounts/token")),
			`ServiceAccount "reports": the manager may not get a token of it: in namespace team, write a Role with {apiGroups: [""], resources: [serviceaccounts/token], resourceNames: [reports], verbs: [create]} and a RoleBinding of it to the ServiceAccount carillon-manager of namespace carillon-system`,
		},
		"it may not create Pods": {
			apierrors.NewForbidden(pods, "", cannot(own, "create", "pods")),
			`ServiceAccount "reports": it may not create pods: in namespace team, write a Role with {apiGroups: [""], resources: [pods], verbs: [create]} and a RoleBinding of it to the ServiceAccount reports of namespace team`,
		},
		"it may not get the Secret": {
			apierrors.NewForbidden(secrets, "hook", cannot(own, "get", "secrets")),
			`ServiceAccount "reports": it may not get the Secret: in namespace team, write a Role with {apiGroups: [""], resources: [secrets], resourceNames: [hook], verbs: [get]} and a RoleBinding of it to the ServiceAccount reports of namespace team`,
		},
		"it does not exist, for a Pod": {
			apierrors.NewForbidden(pods, "x", errors.New(`error looking up service account team/reports: serviceaccount "reports" not found`)),
			`ServiceAccount "reports": it does not exist in namespace "team": create it, or correct spec.serviceAccountName`,
		},
		"it does not exist, for a token": {
			apierrors.NewNotFound(accounts, "reports"),
			`ServiceAccount "reports": it does not exist in namespace "team": create it, or correct spec.serviceAccountName`,
		},
		"no error":                         {},
		"another account does not exist":   {err: apierrors.NewForbidden(pods, "x", errors.New(`error looking up service account team/other: serviceaccount "other" not found`))},
		"the manager may not create Pods":  {err: apierrors.NewForbidden(pods, "", cannot(manager, "create", "pods"))},
		"a quota":                          {err: apierrors.NewForbidden(pods, "x", errors.New("exceeded quota: compute, requested: pods=1, used: pods=5, limited: pods=5"))},
		"Pod Security":                     {err: apierrors.NewForbidden(pods, "x", errors.New(`violates PodSecurity "restricted:latest": runAsNonRoot != true`))},
		"a webhook that speaks like that":  {err: apierrors.NewForbidden(pods, "x", errors.New(`admission webhook "a" denied the request: pods is forbidden: `+cannot(own, "create", "pods").Error()))},
		"a namespace that does not exist":  {err: apierrors.NewNotFound(corev1.Resource("namespaces"), "team")},
		"no answer":                        {err: errors.New("dial tcp 10.96.0.1:443: connect: connection refused")},
		"an error that quotes such answer": {err: apierrors.NewInternalError(cannot(own, "create", "pods"))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := serviceaccount.Account{Namespace: "team", Name: "reports"}.Forbidden(tc.err)
			switch {
			case tc.want == "" && got != nil:
				t.Errorf("Forbidden = %q, want nil", got)
			case tc.want != "" && (got == nil || got.Error() != tc.want || !errors.Is(got, tc.err)):
				t.Errorf("Forbidden\n got %v\nwant %s", got, tc.want)
			}
			if none := (serviceaccount.Account{Namespace: "team"}).Forbidden(tc.err); none != nil {
				t.Errorf("of a Task without an account: %q", none)
			}
		})
	}
	isNew := apierrors.NewForbidden(pods, "x", errors.New(`error looking up service account team/default: serviceaccount "default" not found`))
	if got := (serviceaccount.Account{Namespace: "team", Name: "default"}).Forbidden(isNew); got != nil {
		t.Errorf("the account that appears by itself: %q", got)
	}
}
