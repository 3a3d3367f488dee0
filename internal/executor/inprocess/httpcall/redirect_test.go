package httpcall_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/httpcall"
	"github.com/carillon-dev/carillon/internal/payload"
)

// chain starts a server for each origin that redirects lead through, the last of which
// answers 204. Every one but the last answers with code.
func chain(t *testing.T, code, origins int) (first string, requests []<-chan got) {
	t.Helper()
	requests = make([]<-chan got, origins)
	answer := status(http.StatusNoContent)
	for i := origins - 1; i >= 0; i-- {
		first, requests[i] = serve(t, answer)
		answer = redirect(code, first+"/final")
	}
	return first, requests
}

// A request that is to change something is not turned into one that reads.
func TestRedirects_KeepTheMethod(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		method string
		codes  []int
		want   string // the method that the target gets; empty: none
	}{
		"GET":            {"GET", []int{301, 302, 303, 307, 308}, "GET"},
		"HEAD":           {"HEAD", []int{301, 302, 303, 307, 308}, "HEAD"},
		"POST":           {"POST", []int{301, 302, 303}, ""},
		"PUT":            {"PUT", []int{301, 302, 303}, ""},
		"PATCH":          {"PATCH", []int{301, 302, 303}, ""},
		"DELETE":         {"DELETE", []int{301, 302, 303}, ""},
		"OPTIONS":        {"OPTIONS", []int{301, 302, 303}, ""},
		"POST, repeated": {"POST", []int{307, 308}, "POST"},
		"PUT, repeated":  {"PUT", []int{307, 308}, "PUT"},
	}
	for name, tc := range tests {
		for _, code := range tc.codes {
			for origins, where := range map[int]string{1: "same origin", 2: "another origin"} {
				t.Run(fmt.Sprintf("%s %d %s", name, code, where), func(t *testing.T) {
					t.Parallel()
					target := "/final"
					final, finalRequests := serve(t, status(http.StatusOK))
					if origins == 2 {
						target = final + "/final"
					}
					url, requests := serve(t, func(w http.ResponseWriter, r *http.Request) {
						if r.URL.Path != "/final" {
							redirect(code, target)(w, r)
						}
					})
					_, err := newCaller(t).Call(t.Context(), &payload.HTTP{Method: tc.method, URL: url, Body: "body"}, facts)
					if origins == 1 {
						<-requests
						finalRequests, target = requests, url+"/final"
					}
					if tc.want == "" {
						want := fmt.Sprintf("answered %d to %s; write that URL", code, target)
						if err == nil || !strings.Contains(err.Error(), want) || len(finalRequests) > 0 {
							t.Errorf("Call = %v after %d requests to the target, want none and %q", err, len(finalRequests), want)
						}
						return
					}
					if err != nil {
						t.Fatal(err)
					}
					if r := <-finalRequests; r.Method != tc.want {
						t.Errorf("the target got a %s, want %s", r.Method, tc.want)
					}
				})
			}
		}
	}
}

func TestRedirects_AreNotFollowedWhenExpected(t *testing.T) {
	t.Parallel()
	url, requests := serve(t, redirect(http.StatusSeeOther, "/created"))
	expected := payload.Statuses{{First: 303, Last: 303}}
	answer, err := newCaller(t).Call(t.Context(), &payload.HTTP{Method: "POST", URL: url, Expected: expected}, facts)
	if answer != "303 See Other" || err != nil || len(requests) != 1 {
		t.Errorf("Call = %q, %v after %d requests", answer, err, len(requests))
	}
}

// The target is named so that it can be copied, whatever the server wrote.
func TestRedirects_NameTheTarget(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ location, want string }{
		"relative":     {"../v2/run?a=b", "answered 301 to http://HOST/v2/run?a=b; write that URL"},
		"credentials":  {"https://user:s3cret@new.example/run", "answered 301 to https://new.example/run; write that URL"},
		"fragment":     {"https://new.example/run#s3cret", "answered 301 to https://new.example/run; write that URL"},
		"unprintable":  {"https://new.example/\xe2\x80\xae\xff?q=\xe2\x80\xae", "answered 301 to https://new.example/%E2%80%AE%FF?q=%E2%80%AE; write that URL"},
		"long":         {"https://new.example/" + strings.Repeat("x", 3000), "answered 301 to https://new.example/" + strings.Repeat("x", 236) + "…; write that URL"},
		"no URL":       {"https://user:s3cret@new.example:x/run", "answered 301 with a Location that is not a URL"},
		"other scheme": {"ftp://new.example/run", "answered 301 to ftp://new.example/run; write that URL"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, _ := serve(t, redirect(http.StatusMovedPermanently, tc.location))
			_, err := newCaller(t).Call(t.Context(), &payload.HTTP{Method: "POST", URL: url + "/v1/run"}, facts)
			want := strings.ReplaceAll(tc.want, "HOST", strings.TrimPrefix(url, "http://"))
			if !strings.Contains(text(err), want) || strings.Contains(text(err), "s3cret") {
				t.Errorf("Call = %v, want an error with %q", err, want)
			}
		})
	}
}

// The answer says that it came from somewhere else.
func TestRedirects_AreReported(t *testing.T) {
	t.Parallel()
	other, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") })
	missing, _ := serve(t, status(http.StatusNotFound))
	tests := map[string]struct {
		target            string
		wantText, wantErr string
	}{
		"success": {other + "/final?token=s3cret", "200 OK (after 2 redirects, from " + other + "): hello", ""},
		"failure": {missing, "", "the answer was not in 200-299 but 404 Not Found (after 2 redirects, from " + missing + ")"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/" {
					redirect(http.StatusFound, "/second")(w, r)
					return
				}
				redirect(http.StatusFound, tc.target)(w, r)
			})
			answer, err := open(t, httpcall.Config{}).Call(t.Context(), &payload.HTTP{URL: url}, facts)
			if answer != tc.wantText || text(err) != tc.wantErr {
				t.Errorf("Call = %q, %v, want %q, %q", answer, err, tc.wantText, tc.wantErr)
			}
		})
	}
}

// Another origin learns neither whose run it is nor the URL that led to it.
func TestRedirects_TellAnotherOriginNothing(t *testing.T) {
	t.Parallel()
	traced := facts
	traced.TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	spec := payload.HTTP{Method: "POST", Body: "body", Headers: []payload.Header{
		{Name: "x-api-key", Value: "s3cret"},
		{Name: "Authorization", Value: "Bearer s3cret"},
		{Name: "Cookie", Value: "s3cret"},
		{Name: "user-agent", Value: "s3cret"},
		{Name: "content-type", Value: "text/plain"},
		{Name: "Accept", Secret: &payload.SecretKey{Name: "hook", Key: "token"}},
		{Name: "Accept-Language", Value: "$(CARILLON_TASK)"},
	}}
	want := http.Header{
		"User-Agent": {"carillon"}, "Content-Type": {"text/plain"}, "Content-Length": {"4"}, "Accept-Encoding": {"gzip"},
	}
	for code := 307; code <= 308; code++ {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			url, requests := chain(t, code, 3)
			spec := spec
			spec.URL = url + "/services/s3cret?sig=s3cret"
			if _, err := withSecrets(t, secrets).Call(t.Context(), &spec, traced); err != nil {
				t.Fatal(err)
			}
			if first := <-requests[0]; first.Header.Get("X-Api-Key") != "s3cret" || first.Header.Get("Idempotency-Key") != facts.ID {
				t.Errorf("the Task's own server got %v", first.Header)
			}
			for _, elsewhere := range requests[1:] {
				r := <-elsewhere
				if diff := cmp.Diff(want, r.Header); diff != "" || r.Body != "body" {
					t.Errorf("another origin got %q with (-want +got):\n%s", r.Body, diff)
				}
			}
		})
	}
}

// The Task's own origin gets the headers again, but for the Referer.
func TestRedirects_KeepTheHeadersOfTheSameOrigin(t *testing.T) {
	t.Parallel()
	url, requests := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/final" {
			redirect(http.StatusFound, "/final")(w, r)
		}
	})
	spec := &payload.HTTP{URL: strings.Replace(url, "http:", "HTTP:", 1) + "?sig=s3cret", Headers: []payload.Header{{Name: "X-Api-Key", Value: "s3cret"}}}
	if _, err := newCaller(t).Call(t.Context(), spec, facts); err != nil {
		t.Fatal(err)
	}
	first, second := <-requests, <-requests
	if diff := cmp.Diff(first.Header, second.Header); diff != "" {
		t.Errorf("headers (-first +second):\n%s", diff)
	}
	if second.Header.Get("X-Api-Key") != "s3cret" || second.Header.Get("Referer") != "" {
		t.Errorf("headers %v", second.Header)
	}
}

// What another server has led away from the Task's origin does not get its headers by
// leading back.
func TestRedirects_BackToTheOriginCarryNoHeaders(t *testing.T) {
	t.Parallel()
	var url string
	other, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { redirect(http.StatusFound, url+"/chosen")(w, r) })
	url, requests := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/chosen" {
			redirect(http.StatusFound, other)(w, r)
		}
	})
	spec := &payload.HTTP{URL: url, Headers: []payload.Header{{Name: "X-Api-Key", Value: "s3cret"}}}
	if _, err := newCaller(t).Call(t.Context(), spec, facts); err != nil {
		t.Fatal(err)
	}
	<-requests
	if r := <-requests; r.Header.Get("X-Api-Key") != "" || r.Header.Get("Idempotency-Key") != "" {
		t.Errorf("headers %v", r.Header)
	}
}

func TestRedirectsAreBounded(t *testing.T) {
	t.Parallel()
	url, requests := serve(t, redirect(http.StatusFound, "/again"))
	_, err := newCaller(t).Call(t.Context(), &payload.HTTP{URL: url + "/?token=s3cret"}, facts)
	if want := "calling " + strings.TrimPrefix(url, "http://") + ": stopped after 10 redirects"; text(err) != want {
		t.Errorf("Call = %v, want %s", err, want)
	}
	if n := len(requests); n != 11 {
		t.Errorf("the server got %d requests, want 1 and 10 redirects", n)
	}
}
