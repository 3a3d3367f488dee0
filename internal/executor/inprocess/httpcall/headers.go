package httpcall

import (
	"fmt"
	"slices"
	"strings"

	"github.com/carillon-dev/carillon/handler"
)

// Headers that a Task cannot give. Some are those of the connection. The others say where
// a request comes from or on whose behalf it is sent, and servers believe that of the
// address of the manager. The schema of a Task has the same lists; these hold for Tasks
// that were there before it.
var (
	refusedHeaders = []string{
		"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "keep-alive", "expect", "http2-settings",
		"forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip", "cf-connecting-ip",
		"traceparent", "tracestate", "idempotency-key",
	}
	refusedPrefixes = []string{"carillon-", "proxy-", "x-forwarded-", "x-original-", "x-remote-", "impersonate-", "client-cert"}
)

// checkHeader returns an error for a header that a Task cannot give. Many servers take an
// underscore for a dash.
func checkHeader(name string) error {
	plain := strings.ReplaceAll(strings.ToLower(name), "_", "-")
	if slices.Contains(refusedHeaders, plain) || slices.ContainsFunc(refusedPrefixes, func(p string) bool { return strings.HasPrefix(plain, p) }) {
		return handler.Permanent(fmt.Errorf("header %s is one of the connection, or says where a request comes from: leave it out", name))
	}
	return nil
}
