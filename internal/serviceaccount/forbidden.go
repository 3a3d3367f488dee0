package serviceaccount

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"
)

// ForbiddenError says which right is missing, and what to write.
type ForbiddenError struct {
	text string
	err  error
}

// Error implements error.
func (e *ForbiddenError) Error() string { return e.text }

// Unwrap returns the answer of the API server.
func (e *ForbiddenError) Unwrap() error { return e.err }

var (
	// refusal is how the API server answers who lacks a right. What admission refuses
	// reads otherwise.
	refusal = regexp.MustCompile(`^[a-z0-9./]+(?: "[^"]*")? is forbidden: User "([^"]*)" cannot (\S+) resource "([^"]*)"`)
	// missing is how the admission plugin ServiceAccount refuses a Pod.
	missing = regexp.MustCompile(`error looking up service account (\S+)/(\S+): serviceaccount "[^"]*" not found`)
)

// defaultName is the account that every namespace has a moment after it was created.
const defaultName = "default"

// Forbidden recognizes an answer to a request that acted as the account, or was about it,
// and lacked a right or the account itself. It returns nil for every other answer, such as
// one of a quota or of Pod Security.
func (a Account) Forbidden(err error) *ForbiddenError {
	switch {
	case a.Name == "" || err == nil:
		return nil
	case a.isMissing(err):
		return a.forbidden(err, "it does not exist in namespace %q: create it, or correct spec.serviceAccountName", a.Namespace)
	case !apierrors.IsForbidden(err):
		return nil
	}
	if match := refusal.FindStringSubmatch(err.Error()); match != nil {
		return a.refused(err, match[1], match[2], match[3])
	}
	return nil
}

// refused says what a right is needed for that a user lacks.
func (a Account) refused(err error, user, verb, resource string) *ForbiddenError {
	switch {
	case verb == "impersonate" && resource == "serviceaccounts":
		return a.forbidden(err, "the manager may not act as it: %s", a.bind("serviceaccounts", a.Name, verb, user))
	case verb == "impersonate":
		return a.forbidden(err, "the manager may not say that it acts as others: "+
			"add the component config/components/service-accounts, or set taskServiceAccounts.enabled in the chart")
	case verb == "create" && resource == "serviceaccounts/token":
		return a.forbidden(err, "the manager may not get a token of it: %s", a.bind(resource, a.Name, verb, user))
	case user != a.Username():
		return nil
	case verb == "get" && resource == "secrets":
		return a.forbidden(err, "it may not get the Secret: %s", a.bind(resource, secretOf(err), verb, user))
	default:
		return a.forbidden(err, "it may not %s %s: %s", verb, resource, a.bind(resource, "", verb, user))
	}
}

// isMissing reports whether an answer says that the account does not exist. One named
// default appears by itself.
func (a Account) isMissing(err error) bool {
	var answer apierrors.APIStatus
	if apierrors.IsNotFound(err) && errors.As(err, &answer) {
		about := answer.Status().Details
		return about != nil && about.Kind == "serviceaccounts" && about.Name == a.Name
	}
	match := missing.FindStringSubmatch(err.Error())
	return apierrors.IsForbidden(err) && match != nil && match[1] == a.Namespace && match[2] == a.Name && a.Name != defaultName
}

func (a Account) forbidden(err error, format string, args ...any) *ForbiddenError {
	return &ForbiddenError{text: fmt.Sprintf("ServiceAccount %q: ", a.Name) + fmt.Sprintf(format, args...), err: err}
}

// bind says which Role and RoleBinding give a user a right in the namespace.
func (a Account) bind(resource, name, verb, user string) string {
	subject := fmt.Sprintf("the user %q", user)
	if namespace, account, err := serviceaccount.SplitUsername(user); err == nil {
		subject = fmt.Sprintf("the ServiceAccount %s of namespace %s", account, namespace)
	}
	names := ""
	if name != "" {
		names = fmt.Sprintf("resourceNames: [%s], ", name)
	}
	return fmt.Sprintf(`in namespace %s, write a Role with {apiGroups: [""], resources: [%s], %sverbs: [%s]} and a RoleBinding of it to %s`,
		a.Namespace, resource, names, verb, subject)
}

// secretOf returns the name of the Secret that an answer is about.
func secretOf(err error) string {
	_, rest, _ := strings.Cut(err.Error(), `"`)
	name, _, _ := strings.Cut(rest, `"`)
	return name
}
