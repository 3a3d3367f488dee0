package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// buildPlugins builds the archives of the plugin, and their Krew manifest, with a list of
// what each program is made of.
func (r *release) buildPlugins(ctx context.Context) error {
	if err := run(ctx, "", "run", "./hack/krew", "-version="+r.version, "-platforms="+r.plugins, r.dir); err != nil {
		return err
	}
	archives, err := filepath.Glob(filepath.Join(r.dir, "kubectl-carillon_*.tar.gz"))
	if err != nil {
		return fmt.Errorf("looking for the plugins: %w", err)
	}
	for _, archive := range archives {
		program := filepath.Join(r.work, strings.TrimSuffix(filepath.Base(archive), ".tar.gz"))
		if err := unpackProgram(archive, program); err != nil {
			return fmt.Errorf("unpacking %s: %w", archive, err)
		}
		if err := r.describe(ctx, program, filepath.Base(program)); err != nil {
			return err
		}
	}
	return nil
}

// unpackProgram takes the program out of an archive of the plugin.
func unpackProgram(archive, path string) error {
	file, err := os.Open(archive) //nolint:gosec // a path of ours
	if err != nil {
		return err //nolint:wrapcheck // it names the file
	}
	defer file.Close() //nolint:errcheck // it is only read
	uncompressed, err := gzip.NewReader(file)
	if err != nil {
		return err //nolint:wrapcheck // the caller names the file
	}
	for packed := tar.NewReader(uncompressed); ; {
		header, err := packed.Next()
		if err != nil {
			return err //nolint:wrapcheck // as above
		}
		if !strings.HasPrefix(header.Name, "kubectl-carillon") {
			continue
		}
		content, err := io.ReadAll(packed)
		if err != nil {
			return err //nolint:wrapcheck // as above
		}
		return os.WriteFile(path, content, 0o755) //nolint:wrapcheck,gosec // a program, and the error names the file
	}
}

// buildImage builds the manager for each platform, and the image of all of them.
func (r *release) buildImage(ctx context.Context) error {
	programs := map[string]string{}
	for _, platform := range r.platforms {
		system, arch, _ := strings.Cut(platform, "/")
		if system != "linux" {
			return fmt.Errorf("the image has no platform %q: write such as linux/amd64", platform)
		}
		name := fmt.Sprintf("carillon-manager_%s_%s_%s", r.version, system, arch)
		path := filepath.Join(r.work, name)
		if err := run(ctx, platform, "build", "-ldflags=-s -w", "-o", path, "./cmd/manager"); err != nil {
			return err
		}
		if err := r.describe(ctx, path, name); err != nil {
			return err
		}
		programs[arch] = path
	}
	digest, err := writeImage(filepath.Join(r.dir, fmt.Sprintf("carillon-image_%s.tar", r.version)), r.version, programs)
	if err != nil {
		return fmt.Errorf("writing the image: %w", err)
	}
	r.image = digest
	return nil
}

// describe checks a program, and lists the modules that it is made of, as CycloneDX. The
// program itself has no table of symbols that a scanner could read.
func (r *release) describe(ctx context.Context, program, name string) error {
	if err := r.checkProgram(program); err != nil {
		return err
	}
	path := filepath.Join(r.dir, name+".cdx.json")
	err := run(ctx, "", "tool", "-modfile=tools/release/go.mod", "cyclonedx-gomod", "bin",
		"-json", "-noserial", "-notimestamp", "-std", "-version="+r.version, "-output="+path, program)
	if err != nil {
		return err
	}
	if content, err := os.Stat(path); err != nil || content.Size() == 0 {
		return errors.New("there is no list of modules of " + name)
	}
	return nil
}
