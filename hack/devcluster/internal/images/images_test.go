package images

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestArchive(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "image.tar")
	if err := goImage(Tools, "tools", []byte("program")).write(path); err != nil {
		t.Fatal(err)
	}
	archive, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parts := contents(t, archive)

	var list []manifest
	decode(t, parts["manifest.json"], &list)
	want := []manifest{{Config: "config.json", RepoTags: []string{Tools}, Layers: []string{"layer.tar"}}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
	var config imageConfig
	decode(t, parts["config.json"], &config)
	digest := sha256.Sum256([]byte(parts["layer.tar"]))
	if diff := cmp.Diff([]string{"sha256:" + hex.EncodeToString(digest[:])}, config.RootFS.DiffIDs); diff != "" {
		t.Errorf("digest of the layer (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/bin/tools"}, config.Config.Entrypoint); diff != "" {
		t.Errorf("entrypoint (-want +got):\n%s", diff)
	}
	layer := contents(t, []byte(parts["layer.tar"]))
	if diff := cmp.Diff(map[string]string{"bin/": "", "bin/tools": "program", "tmp/": ""}, layer); diff != "" {
		t.Errorf("layer (-want +got):\n%s", diff)
	}
}

// Who follows the documents on a devcluster has the image that they name.
func TestBusyboxAnswersToTheNameInTheDocuments(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "image.tar")
	if err := busyboxImage([]byte("program"), nil).write(path); err != nil {
		t.Fatal(err)
	}
	archive, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []manifest
	decode(t, contents(t, archive)["manifest.json"], &list)
	if diff := cmp.Diff([]string{Busybox, DocumentedBusybox}, list[0].RepoTags); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestBusyboxImageLinksItsPrograms(t *testing.T) {
	t.Parallel()
	layer, err := busyboxImage([]byte("program"), []byte("busybox\nsh\nls\n")).layer()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"bin/": "", "bin/busybox": "program", "bin/sh": "-> busybox", "bin/ls": "-> busybox", "tmp/": ""}
	if diff := cmp.Diff(want, contents(t, layer)); diff != "" {
		t.Errorf("layer (-want +got):\n%s", diff)
	}
}

// contents returns the files of an archive, symbolic links as "-> target".
func contents(t *testing.T, archive []byte) map[string]string {
	t.Helper()
	files := map[string]string{}
	reader := tar.NewReader(bytes.NewReader(archive))
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		files[header.Name] = string(content)
		if header.Typeflag == tar.TypeSymlink {
			files[header.Name] = "-> " + header.Linkname
		}
	}
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}
