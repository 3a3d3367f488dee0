package pod

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
)

// How long to wait before a request is sent again.
const (
	firstWait = 200 * time.Millisecond
	longest   = 10 * time.Second
)

// retryBackoff spaces the tries of a request.
type retryBackoff struct{ backoff wait.Backoff }

func newRetryBackoff() retryBackoff {
	const doublings = 32
	return retryBackoff{wait.Backoff{Duration: firstWait, Factor: 2, Jitter: 0.1, Steps: doublings, Cap: longest}}
}

// next is how long to wait after an error, at least as long as the API server
// asked for.
func (p *retryBackoff) next(err error) time.Duration {
	asked, _ := apierrors.SuggestsClientDelay(err)
	return max(p.backoff.Step(), time.Duration(asked)*time.Second)
}

// title is how the API server begins an answer with the name of the Pod.
var title = regexp.MustCompile(`^(?i:pods?) "[^"]*" is (?:forbidden|invalid): `)

// Words returns the words of the API server about a Pod, without its name: that differs
// with each attempt, where the reason does not.
func Words(err error) string { return title.ReplaceAllString(err.Error(), "") }

// IsRetryable reports whether the reason for which a request was refused may pass
// without anybody changing the Task (E2).
func IsRetryable(err error) bool {
	var answer apierrors.APIStatus
	if !errors.As(err, &answer) {
		return true
	}
	switch code := answer.Status().Code; code {
	case http.StatusUnauthorized, http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		return isRetryableForbidden(answer.Status().Message)
	default:
		return code < http.StatusBadRequest || code >= http.StatusInternalServerError
	}
}

// isRetryableForbidden recognises, by their wording, the admission plugins that
// refuse a Pod for what there is besides it at the moment; nothing else in the
// answer tells them apart from those that refuse what the Pod asks for.
func isRetryableForbidden(message string) bool {
	for _, said := range []string{
		"exceeded quota:",                  // no room now
		"status unknown for quota:",        // the quota is new and has not been counted
		"error looking up service account", // the namespace is new and has none yet
	} {
		if strings.Contains(message, said) {
			return true
		}
	}
	return false
}

// isAmbiguous reports whether a request may have been carried out although it
// brought this error.
func isAmbiguous(err error) bool {
	var answer apierrors.APIStatus
	return !errors.As(err, &answer) || answer.Status().Code >= http.StatusInternalServerError
}
