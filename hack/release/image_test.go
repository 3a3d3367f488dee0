package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// layout is an OCI layout that was read from an archive.
type layout map[string][]byte

// descriptor points to a blob of a layout.
type descriptor struct {
	MediaType, Digest string
	Size              int
	Platform          struct{ OS, Architecture string }
}

func readLayout(t *testing.T, path string) layout {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return readTar(t, content)
}

func readTar(t *testing.T, content []byte) layout {
	t.Helper()
	all := layout{}
	for packed := tar.NewReader(bytes.NewReader(content)); ; {
		header, err := packed.Next()
		if err == io.EOF { //nolint:errorlint // as archive/tar documents it
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if !header.ModTime.IsZero() && header.ModTime.Unix() != 0 || header.Uid != 0 || header.Uname != "" {
			t.Errorf("%s has a time or an owner", header.Name)
		}
		if all[header.Name], err = io.ReadAll(packed); err != nil {
			t.Fatal(err)
		}
	}
}

// blob returns what a descriptor points to, which must be what it says.
func (l layout) blob(t *testing.T, d descriptor) []byte {
	t.Helper()
	content, ok := l["blobs/"+strings.Replace(d.Digest, ":", "/", 1)]
	sum := sha256.Sum256(content)
	if !ok || len(content) != d.Size || "sha256:"+hex.EncodeToString(sum[:]) != d.Digest {
		t.Fatalf("the blob %s has %d bytes", d.Digest, len(content))
	}
	return content
}

func decode[T any](t *testing.T, content []byte) (value T) {
	t.Helper()
	if err := json.Unmarshal(content, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

type index struct{ Manifests []descriptor }

// imageDigest is the digest of the image of a release.
func imageDigest(t *testing.T, dist string) string {
	t.Helper()
	top := decode[index](t, readLayout(t, filepath.Join(dist, "carillon-image_"+version+".tar"))["index.json"])
	if len(top.Manifests) != 1 {
		t.Fatalf("%d images, want one", len(top.Manifests))
	}
	return top.Manifests[0].Digest
}

// checkImage walks through the image as a registry and a node do.
func checkImage(t *testing.T, path, dist string) {
	t.Helper()
	all := readLayout(t, path)
	top := decode[index](t, all["index.json"])
	platforms := decode[index](t, all.blob(t, top.Manifests[0]))
	if len(platforms.Manifests) != 1 || platforms.Manifests[0].Platform.Architecture != runtime.GOARCH {
		t.Fatalf("the image is for %+v", platforms.Manifests)
	}
	manifest := decode[struct {
		Config descriptor
		Layers []descriptor
	}](t, all.blob(t, platforms.Manifests[0]))
	config := decode[struct {
		Config struct {
			User       string
			Entrypoint []string
		}
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		}
	}](t, all.blob(t, manifest.Config))
	if config.Config.User != "65532:65532" || len(config.Config.Entrypoint) != 1 || config.Config.Entrypoint[0] != "/manager" ||
		len(manifest.Layers) != 1 || len(config.RootFS.DiffIDs) != 1 || config.RootFS.DiffIDs[0] != manifest.Layers[0].Digest {
		t.Errorf("the image is %+v with the layers %+v", config, manifest.Layers)
	}
	files := readTar(t, all.blob(t, manifest.Layers[0]))
	if len(files) != 1 || len(files["manager"]) == 0 {
		t.Fatalf("the image has %d files, want the program alone", len(files))
	}
	program := filepath.Join(t.TempDir(), "manager")
	if err := os.WriteFile(program, files["manager"], 0o600); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(files["manager"]), dist) {
		t.Error("the program has a path of this machine")
	}
}
