package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// archive is a file of a release.
type archive struct {
	platform
	file, sum string
}

// pack builds the plugin for a platform, and packs it together with the licence. The
// same program makes the same archive: no times, no owners.
func pack(ctx context.Context, dir, tag string, p platform) (archive, error) {
	a := archive{platform: p, file: fmt.Sprintf("kubectl-carillon_%s_%s_%s.tar.gz", tag, p.os, p.arch)}
	work, err := os.MkdirTemp("", "carillon-krew-")
	if err != nil {
		return a, fmt.Errorf("making a directory: %w", err)
	}
	defer os.RemoveAll(work) //nolint:errcheck // a temporary directory
	plugin := filepath.Join(work, p.program())
	if err := compile(ctx, plugin, p); err != nil {
		return a, err
	}
	out, err := os.Create(filepath.Join(dir, a.file)) //nolint:gosec // where we are told to
	if err != nil {
		return a, fmt.Errorf("creating the archive: %w", err)
	}
	defer out.Close() //nolint:errcheck // closed below unless something has failed
	sum := sha256.New()
	if err := write(io.MultiWriter(out, sum), plugin, "LICENSE"); err != nil {
		return a, fmt.Errorf("writing the archive: %w", err)
	}
	a.sum = hex.EncodeToString(sum.Sum(nil))
	return a, out.Close() //nolint:wrapcheck // it names the file
}

// write writes files as an archive, by their base names.
func write(w io.Writer, paths ...string) error {
	compressed := gzip.NewWriter(w)
	packed := tar.NewWriter(compressed)
	for _, path := range paths {
		content, err := os.ReadFile(path) //nolint:gosec // a path of ours
		if err != nil {
			return err //nolint:wrapcheck // it names the file
		}
		header := &tar.Header{Name: filepath.Base(path), Mode: 0o755, Size: int64(len(content))}
		if err := packed.WriteHeader(header); err != nil {
			return err //nolint:wrapcheck // it says what is wrong
		}
		if _, err := packed.Write(content); err != nil {
			return err //nolint:wrapcheck // as above
		}
	}
	if err := packed.Close(); err != nil {
		return err //nolint:wrapcheck // as above
	}
	return compressed.Close() //nolint:wrapcheck // as above
}
