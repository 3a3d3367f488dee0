package httpcall

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// secretValues are the values from Secrets that a request was sent with.
type secretValues []string

const (
	// hidden stands for a secret in a message.
	hidden = "***"
	// minPart is the least length of a word of a secret that is hidden by itself. A
	// shorter one is no token, and occurs in texts by chance.
	minPart = 6
)

// quoted is what a message quotes.
var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"?`)

// replace returns a text without the secrets, in whatever form a server can repeat them:
// as they are, escaped as in a URL or a string, or in base64; whole or word by word.
func (s secretValues) replace(text string) string {
	for _, form := range s.forms() {
		text = strings.ReplaceAll(text, form, hidden)
	}
	return text
}

// forms returns what is replaced, the longest first, since one may hold another.
func (s secretValues) forms() []string {
	var all []string
	for _, secret := range s {
		for _, part := range parts(secret) {
			all = append(all, part, url.QueryEscape(part), url.PathEscape(part), strings.Trim(fmt.Sprintf("%q", part), `"`))
			all = append(all, base64Forms(part)...)
		}
	}
	all = slices.DeleteFunc(all, func(form string) bool { return form == "" })
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(all)
}

// parts returns a secret, its words, such as the token in "Bearer TOKEN", and for basic
// authentication what the word in base64 holds, and the password in that.
func parts(secret string) []string {
	all := []string{secret}
	for word := range strings.FieldsSeq(secret) {
		if len(word) < minPart {
			continue
		}
		all = append(all, word)
		if user, password, ok := strings.Cut(decoded(word), ":"); ok {
			all = append(all, user+":"+password)
			if len(password) >= minPart {
				all = append(all, password)
			}
		}
	}
	return all
}

// decoded returns what a text in base64 stands for, empty if it is not one.
func decoded(text string) string {
	plain, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	return string(plain)
}

// base64Forms returns what a text looks like in base64, as a whole and inside a longer
// text, where it begins at any of three places in a group of bytes.
func base64Forms(text string) []string {
	all := []string{}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		all = append(all, encoding.EncodeToString([]byte(text)))
		for before := range 3 {
			// Only groups of four characters that the text determines alone.
			first := (3 - before) % 3
			if last := len(text) - (len(text)-first)%3; last-first >= minPart {
				all = append(all, encoding.EncodeToString([]byte(text[first:last])))
			}
		}
	}
	return all
}

// hide returns an error whose text does not hold the secrets. Errors of the transport
// quote what the server sent, which may be a part of what it was sent.
func (s secretValues) hide(err error) error {
	if len(s) == 0 {
		return err
	}
	return &hiddenError{text: quoted.ReplaceAllString(s.replace(err.Error()), hidden), err: err}
}

type hiddenError struct {
	text string
	err  error
}

// Error implements error.
func (e *hiddenError) Error() string { return e.text }

// Unwrap returns the error with the whole text.
func (e *hiddenError) Unwrap() error { return e.err }
