package dryrun

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/carillon-dev/carillon/internal/excerpt"
	"github.com/carillon-dev/carillon/internal/executor/pod"
	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/scheduler/model"
	"github.com/carillon-dev/carillon/internal/serviceaccount"
)

// maxWords is how many bytes of the API server's answer a verdict repeats.
const maxWords = 800

// verdictOf says what an answer to a dry run means. Rights that are missing do not stall the
// Task: somebody else may grant them, and the next run finds out at once.
func verdictOf(task model.Task, err error) payload.Verdict {
	if forbidden := accountOf(task).Forbidden(err); forbidden != nil {
		return payload.Verdict{Delayed: excerpt.Of(forbidden.Error(), maxWords)}
	}
	switch {
	case err == nil, apierrors.IsAlreadyExists(err), cannotDryRun(err):
		return payload.Verdict{Accepted: true}
	case isMissingServiceAccount(err):
		return payload.Verdict{Refused: words(err)}
	case isNoAnswer(err):
		return payload.Verdict{}
	case pod.IsRetryable(err), isTerminating(err):
		return payload.Verdict{Delayed: words(err)}
	default:
		return payload.Verdict{Refused: words(err)}
	}
}

// accountOf returns the ServiceAccount that a Task acts as.
func accountOf(task model.Task) serviceaccount.Account {
	return serviceaccount.Account{Namespace: task.Namespace, Name: payload.Of(task).ServiceAccount}
}

// isNoAnswer reports whether an error says nothing of the template: that the API server
// cannot be reached, or has no time for the manager. One that takes too long waits for
// something that is asked about this Pod, such as an admission webhook.
func isNoAnswer(err error) bool {
	var answer apierrors.APIStatus
	return apierrors.IsTooManyRequests(err) || apierrors.IsUnauthorized(err) ||
		!errors.As(err, &answer) && !errors.Is(err, context.DeadlineExceeded)
}

// cannotDryRun recognizes the answer for an admission webhook that has side effects. It
// is not called for a dry run, which therefore says nothing of the template.
func cannotDryRun(err error) bool {
	return apierrors.IsBadRequest(err) && strings.Contains(err.Error(), "does not support dry run")
}

// missingServiceAccount is how the admission plugin ServiceAccount refuses a Pod.
var missingServiceAccount = regexp.MustCompile(`error looking up service account \S+: serviceaccount "([^"]*)" not found`)

// isMissingServiceAccount reports whether the template names a ServiceAccount that does
// not exist. The one named default appears by itself in every namespace.
func isMissingServiceAccount(err error) bool {
	match := missingServiceAccount.FindStringSubmatch(err.Error())
	return apierrors.IsForbidden(err) && match != nil && match[1] != "default"
}

// isTerminating reports whether the namespace is being deleted, or does not exist any
// more. That is no fault of the template.
func isTerminating(err error) bool {
	return apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) || apierrors.IsNotFound(err)
}

// words are the API server's.
func words(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("there was no answer within %s, as if an admission webhook did not answer", requestTimeout)
	}
	return excerpt.Of(pod.Words(err), maxWords)
}
