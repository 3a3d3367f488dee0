package gobuild

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// key identifies what a build would produce: it changes with the sources, the
// pinned dependencies, the linker's flags and the Go tool chain.
func (p Program) key(ctx context.Context) (string, error) {
	toolchain, err := p.command(ctx, "env", "GOVERSION", "GOOS", "GOARCH", "GOFLAGS").Output()
	if err != nil {
		return "", fmt.Errorf("asking for the version of Go: %w", err)
	}
	return hashSources(os.DirFS(p.Dir), string(toolchain), p.LinkFlags)
}

// hashSources hashes further inputs and all regular files of sources, names
// included, except those of nested modules and tests.
func hashSources(sources fs.FS, inputs ...string) (string, error) {
	sum := sha256.New()
	for _, input := range inputs {
		fmt.Fprintf(sum, "%d %s\n", len(input), input)
	}
	err := fs.WalkDir(sources, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != "." && isModule(sources, path):
			return fs.SkipDir
		case !entry.Type().IsRegular() || isTest(path):
			return nil
		}
		return hashFile(sum, sources, path)
	})
	if err != nil {
		return "", fmt.Errorf("reading the sources: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func isModule(sources fs.FS, dir string) bool {
	_, err := fs.Stat(sources, dir+"/go.mod")
	return err == nil
}

func isTest(path string) bool {
	matched, _ := filepath.Match("*_test.go", filepath.Base(path))
	return matched
}

// hashFile adds name, size and content of one file to sum; the size keeps two
// files from hashing like one.
func hashFile(sum io.Writer, sources fs.FS, path string) error {
	content, err := fs.ReadFile(sources, path)
	if err != nil {
		return err
	}
	fmt.Fprintf(sum, "%d %s %d\n", len(path), path, len(content))
	_, err = sum.Write(content)
	return err
}
