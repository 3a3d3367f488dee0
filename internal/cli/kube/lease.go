package kube

import (
	"context"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// ManagerNamespace is where config/default puts the managers, and OutsideNamespace where those
// that run outside a cluster keep their lease.
const (
	ManagerNamespace = "carillon-system"
	OutsideNamespace = "kube-system"
)

// leaseName is the lease that the acting manager holds.
const leaseName = "carillon-manager"

// Leader is who acts, as the managers' lease says.
type Leader struct {
	// Namespace is that of the lease.
	Namespace string
	// Holder is empty if nobody holds the lease.
	Holder string
	// Renewed is when it last was, and Lasts for how long that counts.
	Renewed time.Time
	Lasts   time.Duration
}

// Leader reads the managers' lease in their namespace. Left empty, it is ManagerNamespace, or
// OutsideNamespace if there is no lease there, or whichever namespace has one.
func (c *Client) Leader(ctx context.Context, namespace string) (Leader, error) {
	if namespace != "" {
		return c.leader(ctx, namespace)
	}
	leader, err := c.leader(ctx, ManagerNamespace)
	if !apierrors.IsNotFound(err) {
		return leader, err
	}
	if outside, err := c.leader(ctx, OutsideNamespace); err == nil {
		return outside, nil
	}
	if elsewhere, ok := c.leaderAnywhere(ctx); ok {
		return elsewhere, nil
	}
	return leader, err
}

// leaderAnywhere looks for the managers' lease in all namespaces, and prefers the one that was
// renewed last. It finds none if the user may not list leases.
func (c *Client) leaderAnywhere(ctx context.Context) (newest Leader, ok bool) {
	leases, err := c.Kubernetes.CoordinationV1().Leases("").List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + leaseName})
	if err != nil {
		return Leader{}, false
	}
	for i := range leases.Items {
		if found := leaderOf(&leases.Items[i]); !ok || found.Renewed.After(newest.Renewed) {
			newest, ok = found, true
		}
	}
	return newest, ok
}

func (c *Client) leader(ctx context.Context, namespace string) (Leader, error) {
	lease, err := c.Kubernetes.CoordinationV1().Leases(namespace).Get(ctx, leaseName, metav1.GetOptions{})
	if err != nil {
		return Leader{Namespace: namespace}, err //nolint:wrapcheck // for Explain
	}
	return leaderOf(lease), nil
}

func leaderOf(lease *coordinationv1.Lease) Leader {
	return Leader{
		Namespace: lease.Namespace,
		Holder:    ptr.Deref(lease.Spec.HolderIdentity, ""),
		Renewed:   ptr.Deref(lease.Spec.RenewTime, metav1.MicroTime{}).Time,
		Lasts:     time.Duration(ptr.Deref(lease.Spec.LeaseDurationSeconds, 0)) * time.Second,
	}
}

// Acts reports whether a manager acts at an instant.
func (l Leader) Acts(now time.Time) bool {
	return l.Holder != "" && now.Before(l.Renewed.Add(l.Lasts))
}
