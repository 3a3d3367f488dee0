// Command krew builds the archives of the plugin, and the manifest by which krew installs
// it from them:
//
//	go run ./hack/krew -version v0.1.0 dist
//
// The archives belong to the release of that version on GitHub, where the manifest says
// that they are.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// platforms are those that the plugin is built for.
var platforms = []platform{
	{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"},
}

// platform is an operating system and an architecture, as Go and krew call them.
type platform struct{ os, arch string }

func (p platform) String() string { return p.os + "/" + p.arch }

// program is the name of the plugin there.
func (p platform) program() string {
	if p.os == "windows" {
		return "kubectl-carillon.exe"
	}
	return "kubectl-carillon"
}

// version is what krew takes for one.
var version = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

func main() {
	tag := flag.String("version", "", "the version that is released, such as v0.1.0")
	only := flag.String("platforms", "", "platforms to build for, such as linux/amd64,linux/arm64 (default: all)")
	flag.Parse()
	if err := build(context.Background(), *tag, *only, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "krew:", err)
		os.Exit(1)
	}
}

func build(ctx context.Context, tag, only string, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("name the directory to write to, and not %q", args)
	}
	if !version.MatchString(tag) {
		return fmt.Errorf("-version is %q: write one such as v0.1.0", tag)
	}
	chosen, err := choose(only)
	if err != nil {
		return err
	}
	dir := args[0]
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // for everybody
		return fmt.Errorf("making the directory: %w", err)
	}
	var archives []archive
	for _, p := range chosen {
		a, err := pack(ctx, dir, tag, p)
		if err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		archives = append(archives, a)
	}
	text, err := manifest(tag, archives)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "carillon.yaml"), text, 0o644); err != nil { //nolint:gosec // for everybody
		return fmt.Errorf("writing the manifest: %w", err)
	}
	return nil
}

// choose returns the platforms of a list, or all.
func choose(list string) ([]platform, error) {
	if list == "" {
		return platforms, nil
	}
	var chosen []platform
	for word := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(platforms, func(p platform) bool { return p.String() == word })
		if i < 0 {
			return nil, fmt.Errorf("-platforms has %q: choose among %v", word, platforms)
		}
		chosen = append(chosen, platforms[i])
	}
	return chosen, nil
}

// compile builds the plugin for a platform.
func compile(ctx context.Context, path string, p platform) error {
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "./cmd/kubectl-carillon") //nolint:gosec // a path of ours
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+p.os, "GOARCH="+p.arch)
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("building the plugin: %w", err)
	}
	return nil
}
