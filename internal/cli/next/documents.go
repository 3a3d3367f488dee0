package next

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"
)

// A document is a piece of a stream: one YAML document, or one JSON object.
type document struct {
	source string
	number int // in the source, from 1
	line   int // of its beginning, from 0
	data   []byte
}

// String says where the document is.
func (d document) String() string { return fmt.Sprintf("%s, document %d", d.source, d.number) }

// split cuts a stream into documents: at the markers of YAML, and between JSON
// objects that follow each other.
func split(s source) []document {
	var documents []document
	add := func(line int, data []byte) {
		for _, piece := range cutJSON(data) {
			if !blank(piece) {
				documents = append(documents, document{source: s.name, number: len(documents) + 1, line: line, data: piece})
			}
		}
	}
	data := bytes.TrimPrefix(s.data, []byte("\ufeff"))
	begin, beginLine, end, line := 0, 0, 0, 0
	for text := range bytes.Lines(data) {
		if marker(text, "---") || marker(text, "...") {
			add(beginLine, data[begin:end])
			// The document may begin right behind the marker.
			begin, beginLine = end+len("---"), line
		}
		end += len(text)
		line++
	}
	add(beginLine, data[begin:])
	return documents
}

// blank reports whether a piece of a stream says nothing: it has empty lines,
// comments and directives alone, such as the "%YAML" before a first document.
func blank(piece []byte) bool {
	for line := range bytes.Lines(piece) {
		if text := bytes.TrimSpace(line); len(text) > 0 && text[0] != '#' && text[0] != '%' {
			return false
		}
	}
	return true
}

// marker reports whether a line begins with a marker of YAML.
func marker(line []byte, text string) bool {
	rest, found := bytes.CutPrefix(line, []byte(text))
	return found && (len(rest) == 0 || strings.ContainsAny(string(rest[:1]), " \t\r\n"))
}

// cutJSON returns the JSON objects that the data consists of, or else the data.
func cutJSON(data []byte) [][]byte {
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return [][]byte{data}
	}
	var objects [][]byte
	for decoder := json.NewDecoder(bytes.NewReader(data)); decoder.More(); {
		var object json.RawMessage
		if decoder.Decode(&object) != nil {
			return [][]byte{data} // YAML that looks like JSON
		}
		objects = append(objects, object)
	}
	return objects
}

// toJSON converts a document. strict is what is wrong with it that does not keep
// it from being read: keys that are given twice. The lines that errors name are
// those of the source.
func (d document) toJSON() (data []byte, strict, err error) {
	if json.Valid(d.data) {
		return d.data, nil, nil
	}
	data, strict = yaml.YAMLToJSONStrict(d.data)
	if strict == nil {
		return data, nil, nil
	}
	padded := append(bytes.Repeat([]byte("\n"), d.line), d.data...)
	_, strict = yaml.YAMLToJSONStrict(padded)
	data, err = yaml.YAMLToJSON(padded)
	return data, strict, err //nolint:wrapcheck // the caller says which document it is
}
