package main

import (
	"fmt"
	"testing"
	"testing/fstest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		body string
		want string
	}{
		"a page":               {body: `<a href="cli.html">`},
		"a page above":         {body: `<a href="../index.html#top">`},
		"a directory":          {body: `<a href="adr/">`},
		"the root":             {body: `<a href="..">`},
		"an anchor":            {body: `<h2 id="here"></h2><a href="#here">`},
		"another host":         {body: `<a href="https://kubernetes.io/nowhere">`},
		"mail":                 {body: `<a href="mailto:a@example.com">`},
		"an image":             {body: `<img src="images/model.svg">`},
		"no page":              {body: `<a href="gone.html">`, want: `docs/a.html: "gone.html" leads to no file`},
		"no anchor":            {body: `<a href="cli.html#gone">`, want: `docs/a.html: "cli.html#gone" leads to no anchor of docs/cli.html`},
		"no anchor here":       {body: `<a href="#gone">`, want: `docs/a.html: "#gone" leads to no anchor of docs/a.html`},
		"no image":             {body: `<img src="images/gone.svg">`, want: `docs/a.html: "images/gone.svg" leads to no file`},
		"a directory, no page": {body: `<a href="images/">`, want: `docs/a.html: "images/" leads to no file`},
		"a path of the host": {
			body: `<a href="/docs/cli.html">`,
			want: `docs/a.html: "/docs/cli.html" works at the root of a host alone: the site may be served from any path`,
		},
		"Markdown that was not rewritten": {body: `<a href="cli.md">`, want: `docs/a.html: "cli.md" leads to no file`},
		"two, one of them twice": {
			body: `<a href="y.html"><a href="x.html"><a href="y.html">`,
			want: "docs/a.html: \"x.html\" leads to no file\ndocs/a.html: \"y.html\" leads to no file",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loaded, err := load(fstest.MapFS{
				"index.html":            {Data: []byte(`<h1 id="top"></h1>`)},
				"docs/a.html":           {Data: []byte(tc.body)},
				"docs/cli.html":         {Data: []byte("")},
				"docs/adr/index.html":   {Data: []byte("")},
				"docs/images/model.svg": {Data: []byte("<svg/>")},
			})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := loaded.check(); err != nil {
				got = fmt.Sprint(err)
			}
			if got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func TestLoad_NeedsPages(t *testing.T) {
	t.Parallel()
	if _, err := load(fstest.MapFS{"site.css": {}}); err == nil {
		t.Error("a site without pages is accepted")
	}
}
