// Command timelines draws how the runs of a Task follow each other under each overlapPolicy, with
// coalesce true and false, for the documentation. What the pictures show is what the scheduler
// core decides in simulated time.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "timelines:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("name the directory to write the pictures to")
	}
	for _, s := range scenarios {
		text, err := s.picture()
		if err != nil {
			return fmt.Errorf("%s: %w", s.file, err)
		}
		if err := os.WriteFile(filepath.Join(args[0], s.file), []byte(text), 0o644); err != nil { //nolint:gosec // for everybody to read
			return fmt.Errorf("writing a picture: %w", err)
		}
	}
	return nil
}

// picture simulates a scenario, and draws it.
func (s *scenario) picture() (string, error) {
	rows, err := s.rows()
	if err != nil {
		return "", err
	}
	labels := make([][]string, len(rows))
	for i := range rows {
		if labels[i], err = rows[i].label(); err != nil {
			return "", err
		}
	}
	return draw(*s, rows, labels), nil
}
