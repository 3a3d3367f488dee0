package next

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// extensions are those of manifests.
var extensions = []string{".yaml", ".yml", ".json"}

// A source is a stream of manifests.
type source struct {
	name string // for messages
	data []byte
}

// readSources reads files, the manifests in directories (not in those below
// them), and for "-" the standard input.
func readSources(names []string, stdin io.Reader) ([]source, error) {
	var sources []source
	for _, name := range names {
		if name == "-" {
			data, err := io.ReadAll(stdin)
			if err != nil {
				return nil, fmt.Errorf("reading the standard input: %w", err)
			}
			sources = append(sources, source{"standard input", data})
			continue
		}
		paths, err := manifestsAt(name)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				return nil, err //nolint:wrapcheck // it says all
			}
			sources = append(sources, source{path, data})
		}
	}
	return sources, nil
}

// manifestsAt returns a file, or the manifests in a directory by name.
func manifestsAt(name string) ([]string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	var paths []string
	for _, entry := range entries {
		if !entry.IsDir() && slices.Contains(extensions, filepath.Ext(entry.Name())) {
			paths = append(paths, filepath.Join(name, entry.Name()))
		}
	}
	return paths, nil
}
