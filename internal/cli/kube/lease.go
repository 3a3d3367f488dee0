package kube

import (
	"context"
	"time"

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
// OutsideNamespace if there is no lease there.
func (c *Client) Leader(ctx context.Context, namespace string) (Leader, error) {
	if namespace != "" {
		return c.leader(ctx, namespace)
	}
	leader, err := c.leader(ctx, ManagerNamespace)
	if apierrors.IsNotFound(err) {
		if outside, err := c.leader(ctx, OutsideNamespace); err == nil {
			return outside, nil
		}
	}
	return leader, err
}

func (c *Client) leader(ctx context.Context, namespace string) (Leader, error) {
	lease, err := c.Kubernetes.CoordinationV1().Leases(namespace).Get(ctx, leaseName, metav1.GetOptions{})
	if err != nil {
		return Leader{Namespace: namespace}, err //nolint:wrapcheck // for Explain
	}
	return Leader{
		Namespace: namespace,
		Holder:    ptr.Deref(lease.Spec.HolderIdentity, ""),
		Renewed:   ptr.Deref(lease.Spec.RenewTime, metav1.MicroTime{}).Time,
		Lasts:     time.Duration(ptr.Deref(lease.Spec.LeaseDurationSeconds, 0)) * time.Second,
	}, nil
}

// Acts reports whether a manager acts at an instant.
func (l Leader) Acts(now time.Time) bool {
	return l.Holder != "" && now.Before(l.Renewed.Add(l.Lasts))
}
