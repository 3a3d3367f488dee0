package app

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/httpcall"
)

// secretReader reads Secrets one at a time, when they are needed, past every cache: the
// manager neither lists nor keeps any. The permission to is not among its own; see
// config/components/http-secret-headers.
func secretReader(live client.Reader) httpcall.SecretReader {
	return func(ctx context.Context, namespace, name, key string) (string, error) {
		secret := &corev1.Secret{}
		switch err := live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, secret); {
		case apierrors.IsNotFound(err):
			return "", fmt.Errorf("there is no Secret %q in namespace %q", name, namespace)
		case apierrors.IsForbidden(err):
			return "", errors.New("the manager may not read Secrets: it needs the permission of config/components/http-secret-headers")
		case err != nil:
			return "", fmt.Errorf("reading the Secret %q: %w", name, err)
		}
		value, ok := secret.Data[key]
		if !ok {
			return "", fmt.Errorf("the Secret %q has no key %q", name, key)
		}
		return string(value), nil
	}
}
