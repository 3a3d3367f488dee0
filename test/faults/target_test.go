package faults_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// target is what the http action calls: under the path of its namespace.
var (
	target = httptest.NewServer(http.HandlerFunc(called))

	callsMu sync.Mutex
	calls   = map[string][]string{} // idempotency keys by namespace
)

func called(_ http.ResponseWriter, req *http.Request) {
	callsMu.Lock()
	defer callsMu.Unlock()
	namespace := strings.Trim(req.URL.Path, "/")
	calls[namespace] = append(calls[namespace], req.Header.Get(v1alpha1.HeaderIdempotencyKey))
}

// callsOf counts the calls for a namespace by their idempotency keys.
func callsOf(namespace string) map[string]int {
	callsMu.Lock()
	defer callsMu.Unlock()
	count := map[string]int{}
	for _, key := range calls[namespace] {
		count[key]++
	}
	return count
}
