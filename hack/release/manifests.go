package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// writeManifests writes config/default as one file, and the chart as an archive. Both name
// the image by its digest: a tag can be moved, a digest cannot.
func (r *release) writeManifests(context.Context) error {
	all, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), "config/default")
	if err != nil {
		return fmt.Errorf("building config/default: %w", err)
	}
	text, err := all.AsYaml()
	if err != nil {
		return fmt.Errorf("writing config/default: %w", err)
	}
	if text, err = pin(text, ":"+r.version+"\n", ":"+r.version+"@"+r.image+"\n"); err != nil {
		return fmt.Errorf("config/default: %w", err)
	}
	if err := r.write("install.yaml", text); err != nil {
		return err
	}
	return r.writeChart()
}

// pin replaces what occurs once.
func pin(text []byte, from, to string) ([]byte, error) {
	if n := bytes.Count(text, []byte(from)); n != 1 {
		return nil, fmt.Errorf("%q occurs %d times, want once", from, n)
	}
	return bytes.Replace(text, []byte(from), []byte(to), 1), nil
}

// writeChart packs the chart, with the digest of the image among its values.
func (r *release) writeChart() error {
	files := map[string][]byte{}
	err := fs.WalkDir(os.DirFS("charts"), "carillon", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == ".helmignore" {
			return err
		}
		files[path], err = os.ReadFile(filepath.Join("charts", path)) //nolint:gosec // a path of ours
		return err                                                    //nolint:wrapcheck // it names the file
	})
	if err != nil {
		return fmt.Errorf("reading the chart: %w", err)
	}
	values, err := pin(files["carillon/values.yaml"], "\n  digest: \"\"\n", "\n  digest: "+r.image+"\n")
	if err != nil {
		return fmt.Errorf("the values of the chart: %w", err)
	}
	files["carillon/values.yaml"] = values
	version, ok := field(files["carillon/Chart.yaml"], "version")
	if !ok {
		return errors.New("charts/carillon/Chart.yaml has no version")
	}
	var packed bytes.Buffer
	compressed := gzip.NewWriter(&packed)
	if err := writeTar(compressed, 0o644, files); err != nil {
		return err
	}
	if err := compressed.Close(); err != nil {
		return fmt.Errorf("compressing the chart: %w", err)
	}
	return r.write("carillon-"+version+".tgz", packed.Bytes())
}

// field returns a field at the top of a YAML file.
func field(text []byte, name string) (string, bool) {
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+": "); ok {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}
