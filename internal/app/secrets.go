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
// config/components/http-secret-headers. A Secret that does not exist and one without the
// key give the same error: users who may write Tasks, and not read Secrets, learn from
// neither which Secrets exist.
func secretReader(live client.Reader) httpcall.SecretReader {
	return func(ctx context.Context, namespace, name, key string) (string, error) {
		secret := &corev1.Secret{}
		switch err := live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, secret); {
		case apierrors.IsForbidden(err):
			return "", errors.New("the manager may not read this Secret: it needs the permission of config/components/http-secret-headers")
		case err != nil && !apierrors.IsNotFound(err):
			return "", fmt.Errorf("reading the Secret %q: %w", name, err)
		}
		value, ok := secret.Data[key] // of a Secret that does not exist, too
		if !ok {
			return "", fmt.Errorf("no Secret %q with a key %q found in namespace %q", name, key, namespace)
		}
		return string(value), nil
	}
}
