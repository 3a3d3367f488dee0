package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
)

// Media types of the OCI image specification.
const (
	typeIndex    = "application/vnd.oci.image.index.v1+json"
	typeManifest = "application/vnd.oci.image.manifest.v1+json"
	typeConfig   = "application/vnd.oci.image.config.v1+json"
	typeLayer    = "application/vnd.oci.image.layer.v1.tar"
)

// object is anything in JSON. Its keys are sorted when it is written.
type object = map[string]any

// writeImage writes an image of several architectures as an archive of an OCI layout, and
// returns its digest. It holds what the Dockerfile says: the program, and nothing else. It
// has no times, so that the same programs make the same image.
func writeImage(path, version string, programs map[string]string) (digest string, err error) {
	blobs := map[string][]byte{}
	add := func(mediaType string, content []byte) object {
		sum := sha256.Sum256(content)
		name := hex.EncodeToString(sum[:])
		blobs["blobs/sha256/"+name] = content
		return object{"mediaType": mediaType, "digest": "sha256:" + name, "size": len(content)}
	}
	labels := object{
		"org.opencontainers.image.title":       "Carillon",
		"org.opencontainers.image.description": "A Kubernetes operator for scheduled work",
		"org.opencontainers.image.source":      "https://github.com/carillon-dev/carillon",
		"org.opencontainers.image.version":     version,
	}
	var manifests []object
	for _, arch := range slices.Sorted(maps.Keys(programs)) {
		layer, err := programLayer(programs[arch])
		if err != nil {
			return "", err
		}
		packed := add(typeLayer, layer)
		config := add(typeConfig, encode(object{
			"os": "linux", "architecture": arch,
			"config": object{"User": "65532:65532", "Entrypoint": []string{"/manager"}, "Labels": labels},
			"rootfs": object{"type": "layers", "diff_ids": []any{packed["digest"]}},
		}))
		manifest := add(typeManifest, encode(object{"schemaVersion": 2, "mediaType": typeManifest, "config": config, "layers": []object{packed}}))
		manifest["platform"] = object{"os": "linux", "architecture": arch}
		manifests = append(manifests, manifest)
	}
	index := add(typeIndex, encode(object{"schemaVersion": 2, "mediaType": typeIndex, "manifests": manifests, "annotations": labels}))
	index["annotations"] = object{"org.opencontainers.image.ref.name": version}
	blobs["index.json"] = encode(object{"schemaVersion": 2, "mediaType": typeIndex, "manifests": []object{index}})
	blobs["oci-layout"] = encode(object{"imageLayoutVersion": "1.0.0"})
	var archive bytes.Buffer
	if err := writeTar(&archive, 0o644, blobs); err != nil {
		return "", err
	}
	return fmt.Sprint(index["digest"]), os.WriteFile(path, archive.Bytes(), 0o644) //nolint:gosec,wrapcheck // a release is for everybody, and the error names the file
}

// programLayer is a file system with the program alone.
func programLayer(path string) ([]byte, error) {
	content, err := os.ReadFile(path) //nolint:gosec // a path of ours
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the file
	}
	var layer bytes.Buffer
	err = writeTar(&layer, 0o755, map[string][]byte{"manager": content})
	return layer.Bytes(), err
}

// writeTar writes files in the order of their names, without times and owners.
func writeTar(w io.Writer, mode int64, files map[string][]byte) error {
	packed := tar.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(files[name])), Format: tar.FormatUSTAR}
		if err := packed.WriteHeader(header); err != nil {
			return fmt.Errorf("packing %s: %w", name, err)
		}
		if _, err := packed.Write(files[name]); err != nil {
			return fmt.Errorf("packing %s: %w", name, err)
		}
	}
	if err := packed.Close(); err != nil {
		return fmt.Errorf("packing: %w", err)
	}
	return nil
}

// encode writes JSON whose keys are sorted.
func encode(value object) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // it holds texts and numbers alone
	}
	return text
}
