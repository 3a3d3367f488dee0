package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/carillon-dev/carillon/test/bench/load/figures"
)

// runReport prints the tables of results that were saved, or replaces those in a document.
func runReport(args []string, out, messages io.Writer) error {
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	flags.SetOutput(messages)
	update := flags.String("update", "", "document whose tables are replaced, between its comments \"begin KIND\" and \"end KIND\"")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("flags: %w", err)
	}
	if flags.NArg() == 0 {
		return errors.New("name the files with the figures")
	}
	for _, path := range flags.Args() {
		result, err := figures.Load(path)
		if err != nil {
			return err
		}
		if *update == "" {
			err = figures.WriteTables(out, result)
		} else {
			err = updateDocument(*update, result)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// updateDocument replaces the tables of a result in a document.
func updateDocument(path string, result *figures.Result) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the document: %w", err)
	}
	updated, err := replaceTables(text, result)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := os.WriteFile(path, updated, 0o644); err != nil {
		return fmt.Errorf("writing the document: %w", err)
	}
	return nil
}

// replaceTables returns the document with the tables of a result between the comments for its
// kind.
func replaceTables(document []byte, result *figures.Result) ([]byte, error) {
	begin, end := fmt.Sprintf("<!-- begin %s -->\n", result.Kind), fmt.Sprintf("<!-- end %s -->\n", result.Kind)
	before, rest, ok := bytes.Cut(document, []byte(begin))
	if !ok {
		return nil, fmt.Errorf("there is no %q", begin)
	}
	_, after, ok := bytes.Cut(rest, []byte(end))
	if !ok {
		return nil, fmt.Errorf("there is no %q", end)
	}
	tables := &bytes.Buffer{}
	if err := figures.WriteTables(tables, result); err != nil {
		return nil, err
	}
	return bytes.Join([][]byte{before, []byte(begin + "\n"), tables.Bytes(), []byte(end), after}, nil), nil
}
