package manifests

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Extensions are the file name extensions of manifests in a directory.
var Extensions = []string{".yaml", ".yml", ".json"}

// maxDownload limits the size of a manifest that is read from a URL, in bytes.
const maxDownload = 64 << 20

// A Source is a stream of manifests.
type Source struct {
	// Name is the path, the URL or "standard input", for messages.
	Name string
	Data []byte
}

// A Reader reads sources.
type Reader struct {
	// Stdin is read for the name "-".
	Stdin io.Reader
	// Recursive makes directories include the files of the directories below them.
	Recursive bool
}

// Read reads files, the manifests of directories, http and https URLs, and for "-" the
// standard input, in the order of the names. An error is about one source: the others are
// returned all the same.
func (r *Reader) Read(ctx context.Context, names []string) (sources []Source, errs []error) {
	for _, name := range names {
		found, err := r.read(ctx, name)
		sources = append(sources, found...)
		errs = append(errs, err...)
	}
	return sources, errs
}

func (r *Reader) read(ctx context.Context, name string) ([]Source, []error) {
	switch {
	case name == "-":
		data, err := io.ReadAll(r.Stdin)
		if err != nil {
			return nil, []error{fmt.Errorf("reading the standard input: %w", err)}
		}
		return []Source{{"standard input", data}}, nil
	case strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://"):
		data, err := download(ctx, name)
		if err != nil {
			return nil, []error{err}
		}
		return []Source{{name, data}}, nil
	default:
		return r.readPath(name)
	}
}

// readPath reads a file, or the manifests of a directory.
func (r *Reader) readPath(name string) (sources []Source, errs []error) {
	paths, err := r.pathsAt(name)
	if err != nil {
		return nil, []error{err}
	}
	for _, path := range paths {
		data, err := os.ReadFile(path) //nolint:gosec // the files that the user names
		if err != nil {
			errs = append(errs, err)
			continue
		}
		sources = append(sources, Source{path, data})
	}
	return sources, errs
}

// pathsAt returns the path of a file, or the paths of the manifests in a directory, sorted.
func (r *Reader) pathsAt(name string) ([]string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the path
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	// The separator makes WalkDir follow a symbolic link to a directory.
	root := name + string(filepath.Separator)
	var paths []string
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && !r.Recursive:
			return fs.SkipDir
		case !entry.IsDir() && slices.Contains(Extensions, filepath.Ext(path)):
			paths = append(paths, filepath.Clean(path))
		}
		return nil
	})
	return paths, err //nolint:wrapcheck // it names the path
}

// download reads a manifest from a URL.
func download(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the URL
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the URL
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("reading %s: the server answered %s", url, response.Status)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, maxDownload+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading %s: %w", url, err)
	case len(data) > maxDownload:
		return nil, errors.New("reading " + url + ": the answer is larger than 64 MiB")
	default:
		return data, nil
	}
}
