package httpcall_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/httpcall"
	"github.com/carillon-dev/carillon/internal/payload"
)

// What a server answers is shown to everybody who may read the Task, so only as far as the
// configuration lets it, and only what is for people.
func TestExcerpts(t *testing.T) {
	t.Parallel()
	const json, success, failure = "application/json", "200 OK", "the answer was not in 200-299 but 500 Internal Server Error"
	tests := map[string]struct {
		excerpts httpcall.Excerpts
		status   int
		media    string
		want     string
	}{
		"a success, by default":         {"", 200, json, success},
		"a failure, by default":         {"", 500, json, failure + ": {}"},
		"a success, of failures":        {httpcall.ExcerptsOfFailures, 200, json, success},
		"a failure, of failures":        {httpcall.ExcerptsOfFailures, 500, json, failure + ": {}"},
		"a success, of all":             {httpcall.ExcerptsOfAll, 200, json, success + ": {}"},
		"a failure, of all":             {httpcall.ExcerptsOfAll, 500, json, failure + ": {}"},
		"a success, of none":            {httpcall.ExcerptsOfNone, 200, json, success},
		"a failure, of none":            {httpcall.ExcerptsOfNone, 500, json, failure},
		"text":                          {"", 500, "text/plain", failure + ": {}"},
		"a page":                        {"", 500, "text/html; charset=utf-8", failure + ": {}"},
		"the details of a problem":      {"", 500, "application/problem+json", failure + ": {}"},
		"an image":                      {"", 500, "image/png", failure},
		"bytes":                         {"", 500, "application/octet-stream", failure},
		"a form":                        {"", 500, "application/x-www-form-urlencoded", failure},
		"what only looks like JSON":     {"", 500, "application/jsonp", failure},
		"a media type that is no such":  {"", 500, ";;", failure},
		"an answer that does not say":   {"", 500, "", failure},
		"an answer to a secret, of all": {httpcall.ExcerptsOfAll, 500, "secret", failure},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = []string{strings.Replace(tc.media, "secret", json, 1)}
				if tc.media == "" {
					w.Header()["Content-Type"] = nil // or the server guesses
				}
				w.WriteHeader(tc.status)
				fmt.Fprint(w, "{}")
			})
			spec := &payload.HTTP{URL: url}
			if tc.media == "secret" {
				spec.Headers = authorization("token")
			}
			caller := withSecrets(t, secrets)
			if tc.excerpts != "" {
				caller = open(t, httpcall.Config{Excerpts: tc.excerpts, Secrets: secrets})
			}
			answer, err := caller.Call(t.Context(), spec, facts)
			if got := answer + text(err); got != tc.want {
				t.Errorf("Call = %q, want %q", got, tc.want)
			}
		})
	}
}

// A secret is hidden in every form that a server can repeat it in, also in part and in the
// middle of something longer.
func TestSecrets_AreHiddenInEveryForm(t *testing.T) {
	t.Parallel()
	const token = "tok/en+0123456789"
	basic := base64.StdEncoding.EncodeToString([]byte("somebody:pass/w0rd?"))
	encode := func(encoding *base64.Encoding, text string) string { return encoding.EncodeToString([]byte(text)) }
	tests := map[string]struct {
		secret, repeated string
		leaks            []string
	}{
		"as it is":              {token, token, nil},
		"in base64":             {token, encode(base64.StdEncoding, token), nil},
		"in base64 for URLs":    {token, encode(base64.URLEncoding, token), nil},
		"in a longer base64":    {token, encode(base64.StdEncoding, "a:"+token+":b"), []string{encode(base64.RawStdEncoding, token[1:13])}},
		"in a longer one, at 1": {token, encode(base64.StdEncoding, "ab:"+token), []string{encode(base64.RawStdEncoding, token[:15])}},
		"without its scheme":    {"Bearer " + token, token, nil},
		"its user and password": {"Basic " + basic, "somebody:pass/w0rd?", []string{"pass/w0rd"}},
		"its password alone":    {"Basic " + basic, "pass/w0rd?", nil},
		"quoted":                {`a"b\c-0123456`, `a\"b\\c-0123456`, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := httpcall.Hide([]string{tc.secret}, "x "+tc.repeated+" y")
			if !strings.HasPrefix(got, "x ") || !strings.HasSuffix(got, " y") || !strings.Contains(got, "***") {
				t.Errorf("%q became %q", tc.repeated, got)
			}
			for _, leak := range append(tc.leaks, tc.secret, tc.repeated) {
				if strings.Contains(got, leak) {
					t.Errorf("%q became %q, which holds %q", tc.repeated, got, leak)
				}
			}
		})
	}
}

// A secret in the host of a redirect is hidden before the host is cut.
func TestSecrets_AreHiddenBeforeAHostIsCut(t *testing.T) {
	t.Parallel()
	host := strings.Repeat("a", 252) + secretToken
	url, _ := serve(t, redirect(http.StatusFound, "http://"+host+".invalid/"))
	_, err := withSecrets(t, secrets).Call(t.Context(), &payload.HTTP{URL: url, Headers: authorization("token")}, facts)
	if err == nil || strings.Contains(err.Error(), "s3c") {
		t.Errorf("Call = %v", err)
	}
}
