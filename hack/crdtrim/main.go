// Command crdtrim finishes what controller-gen has written, in place: CRDs, and the Go
// file with the schema of apply configurations.
//
// To a CRD it does what no marker can:
//   - It drops the descriptions below an embedded Pod template, which are most of
//     the file and are Kubernetes' own. Without them the CRD fits into the
//     annotation of a client-side kubectl apply.
//   - It makes such a template accept what the API server accepts of a Pod, and
//     keep it as it was written.
//   - It narrows the fields whose generated schema admits values that Go cannot
//     decode. One such object would stop every informer of its kind.
//
// In the schema of apply configurations it makes the same lists atomic.
//
// Usage: crdtrim FILE...
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

func main() {
	for _, path := range os.Args[1:] {
		if err := rewrite(path); err != nil {
			fmt.Fprintf(os.Stderr, "crdtrim: %v\n", err)
			os.Exit(1)
		}
	}
}

// rewrite finishes one file. Doing it again changes nothing.
func rewrite(path string) error {
	in, err := os.ReadFile(path) //nolint:gosec // a file that the caller names
	if err != nil {
		return err
	}
	finishFile := finish
	if filepath.Ext(path) == ".go" {
		finishFile = finishApplySchema
	}
	out, err := finishFile(in)
	if err != nil {
		return fmt.Errorf("finishing %s: %w", path, err)
	}
	if bytes.Equal(in, out) {
		return nil
	}
	return os.WriteFile(path, out, 0o644) //nolint:gosec // generated files are for everybody
}

// finish returns the YAML of a CRD with every version's schema trimmed and
// narrowed.
func finish(in []byte) ([]byte, error) {
	var crd map[string]any
	if err := yaml.Unmarshal(in, &crd); err != nil {
		return nil, err
	}
	schemas, err := versionSchemas(crd)
	if err != nil {
		return nil, err
	}
	for _, schema := range schemas {
		trimTemplates(schema)
		loosenTemplates(schema)
		narrow(schema)
	}
	body, err := yaml.Marshal(crd)
	if err != nil {
		return nil, err
	}
	return append([]byte("---\n"), body...), nil
}

// versionSchemas returns the root schema of each version of a CRD.
func versionSchemas(crd map[string]any) ([]map[string]any, error) {
	spec, _ := crd["spec"].(map[string]any)
	versions, _ := spec["versions"].([]any)
	if len(versions) == 0 {
		return nil, fmt.Errorf("kind %v is not a CRD with versions", crd["kind"])
	}
	schemas := make([]map[string]any, 0, len(versions))
	for _, v := range versions {
		version, _ := v.(map[string]any)
		validation, _ := version["schema"].(map[string]any)
		root, ok := validation["openAPIV3Schema"].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("version %v has no schema", version["name"])
		}
		schemas = append(schemas, root)
	}
	return schemas, nil
}
