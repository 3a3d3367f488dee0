package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
)

// source is the commit that is released, and the Go that it is built with.
type source struct{ commit, toolchain string }

// versions are those that a release may have.
var versions = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

// checkSource refuses to release anything but a tagged commit, built with the Go that
// go.mod names, with the version wherever one is written.
func checkSource(ctx context.Context, version string) (source, error) {
	if !versions.MatchString(version) {
		return source{}, fmt.Errorf("-version is %q: write one such as v0.1.0", version)
	}
	changes, err := output(ctx, "git", "status", "--porcelain")
	if err != nil {
		return source{}, err
	}
	if changes != "" {
		return source{}, errors.New("there are changes that are not committed: a release is built from a commit")
	}
	commit, err := output(ctx, "git", "rev-parse", "HEAD")
	if err != nil {
		return source{}, err
	}
	tagged, err := output(ctx, "git", "tag", "--points-at", "HEAD")
	if err != nil {
		return source{}, err
	}
	if !strings.Contains("\n"+tagged+"\n", "\n"+version+"\n") {
		return source{}, fmt.Errorf("the commit %s is not tagged %s", commit, version)
	}
	toolchain, err := checkToolchain(ctx)
	if err != nil {
		return source{}, err
	}
	for path, text := range map[string]string{
		"CHANGELOG.md":                      "\n## [" + strings.TrimPrefix(version, "v") + "] - ",
		"config/default/kustomization.yaml": "newTag: " + version + "\n",
		"charts/carillon/Chart.yaml":        "\nappVersion: " + version + "\n",
	} {
		content, err := os.ReadFile(path) //nolint:gosec // a path of ours
		if err != nil {
			return source{}, fmt.Errorf("looking for the version: %w", err)
		}
		if !bytes.Contains(content, []byte(text)) {
			return source{}, fmt.Errorf("%s has no line %q", path, strings.TrimSpace(text))
		}
	}
	return source{commit: commit, toolchain: toolchain}, nil
}

// checkToolchain compares the Go that builds with the one that go.mod pins. Another one
// makes other bytes, and an older one may lack repairs of the standard library.
func checkToolchain(ctx context.Context) (string, error) {
	content, err := os.ReadFile("go.mod")
	if err != nil {
		return "", fmt.Errorf("reading the toolchain: %w", err)
	}
	pinned := regexp.MustCompile(`(?m)^toolchain (go\S+)$`).FindSubmatch(content)
	if pinned == nil {
		return "", errors.New("go.mod has no line toolchain")
	}
	actual, err := output(ctx, "go", "env", "GOVERSION")
	if err != nil {
		return "", err
	}
	if actual != string(pinned[1]) {
		return "", fmt.Errorf("this is %s, and go.mod pins %s: set GOTOOLCHAIN=%s", actual, pinned[1], pinned[1])
	}
	return actual, nil
}

// checkProgram compares what a program says of itself with what is released.
func (r *release) checkProgram(path string) error {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading what %s was built from: %w", path, err)
	}
	settings := map[string]string{}
	for _, setting := range info.Settings {
		settings[setting.Key] = setting.Value
	}
	if info.Main.Version != r.version || info.GoVersion != r.source.toolchain ||
		settings["vcs.revision"] != r.source.commit || settings["vcs.modified"] != "false" || settings["-trimpath"] != "true" {
		return fmt.Errorf("a program is of version %s, built with %s and %v: want %s of %s with %s",
			info.Main.Version, info.GoVersion, settings, r.version, r.source.commit, r.source.toolchain)
	}
	return nil
}

// output runs a program and returns what it prints.
func output(ctx context.Context, name string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, name, args...) //nolint:gosec // programs that are written here
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", command, err)
	}
	return strings.TrimSpace(string(text)), nil
}

// run runs the Go tool for a platform, such that the result depends on the source alone.
func run(ctx context.Context, platform string, args ...string) error {
	command := exec.CommandContext(ctx, "go", args...) //nolint:gosec // commands that are written here
	// The version and the commit are what the Go tool stamps from the tag.
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-trimpath -buildvcs=true -mod=readonly", "GOWORK=off", "GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=")
	if system, arch, ok := strings.Cut(platform, "/"); ok {
		command.Env = append(command.Env, "GOOS="+system, "GOARCH="+arch)
	}
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	return nil
}
