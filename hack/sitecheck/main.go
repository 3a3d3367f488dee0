// Command sitecheck reads a site as it was built, and fails if anything in it refers to a
// page, a file or an anchor of the site that does not exist.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sitecheck:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("name the directory of the site")
	}
	site, err := load(os.DirFS(args[0]))
	if err != nil {
		return fmt.Errorf("reading the site in %s: %w", args[0], err)
	}
	if err := site.check(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d pages with %d references within the site, all of which resolve\n", len(site.pages), site.references())
	return err
}
