package convert

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	kjson "sigs.k8s.io/json"
)

// The kinds that are converted, and the group and the versions in which they existed.
const (
	kindCronJob      = "CronJob"
	kindScheduledJob = "ScheduledJob" // the name of CronJob before Kubernetes 1.5
	group            = "batch"
	preferred        = "batch/v1"
)

var versions = []string{preferred, "batch/v1beta1", "batch/v2alpha1"}

// typeMeta is what an object says that it is.
type typeMeta struct{ apiVersion, kind string }

// isCronJob reports whether the kind is that of a CronJob, in any group and however it is
// written.
func (m typeMeta) isCronJob() bool {
	return strings.EqualFold(m.kind, kindCronJob) || strings.EqualFold(m.kind, kindScheduledJob)
}

// check returns what keeps an object that looks like a CronJob from being read as one.
func (m typeMeta) check() error {
	switch {
	case m.kind == "":
		return errors.New("kind: is missing, and the object has a jobTemplate; write kind: CronJob")
	case m.kind != kindCronJob && m.kind != kindScheduledJob:
		return fmt.Errorf("kind: %q is not known; write CronJob", m.kind)
	case m.apiVersion == "":
		return errors.New("apiVersion: is missing; write " + preferred)
	case !slices.Contains(versions, m.apiVersion):
		return fmt.Errorf("apiVersion: %q has a CronJob that is not the one of Kubernetes, or not known; if it is, write %s", m.apiVersion, preferred)
	default:
		return nil
	}
}

// header is what matters of an object before it is known what it is.
type header struct {
	APIVersion any             `json:"apiVersion"`
	Kind       any             `json:"kind"`
	Items      json.RawMessage `json:"items"`
}

// collect adds what there is in an object at a position, or in a list of objects. listed is
// what the elements of a list are that do not say it themselves.
func (in *input) collect(data []byte, at string, listed typeMeta) {
	var elements []json.RawMessage
	if kjson.UnmarshalCaseSensitivePreserveInts(data, &elements) == nil {
		in.collectAll(elements, at, typeMeta{})
		return
	}
	var h header
	if err := kjson.UnmarshalCaseSensitivePreserveInts(data, &h); err != nil {
		in.pass("") // a text or a number
		return
	}
	apiVersion, _ := h.APIVersion.(string)
	kind, _ := h.Kind.(string)
	meta := typeMeta{apiVersion, kind}
	if h.APIVersion == nil && h.Kind == nil {
		meta = listed
	}
	if element, isList := strings.CutSuffix(meta.kind, "List"); isList && kjson.UnmarshalCaseSensitivePreserveInts(h.Items, &elements) == nil {
		of := typeMeta{}
		if element != "" {
			of = typeMeta{meta.apiVersion, element}
		}
		in.collectAll(elements, at+", items", of)
		return
	}
	in.classify(data, at, meta)
}

func (in *input) collectAll(elements []json.RawMessage, at string, of typeMeta) {
	for i, element := range elements {
		in.collect(element, fmt.Sprintf("%s[%d]", at, i), of)
	}
}

// classify adds an object that is no list: as a CronJob, as something that contains
// CronJobs, or as something else.
func (in *input) classify(data []byte, at string, meta typeMeta) {
	var object map[string]any
	_ = kjson.UnmarshalCaseSensitivePreserveInts(data, &object) // it is an object, see header
	spec, _ := object["spec"].(map[string]any)
	_, hasTemplate := spec["jobTemplate"]
	inBatch := meta.apiVersion == "" || strings.HasPrefix(meta.apiVersion, group+"/")
	if meta.isCronJob() || hasTemplate && inBatch {
		in.items = append(in.items, decode(data, at, meta))
		return
	}
	embedded := findEmbedded(object, "")
	for _, e := range embedded {
		in.items = append(in.items, item{at: at + ", " + e.path, name: e.name, err: whyEmbedded(meta, object, at)})
	}
	if len(embedded) == 0 {
		in.pass(meta.kind)
	}
}

// pass counts an object that is not converted.
func (in *input) pass(kind string) {
	if in.others == nil {
		in.others = map[string]int{}
	}
	in.others[kind]++
}

// passed returns the number of objects that are not converted, and their kinds.
func (in *input) passed() (total int, kinds string) {
	var named []string
	for _, kind := range slices.Sorted(maps.Keys(in.others)) {
		total += in.others[kind]
		if kind != "" {
			named = append(named, fmt.Sprintf("%d %s", in.others[kind], kind))
		}
	}
	return total, strings.Join(named, ", ")
}

// nameOf reads the namespace and the name of an object, as far as they can be read.
func nameOf(data []byte) string {
	var object struct {
		Metadata struct{ Namespace, Name, GenerateName any }
	}
	_ = json.Unmarshal(data, &object) // what is wrong is found when the object is decoded
	return join(object.Metadata.Namespace, object.Metadata.Name, object.Metadata.GenerateName)
}

// join returns namespace/name. The parts are strings, or something else in an object that
// cannot be read.
func join(namespace, name, generateName any) string {
	if name == nil {
		name = generateName
	}
	switch {
	case name == nil:
		return ""
	case namespace == nil || namespace == "":
		return fmt.Sprint(name)
	default:
		return fmt.Sprintf("%v/%v", namespace, name)
	}
}
