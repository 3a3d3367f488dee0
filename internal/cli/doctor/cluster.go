package doctor

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/kube"
)

// kinds looks whether the cluster serves the kinds that this plugin knows.
func kinds(c *kube.Client) finding {
	const check = "kinds"
	version := v1alpha1.GroupVersion.String()
	served, err := c.Kubernetes.Discovery().ServerResourcesForGroupVersion(version)
	switch {
	case apierrors.IsNotFound(err):
		return finding{check, bad, "the cluster does not serve " + version, "install Carillon: kubectl apply -k config/default"}
	case err != nil:
		return finding{check, bad, err.Error(), ""}
	}
	var missing []string
	for _, resource := range []string{"tasks", "tasks/status", "schedulers", "schedulers/status"} {
		if !slices.ContainsFunc(served.APIResources, func(r metav1.APIResource) bool { return r.Name == resource }) {
			missing = append(missing, resource)
		}
	}
	if len(missing) > 0 {
		return finding{check, bad, version + " is served without " + strings.Join(missing, ", "), "apply config/crd again"}
	}
	return finding{check, good, version + " is served", ""}
}

// rights are what the commands of the plugin need.
var rights = []struct {
	verb, resource, subresource, need string
}{
	{"list", "tasks", "", "list"},
	{"patch", "tasks", "", "run, pause, resume and cancel"},
	{"list", "schedulers", "", "next, timeline"},
	{"patch", "schedulers", "", "pause and resume of a Scheduler"},
	{"list", "pods", "", "logs"},
	{"get", "pods", "log", "logs"},
}

// permissions asks what the user may.
func permissions(ctx context.Context, c *kube.Client, namespace string) finding {
	const check = "permissions"
	var denied []string
	for _, right := range rights {
		group := v1alpha1.GroupVersion.Group
		if right.resource == "pods" {
			group = ""
		}
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
			ResourceAttributes: &authorizationv1.ResourceAttributes{
				Namespace: namespace, Verb: right.verb, Group: group, Resource: right.resource, Subresource: right.subresource,
			},
		}}
		answer, err := c.Kubernetes.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
		if err != nil {
			return *unreadable(check, err, "")
		}
		if !answer.Status.Allowed {
			what := right.verb + " " + right.resource
			if right.subresource != "" {
				what += "/" + right.subresource
			}
			denied = append(denied, fmt.Sprintf("%s (for %s)", what, right.need))
		}
	}
	where := "in all namespaces"
	if namespace != "" {
		where = "in namespace " + namespace
	}
	if len(denied) > 0 {
		return finding{check, look, "you may not, " + where + ": " + strings.Join(denied, ", "), "the cluster roles view and edit hold these rights; have one of them bound to you, or write -n with a namespace of yours"}
	}
	return finding{check, good, "you may do all that the commands need, " + where, ""}
}

// maxSkew is by how much two clocks may differ.
const maxSkew = 5 * time.Second

// clock compares the clock of this machine with that of the API server.
func (o *options) clock(ctx context.Context) finding {
	const check = "clock"
	config, err := o.Config()
	if err != nil {
		return finding{check, bad, err.Error(), ""}
	}
	asked := o.Now()
	told, err := serverTime(ctx, config)
	if err != nil {
		return finding{check, bad, "the API server does not answer: " + kube.Explain(err).Error(), ""}
	}
	// The header has whole seconds, and the answer took its time.
	skew := asked.Sub(told)
	if skew.Abs() > maxSkew {
		return finding{check, look, fmt.Sprintf("this machine's clock differs by %s from that of the API server", skew.Round(time.Second)), "set it: how long it is until a run is wrong by as much"}
	}
	return finding{check, good, "this machine and the API server agree about the time", ""}
}

// serverTime is the clock of the API server.
func serverTime(ctx context.Context, config *rest.Config) (time.Time, error) {
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return time.Time{}, err //nolint:wrapcheck // it says all
	}
	server, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return time.Time{}, err //nolint:wrapcheck // it says all
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.JoinPath("version").String(), nil)
	if err != nil {
		return time.Time{}, err //nolint:wrapcheck // it says all
	}
	response, err := client.Do(request)
	if err != nil {
		return time.Time{}, err //nolint:wrapcheck // for kube.Explain
	}
	defer func() { _ = response.Body.Close() }()
	told, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil {
		return time.Time{}, errNoDate
	}
	return told, nil
}
