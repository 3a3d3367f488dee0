package v1alpha1_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

const samplesDir = "../../config/samples"

// Every sample is applied by kubectl apply -k, and accepted.
func TestSamples(t *testing.T) {
	t.Parallel()
	var kustomization struct {
		Resources []string `json:"resources"`
	}
	if err := yaml.Unmarshal(readFile(t, filepath.Join(samplesDir, "kustomization.yaml")), &kustomization); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(samplesDir)
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, e := range entries {
		if e.Name() != "kustomization.yaml" {
			files = append(files, e.Name())
		}
	}
	if diff := cmp.Diff(files, slices.Sorted(slices.Values(kustomization.Resources))); diff != "" {
		t.Errorf("files and what the kustomization lists (-files +listed):\n%s", diff)
	}
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := server(t).Create(readFile(t, filepath.Join(samplesDir, name))); err != nil {
				t.Error(err)
			}
		})
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
