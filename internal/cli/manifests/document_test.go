package manifests

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A stream may begin with a directive and comments of YAML.
func TestSplit_DirectivesAndCommentsAreNoDocuments(t *testing.T) {
	t.Parallel()
	stream := "%YAML 1.1\n# Tasks\n---\n# one\n---\nkind: Task\n"
	documents := Split(Source{Name: "stream", Data: []byte(stream)})
	if len(documents) != 1 || strings.TrimSpace(string(documents[0].Data)) != "kind: Task" {
		t.Errorf("documents %+v", documents)
	}
}

func TestToJSON(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ input, want, wantStrict, wantErr string }{
		"YAML":                      {input: "a: 1\n", want: `{"a":1}`},
		"JSON as it is":             {input: `{"a":1, "a":2}`, want: `{"a":1, "a":2}`},
		"a key given twice":         {input: "a: 1\na: 2\n", want: `{"a":2}`, wantStrict: `f, document 2: yaml: unmarshal errors: line 4: key "a" already set in map`},
		"no YAML":                   {input: "a: {b\n", wantErr: "f, document 2: yaml: line 3: did not find expected ',' or '}'"},
		"a schedule without quotes": {input: "schedule: */5 * * * *\n", wantErr: "f, document 2: yaml: line 3: did not find expected alphabetic or numeric character; a schedule that begins with * needs quotes"},
		"a template":                {input: "a: {{ .Values.a }}\nb: c\n", wantErr: "f, document 2: yaml: invalid map key: map[interface {}]interface {}{\".Values.a\":interface {}(nil)}; a template has to be rendered first, for example by helm template"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			documents := Split(Source{Name: "f", Data: []byte("x: 1\n---\n" + tc.input)})
			if len(documents) != 2 {
				t.Fatalf("%d documents", len(documents))
			}
			data, strict, err := documents[1].ToJSON()
			got := [3]string{string(data), text(strict), text(err)}
			if diff := cmp.Diff([3]string{tc.want, tc.wantStrict, tc.wantErr}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// text returns the text of an error, which may be nil.
func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
