package httpcall

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/carillon-dev/carillon/internal/payload"
	"github.com/carillon-dev/carillon/internal/runinfo"
)

const (
	// maxRedirects is how many redirects are followed.
	maxRedirects = 10
	// maxTarget is how many bytes of a URL go into a message.
	maxTarget = 256
)

// describing are the headers of a Task that describe the request and not the sender:
// they are sent to every server that a redirect leads to.
var describing = map[string]bool{
	"Accept": true, "Accept-Language": true, "Content-Encoding": true, "Content-Language": true, "Content-Type": true,
}

// redirectPolicy decides about the redirects of one request, and remembers how many were
// followed.
type redirectPolicy struct {
	spec     *payload.HTTP
	facts    runinfo.RunInfo
	expected payload.Statuses
	secrets  secretValues
	followed int
	// left is set when a redirect has led to another origin.
	left bool
}

// check implements CheckRedirect of [http.Client]. A redirect is not followed when its
// status is what the Task expects, and fails the request when it would change the method:
// a POST that becomes a GET does nothing and looks like a success.
func (p *redirectPolicy) check(next *http.Request, before []*http.Request) error {
	code := next.Response.StatusCode
	switch first := before[0]; {
	case p.expected.Contains(code):
		return http.ErrUseLastResponse
	case next.Method != first.Method:
		return fmt.Errorf("answered %d to %s; write that URL: following it would turn the %s into a %s",
			code, p.target(next.URL), first.Method, next.Method)
	case len(before) > maxRedirects:
		return fmt.Errorf("stopped after %d redirects", maxRedirects)
	case next.Body != nil && next.Body != http.NoBody && first.URL.Scheme == "https" && next.URL.Scheme != "https":
		return fmt.Errorf("answered %d to %s; write that URL if that is meant: the body is not sent on without encryption",
			code, p.target(next.URL))
	}
	p.followed = len(before)
	p.left = p.left || !sameOrigin(next.URL, before[0].URL)
	next.Header.Del("Referer") // it would pass the URL on, which may hold a secret
	if p.left {
		next.Header = p.headersElsewhere() //nolint:gosec // these are the headers without those that are secret or about the run
	}
	return nil
}

// headersElsewhere returns the headers for another origin than the Task's: neither the
// run info, nor what the Task says of itself, nor anything from a Secret. They stay away
// when a later redirect leads back, as another server has chosen that URL.
func (p *redirectPolicy) headersElsewhere() http.Header {
	kept := http.Header{headerUserAgent: {userAgent}}
	for _, h := range p.spec.Headers {
		name := http.CanonicalHeaderKey(h.Name)
		if describing[name] && h.Secret == nil && p.facts.Expand(h.Value) == h.Value {
			kept.Set(name, h.Value)
		}
	}
	return kept
}

// followedText says which redirects led to an answer, empty for none.
func (p *redirectPolicy) followedText(resp *http.Response) string {
	switch p.followed {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf(" (after 1 redirect, from %s)", p.origin(resp.Request.URL))
	default:
		return fmt.Sprintf(" (after %d redirects, from %s)", p.followed, p.origin(resp.Request.URL))
	}
}

// target is the URL of a redirect for a message: without credentials and without
// control characters.
func (p *redirectPolicy) target(u *url.URL) string {
	plain := *u
	plain.User, plain.Fragment, plain.RawFragment = nil, "", ""
	return escaped(p.secrets.replace(plain.String()))
}

// origin is the origin of a URL for a message.
func (p *redirectPolicy) origin(u *url.URL) string {
	return escaped(p.secrets.replace(u.Scheme + "://" + u.Host))
}

// escaped returns a URL in printable ASCII, of at most maxTarget bytes.
func escaped(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if b.Len() >= maxTarget {
			return b.String() + "…"
		}
		if c := text[i]; c > ' ' && c < 0x7f {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// sameOrigin reports whether two URLs have the same scheme, host and port.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

// portOf returns the port of a URL, or the default one of its scheme.
func portOf(u *url.URL) string {
	switch port := u.Port(); {
	case port != "":
		return port
	case u.Scheme == "https":
		return "443"
	default:
		return "80"
	}
}
