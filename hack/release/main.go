// Command release builds everything that belongs to a release on GitHub, from the commit
// that is tagged with its version:
//
//	go run ./hack/release -version v0.1.0 -key release.pem dist
//
// The same commit makes the same files, byte for byte, on every machine: only signatures
// differ. See docs/releasing.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	var r release
	flag.StringVar(&r.version, "version", "", "the version that is released, such as v0.1.0")
	flag.StringVar(&r.key, "key", "", "a file with the private key to sign with (default: nothing is signed)")
	platforms := flag.String("platforms", "linux/amd64,linux/arm64", "platforms of the image")
	plugins := flag.String("plugins", "", "platforms of the plugin (default: all of hack/krew)")
	flag.Parse()
	r.platforms, r.plugins = strings.Split(*platforms, ","), *plugins
	if err := r.build(context.Background(), flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// release is what is being released, and where to.
type release struct {
	version, key, plugins string
	platforms             []string
	source                source
	// work is a directory for what is not part of the release.
	work, dir string
	// image is the digest of the image.
	image string
}

func (r *release) build(ctx context.Context, args []string) (err error) {
	if len(args) != 1 {
		return fmt.Errorf("name the directory to write to, and not %q", args)
	}
	if r.source, err = checkSource(ctx, r.version); err != nil {
		return err
	}
	if r.dir, err = filepath.Abs(args[0]); err != nil {
		return fmt.Errorf("finding the directory: %w", err)
	}
	if err := makeEmpty(r.dir); err != nil {
		return err
	}
	if r.work, err = os.MkdirTemp("", "carillon-release-"); err != nil {
		return fmt.Errorf("making a directory: %w", err)
	}
	defer os.RemoveAll(r.work) //nolint:errcheck // a temporary directory
	for _, step := range []func(context.Context) error{r.buildPlugins, r.buildImage, r.writeManifests, r.writeSums} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return r.sign()
}

// makeEmpty makes a directory that has nothing of another release in it.
func makeEmpty(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a release is for everybody
		return fmt.Errorf("making the directory: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("reading the directory: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty: remove it first", dir)
	}
	return nil
}

// files lists the files of the release so far.
func (r *release) files() ([]string, error) {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return nil, fmt.Errorf("listing the release: %w", err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	slices.Sort(names)
	return names, nil
}

// write adds a file to the release.
func (r *release) write(name string, content []byte) error {
	if err := os.WriteFile(filepath.Join(r.dir, name), content, 0o644); err != nil { //nolint:gosec // a release is for everybody
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}
