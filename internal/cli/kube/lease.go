package kube

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// ManagerNamespace is where config/default puts the managers.
const ManagerNamespace = "carillon-system"

// leaseName is the lease that the acting manager holds.
const leaseName = "carillon-manager"

// Leader is who acts, as the managers' lease says.
type Leader struct {
	// Holder is empty if nobody holds the lease.
	Holder string
	// Renewed is when it last was, and Lasts for how long that counts.
	Renewed time.Time
	Lasts   time.Duration
}

// Leader reads the managers' lease in their namespace.
func (c *Client) Leader(ctx context.Context, namespace string) (Leader, error) {
	lease, err := c.Kubernetes.CoordinationV1().Leases(namespace).Get(ctx, leaseName, metav1.GetOptions{})
	if err != nil {
		return Leader{}, err //nolint:wrapcheck // for Explain
	}
	return Leader{
		Holder:  ptr.Deref(lease.Spec.HolderIdentity, ""),
		Renewed: ptr.Deref(lease.Spec.RenewTime, metav1.MicroTime{}).Time,
		Lasts:   time.Duration(ptr.Deref(lease.Spec.LeaseDurationSeconds, 0)) * time.Second,
	}, nil
}

// Acts reports whether a manager acts at an instant.
func (l Leader) Acts(now time.Time) bool {
	return l.Holder != "" && now.Before(l.Renewed.Add(l.Lasts))
}
