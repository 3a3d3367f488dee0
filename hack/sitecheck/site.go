package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// page is an HTML file: the anchors in it, and what of the site it refers to.
type page struct {
	anchors    []string
	references []string
}

// site is a built site.
type site struct {
	files map[string]bool
	pages map[string]page
}

// load reads a site.
func load(fsys fs.FS) (*site, error) {
	s := &site{files: map[string]bool{}, pages: map[string]page{}}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		s.files[name] = true
		if path.Ext(name) != ".html" {
			return nil
		}
		s.pages[name], err = parse(fsys, name)
		return err
	})
	if err == nil && len(s.pages) == 0 {
		err = errors.New("it has no pages")
	}
	return s, err
}

func parse(fsys fs.FS, name string) (page, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return page{}, err
	}
	defer func() { _ = file.Close() }() // It was only read.
	root, err := html.Parse(file)
	if err != nil {
		return page{}, fmt.Errorf("%s: %w", name, err)
	}
	var p page
	for node := range root.Descendants() {
		for _, attribute := range node.Attr {
			switch attribute.Key {
			case "id":
				p.anchors = append(p.anchors, attribute.Val)
			case "href", "src":
				p.references = append(p.references, attribute.Val)
			}
		}
	}
	return p, nil
}

// check returns an error for each reference that does not resolve.
func (s *site) check() error {
	var problems []error
	for name, p := range s.pages {
		for _, reference := range distinct(p.references) {
			if problem := s.resolve(name, reference); problem != "" {
				problems = append(problems, fmt.Errorf("%s: %q %s", name, reference, problem))
			}
		}
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(problems...)
}

// distinct returns each reference once: the navigation is on a page twice.
func distinct(references []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(references)))
}

// resolve says what is wrong with a reference. It returns "" for one that resolves, and for
// one that leads to another host.
func (s *site) resolve(from, reference string) string {
	target, err := url.Parse(reference)
	if err != nil {
		return "is no address"
	}
	if target.Scheme != "" || target.Host != "" {
		return ""
	}
	if strings.HasPrefix(target.Path, "/") {
		return "works at the root of a host alone: the site may be served from any path"
	}
	file := from
	if target.Path != "" {
		file = path.Join(path.Dir(from), target.Path)
	}
	if strings.HasSuffix(target.Path, "/") || file == "." {
		file = path.Join(file, "index.html")
	}
	switch {
	case !s.files[file]:
		return "leads to no file"
	case target.Fragment != "" && !slices.Contains(s.pages[file].anchors, target.Fragment):
		return "leads to no anchor of " + file
	}
	return ""
}

// references counts what leads to the site itself.
func (s *site) references() (n int) {
	for _, p := range s.pages {
		for _, reference := range distinct(p.references) {
			if target, err := url.Parse(reference); err == nil && target.Host == "" {
				n++
			}
		}
	}
	return n
}
