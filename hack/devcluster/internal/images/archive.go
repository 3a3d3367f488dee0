// Package images makes the container images that a node starts with. No
// registry is needed, and none is there.
package images

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
)

// nobody owns what has no owner; it is the user that images run as.
const nobody = "65532:65532"

// image is a container image of one layer.
type image struct {
	// name is the full name with a tag, and alias another one or empty.
	name, alias string
	entrypoint  []string
	files       []file
}

// file is a file of a layer: a directory if its path ends in a slash, a
// symbolic link if it has a target.
type file struct {
	path    string
	mode    int64
	content []byte
	target  string
}

// imageConfig is the part of an image's configuration that runtimes read.
type imageConfig struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
	Config       struct {
		User       string
		Env        []string
		Entrypoint []string `json:",omitempty"`
		Cmd        []string `json:",omitempty"`
	} `json:"config"`
	RootFS struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	} `json:"rootfs"`
}

// manifest is the list of contents of an archive with one image.
type manifest struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// write writes the image as an archive in the form of docker save.
func (i image) write(path string) error {
	layer, err := i.layer()
	if err != nil {
		return fmt.Errorf("packing %s: %w", i.name, err)
	}
	config, err := i.config(layer)
	if err != nil {
		return fmt.Errorf("packing %s: %w", i.name, err)
	}
	tags := []string{i.name}
	if i.alias != "" {
		tags = append(tags, i.alias)
	}
	list, err := json.Marshal([]manifest{{Config: "config.json", RepoTags: tags, Layers: []string{"layer.tar"}}})
	if err != nil {
		return fmt.Errorf("packing %s: %w", i.name, err)
	}
	archive, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("packing %s: %w", i.name, err)
	}
	defer func() { _ = archive.Close() }() // After an error, which is reported; else it is closed below.
	err = writeTar(archive, []file{
		{path: "config.json", mode: 0o644, content: config},
		{path: "layer.tar", mode: 0o644, content: layer},
		{path: "manifest.json", mode: 0o644, content: list},
	})
	if err != nil {
		return fmt.Errorf("packing %s: %w", i.name, err)
	}
	return archive.Close()
}

func (i image) layer() ([]byte, error) {
	var layer bytes.Buffer
	if err := writeTar(&layer, i.files); err != nil {
		return nil, err
	}
	return layer.Bytes(), nil
}

func (i image) config(layer []byte) ([]byte, error) {
	config := imageConfig{Architecture: runtime.GOARCH, OS: "linux"}
	config.Config.User = nobody
	config.Config.Env = []string{"PATH=/bin"}
	config.Config.Entrypoint = i.entrypoint
	if len(i.entrypoint) == 0 {
		config.Config.Cmd = []string{"/bin/sh"}
	}
	digest := sha256.Sum256(layer)
	config.RootFS.Type = "layers"
	config.RootFS.DiffIDs = []string{"sha256:" + hex.EncodeToString(digest[:])}
	return json.Marshal(config)
}

func writeTar(out io.Writer, files []file) error {
	archive := tar.NewWriter(out)
	for _, f := range files {
		header := &tar.Header{Name: f.path, Mode: f.mode, Size: int64(len(f.content)), Typeflag: tar.TypeReg, Format: tar.FormatPAX}
		switch {
		case f.target != "":
			header.Typeflag, header.Linkname = tar.TypeSymlink, f.target
		case f.path[len(f.path)-1] == '/':
			header.Typeflag = tar.TypeDir
		}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := archive.Write(f.content); err != nil {
			return err
		}
	}
	return archive.Close()
}
