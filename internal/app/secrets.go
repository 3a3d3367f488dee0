package app

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/httpcall"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/serviceaccount"
)

// secretReader reads Secrets one at a time, when they are needed, past every cache: the
// manager neither lists nor keeps any. A Task with a ServiceAccount reads with the rights of
// that. For others the manager must be allowed to by the administrator, and needs a
// permission that is not among its own; see config/components/http-secret-headers. A Secret that does not exist and one without the
// key give the same error: users who may write Tasks, and not read Secrets, learn from
// neither which Secrets exist.
func secretReader(live client.Reader, allowed bool) httpcall.SecretReader {
	return func(ctx context.Context, as serviceaccount.Account, from payload.SecretKey) (string, error) {
		if as.Name == "" && !allowed {
			return "", errors.New("the manager may not read Secrets")
		}
		secret := &corev1.Secret{}
		err := live.Get(serviceaccount.As(ctx, as), client.ObjectKey{Namespace: as.Namespace, Name: from.Name}, secret)
		if forbidden := as.Forbidden(err); forbidden != nil {
			return "", forbidden
		}
		switch {
		case apierrors.IsForbidden(err):
			return "", errors.New("the manager may not read this Secret: it needs the permission of config/components/http-secret-headers")
		case err != nil && !apierrors.IsNotFound(err):
			return "", fmt.Errorf("reading the Secret %q: %w", from.Name, err)
		}
		value, ok := secret.Data[from.Key] // of a Secret that does not exist, too
		if !ok {
			return "", fmt.Errorf("no Secret %q with a key %q found in namespace %q", from.Name, from.Key, as.Namespace)
		}
		return string(value), nil
	}
}
