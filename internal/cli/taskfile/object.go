// Package taskfile finds the Tasks and Schedulers in manifests, for the commands that work without a
// cluster.
package taskfile

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/internal/cli/manifests"
)

// An Object is a Task or a Scheduler as it is written.
type Object struct {
	Kind            string
	Namespace, Name string
	Data            []byte // JSON
	Err             error  // why it is not to be read
	// Source is the name of what it was read from, and Line the line there that its document begins
	// at, from 1. Of an object of a cluster both are zero.
	Source string
	Line   int
}

// The kinds of objects.
const (
	KindTask      = "Task"
	KindScheduler = "Scheduler"
)

// Read returns the Tasks and Schedulers of all sources, in order. A problem is about a document that
// cannot be told to have one.
func Read(sources []manifests.Source) (all []Object, problems []error) {
	var documents []manifests.Document
	for _, s := range sources {
		documents = append(documents, manifests.Split(s)...)
	}
	found := make([][]Object, len(documents))
	errs := make([]error, len(documents))
	InParallel(len(documents), func(i int) { found[i], errs[i] = objectsOf(documents[i]) })
	for i := range documents {
		for _, object := range found[i] {
			object.Source, object.Line = documents[i].Source, documents[i].Line()
			all = append(all, object)
		}
		if errs[i] != nil {
			problems = append(problems, errs[i])
		}
	}
	return all, problems
}

// Decode reads the object into one of its kind, strictly.
func (o *Object) Decode(into any) error {
	if o.Err != nil {
		return o.Err
	}
	return manifests.Decode(o.Data, into) //nolint:wrapcheck // it is for people as it stands
}

// header is what all objects have in common.
type header struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   json.RawMessage   `json:"metadata"`
	Items      []json.RawMessage `json:"items"`
}

// objectsOf returns the Tasks and Schedulers of a document, in order. What it
// cannot tell what it is, it ignores. The error says what is wrong with the
// document as a whole.
func objectsOf(d manifests.Document) ([]Object, error) {
	data, strict, err := d.ToJSON()
	if err != nil {
		return unreadable(d, err)
	}
	found := collect(data, "")
	if strict == nil {
		return found, nil
	}
	if len(found) == 1 {
		found[0].Err = strict
		return found, nil
	}
	if len(found) == 0 {
		return nil, nil // somebody else's
	}
	return found, strict
}

// collect returns the Tasks and Schedulers in an object or in a list of objects.
// listed is the kind of an object that does not name it, as in lists of one kind.
func collect(data []byte, listed string) []Object {
	var h header
	if json.Unmarshal(data, &h) != nil {
		return nil
	}
	if h.Kind == "" && h.APIVersion == "" {
		h.Kind, h.APIVersion = listed, v1alpha1.GroupVersion.String()
	}
	group, version, _ := strings.Cut(h.APIVersion, "/")
	ours := group == v1alpha1.GroupVersion.Group
	if elements, isList := strings.CutSuffix(h.Kind, "List"); isList && (ours || h.APIVersion == "v1") {
		var found []Object
		for _, element := range h.Items {
			found = append(found, collect(element, elements)...)
		}
		return found
	}
	if !ours || h.Kind != KindTask && h.Kind != KindScheduler {
		return nil
	}
	m := Object{Kind: h.Kind, Data: data}
	m.Namespace, m.Name = identify(h.Metadata)
	if version != v1alpha1.GroupVersion.Version {
		m.Err = fmt.Errorf("apiVersion: %q is not known; write %s", h.APIVersion, v1alpha1.GroupVersion)
	}
	return []Object{m}
}

// identify reads a namespace and a name, as far as they can be read.
func identify(metadata []byte) (namespace, name string) {
	var meta struct{ Namespace, Name, GenerateName any }
	_ = json.Unmarshal(metadata, &meta) // what is wrong in it is found later
	text := func(v any) string {
		if v == nil {
			return ""
		}
		return fmt.Sprint(v)
	}
	if namespace = text(meta.Namespace); namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	if name = text(meta.Name); name == "" {
		name = text(meta.GenerateName)
	}
	return namespace, name
}

var (
	ourVersion    = regexp.MustCompile(`(?m)^["']?apiVersion["']?:[ \t]*["']?carillon\.dev/`)
	taskKind      = regexp.MustCompile(`(?m)^["']?kind["']?:[ \t]*["']?Task["']?[ \t\r]*(#.*)?$`)
	metadataBlock = regexp.MustCompile(`(?m)^metadata:.*\n?(?:[ \t].*\n?)*`)
	nameField     = regexp.MustCompile(`(?m)(?:^[ \t]+|[{,][ \t]*)(namespace|name):[ \t]*["']?([a-z0-9.-]+)`)
)

// unreadable makes a Task with an error of a document that is not YAML and looks
// like one, so that the mistake is shown where its slots would be.
func unreadable(d manifests.Document, err error) ([]Object, error) {
	if !ourVersion.Match(d.Data) || !taskKind.Match(d.Data) {
		return nil, err
	}
	named := map[string]string{"namespace": metav1.NamespaceDefault}
	matches := nameField.FindAllStringSubmatch(string(metadataBlock.Find(d.Data)), -1)
	for _, match := range slices.Backward(matches) { // the first counts: labels may follow
		named[match[1]] = match[2]
	}
	m := Object{Kind: KindTask, Namespace: named["namespace"], Name: named["name"], Err: err}
	return []Object{m}, nil
}
