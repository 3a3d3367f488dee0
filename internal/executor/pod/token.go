package pod

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// tokenBytes is how much of a hash makes a token.
const tokenBytes = 16

// token returns what proves to this process that it created a Pod. Nobody else can compute it,
// and it can be read only once the Pod exists. It tells the Pod from another one that somebody
// created after the record with the nonce had been saved, and before this process did.
func (e *Executor) token(pod types.NamespacedName) string {
	mac := hmac.New(sha256.New, e.key[:])
	mac.Write([]byte(pod.String()))
	return hex.EncodeToString(mac.Sum(nil)[:tokenBytes])
}

// isCreator reports whether this process created a Pod.
func (e *Executor) isCreator(pod *corev1.Pod) bool {
	want := e.token(types.NamespacedName{Namespace: pod.Namespace, Name: pod.Name})
	return hmac.Equal([]byte(pod.Annotations[v1alpha1.AnnotationCreationToken]), []byte(want))
}
