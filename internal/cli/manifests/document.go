// Package manifests reads manifests of Kubernetes from files and streams, for all commands in
// the same way: any number of documents, YAML or JSON, decoded strictly.
package manifests

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// A Document is a piece of a stream: one YAML document, or one JSON object.
type Document struct {
	// Source is the name of the source that contains the document.
	Source string
	// Number is the position in the source, from 1.
	Number int
	// Data is YAML or JSON.
	Data []byte

	line int // of its beginning, from 0
}

// String returns the position of the document, for messages.
func (d Document) String() string { return fmt.Sprintf("%s, document %d", d.Source, d.Number) }

// Line returns the line of the source that the document begins at, from 1.
func (d Document) Line() int {
	begin := len(d.Data) - len(bytes.TrimLeft(d.Data, " \t\r\n"))
	return d.line + 1 + bytes.Count(d.Data[:begin], []byte("\n"))
}

// Split cuts a stream into documents: at the markers of YAML, and between JSON
// objects that follow each other.
func Split(s Source) []Document {
	var documents []Document
	add := func(line int, data []byte) {
		for _, piece := range cutJSON(data) {
			if !blank(piece) {
				documents = append(documents, Document{Source: s.Name, Number: len(documents) + 1, Data: piece, line: line})
			}
		}
	}
	data := bytes.TrimPrefix(s.Data, []byte("\ufeff"))
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

// ToJSON converts a document to JSON. strict is what is wrong with the document but does
// not keep it from being read: keys that are given twice. The lines that errors name are
// those of the source.
func (d Document) ToJSON() (data []byte, strict, err error) {
	if json.Valid(d.Data) {
		return d.Data, nil, nil
	}
	data, strict = yaml.YAMLToJSONStrict(d.Data)
	if strict == nil {
		return data, nil, nil
	}
	padded := append(bytes.Repeat([]byte("\n"), d.line), d.Data...)
	_, strict = yaml.YAMLToJSONStrict(padded)
	data, err = yaml.YAMLToJSON(padded)
	if err != nil {
		return nil, nil, d.at(d.hint(err))
	}
	return data, d.at(strict), nil
}

var bareStar = regexp.MustCompile(`(?m)schedule:[ \t]*\*`)

// hint adds to an error of the YAML parser what to write instead, if that is known.
func (d Document) hint(err error) error {
	switch {
	case bareStar.Match(d.Data):
		return fmt.Errorf("%w; a schedule that begins with * needs quotes", err)
	case bytes.Contains(d.Data, []byte("{{")):
		return fmt.Errorf("%w; a template has to be rendered first, for example by helm template", err)
	default:
		return err
	}
}

// at adds the position of the document to an error.
func (d Document) at(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", d, OneLine(err))
}

// OneLine joins the lines of an error.
func OneLine(err error) error { return errors.New(strings.Join(strings.Fields(err.Error()), " ")) }
