package kube

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func (c *Client) taskNames(ctx context.Context, namespace string) ([]string, error) {
	found, err := c.Tasks(ctx, namespace, "")
	names := make([]string, 0, len(found))
	for i := range found {
		names = append(names, found[i].Name)
	}
	return names, err
}

func (c *Client) namespaceNames(ctx context.Context) ([]string, error) {
	found, err := c.Kubernetes.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err //nolint:wrapcheck // a shell does not show it
	}
	names := make([]string, 0, len(found.Items))
	for i := range found.Items {
		names = append(names, found.Items[i].Name)
	}
	return names, nil
}
