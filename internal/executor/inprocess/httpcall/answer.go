package httpcall

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/internal/excerpt"
)

const (
	// maxBody is how many bytes of a response are read, after decompression;
	// maxKept how many of them are held in memory for an excerpt, and maxExcerpt how
	// many go into the message.
	maxBody    = 64 << 10
	maxKept    = 1 << 10
	maxExcerpt = 256
	// maxReason is how many bytes of a status line go into the message.
	maxReason = 64
)

// read reads the answer, within the bounds of size and of ctx, and returns its text.
func read(ctx context.Context, resp *http.Response, policy *redirectPolicy, quote bool) (string, error) {
	defer func() { _ = resp.Body.Close() }()
	// The transport ends the reading of most bodies with the context. This holds for
	// those that it hands over, too.
	defer context.AfterFunc(ctx, func() { _ = resp.Body.Close() })()
	var body []byte
	var err error
	// What an answer says to a request with a secret may hold the secret, in whatever
	// encoding.
	if quote && len(policy.secrets) == 0 && isText(resp.Header) {
		body, err = io.ReadAll(io.LimitReader(resp.Body, maxKept))
	}
	if err == nil { // to the end, so that the connection can be kept
		_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, int64(maxBody-len(body))))
	}
	answer := statusLine(resp, policy.secrets) + policy.followedText(resp)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return "", &UnfinishedError{Answer: answer, Err: cause}
	}
	if text := excerpt.Of(string(body), maxExcerpt); text != "" {
		answer += ": " + text
	}
	return answer, nil
}

// isText reports whether an answer is for people: text, or JSON. A server that does not
// say what it sends is not quoted.
func isText(header http.Header) bool {
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	return err == nil && (strings.HasPrefix(media, "text/") || media == "application/json" || media == "application/problem+json")
}

// statusLine returns the status with the server's words for it, or with the standard
// ones when the server's could repeat a secret.
func statusLine(resp *http.Response, secrets secretValues) string {
	if len(secrets) > 0 {
		return excerpt.Of(fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode)), maxReason)
	}
	return excerpt.Of(resp.Status, maxReason)
}

// UnfinishedError is an answer that had not ended when the time of the request was over.
type UnfinishedError struct {
	// Answer is the status of the answer.
	Answer string
	// Err is why nothing more was read.
	Err error
}

// Error implements error.
func (e *UnfinishedError) Error() string {
	return fmt.Sprintf("The answer %s had begun and did not end.", e.Answer)
}

// Unwrap returns why nothing more was read.
func (e *UnfinishedError) Unwrap() error { return e.Err }

// BusyError is an answer that asks to wait before the next request.
type BusyError struct {
	// RetryAfter is for how long.
	RetryAfter time.Duration
	Err        error
}

// Error implements error.
func (e *BusyError) Error() string { return e.Err.Error() }

// Unwrap returns what the answer was.
func (e *BusyError) Unwrap() error { return e.Err }

// refused adds to an error how long the server asks to wait: with the status 429 or 503,
// in seconds or as a time (RFC 9110, section 10.2.3).
func refused(resp *http.Response, err error) error {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return err
	}
	asked := resp.Header.Get("Retry-After")
	if seconds, convErr := strconv.ParseUint(asked, 10, 31); convErr == nil {
		return &BusyError{RetryAfter: time.Duration(seconds) * time.Second, Err: err}
	}
	until, timeErr := http.ParseTime(asked)
	sent, dateErr := http.ParseTime(resp.Header.Get("Date")) // by the server's own clock
	if dateErr != nil {
		sent = time.Now()
	}
	if timeErr != nil || !until.After(sent) {
		return err
	}
	return &BusyError{RetryAfter: until.Sub(sent), Err: err}
}
