//go:build ignore

// The update command copies the zone files of the Go distribution next to itself, and notes which release of the
// IANA time zone database they are. Run it with go generate after an update of Go.
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

var release = regexp.MustCompile(`(?m)^DATA=(\w+)$`)

func main() {
	if err := update("tzdata"); err != nil {
		log.Fatal(err)
	}
}

func update(dir string) error {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("finding GOROOT: %w", err)
	}
	source := filepath.Join(string(bytes.TrimSpace(out)), "lib", "time")
	script, err := os.ReadFile(filepath.Join(source, "update.bash"))
	if err != nil {
		return err
	}
	match := release.FindSubmatch(script)
	if match == nil {
		return fmt.Errorf("update.bash names no release")
	}
	files, err := os.ReadFile(filepath.Join(source, "zoneinfo.zip"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "zoneinfo.zip"), files, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "RELEASE"), append(match[1], '\n'), 0o644)
}
