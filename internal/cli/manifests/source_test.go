package manifests

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"b.yaml", "a.yml", "c.json", "d.txt", "below/e.yaml"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("text of "+name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(server.Close)
	for name, tc := range map[string]struct {
		names     []string
		recursive bool
		want      []string
		wantErr   string
	}{
		"a directory":            {names: []string{dir}, want: []string{"a.yml", "b.yaml", "c.json"}},
		"a link to a directory":  {names: []string{link}, want: []string{"a.yml", "b.yaml", "c.json"}},
		"directories below":      {names: []string{dir}, recursive: true, want: []string{"a.yml", "b.yaml", "below/e.yaml", "c.json"}},
		"a file of any name":     {names: []string{filepath.Join(dir, "d.txt")}, want: []string{"d.txt"}},
		"the standard input":     {names: []string{filepath.Join(dir, "d.txt"), "-"}, want: []string{"d.txt", "stdin"}},
		"a URL":                  {names: []string{server.URL + "/b.yaml"}, want: []string{"b.yaml"}},
		"a URL without answer":   {names: []string{server.URL + "/none.yaml", "-"}, want: []string{"stdin"}, wantErr: "/none.yaml: the server answered 404 Not Found"},
		"a missing file of many": {names: []string{filepath.Join(dir, "none.yaml"), "-"}, want: []string{"stdin"}, wantErr: "none.yaml: no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reader := Reader{Stdin: strings.NewReader("text of stdin"), Recursive: tc.recursive}
			sources, errs := reader.Read(t.Context(), tc.names)
			var got []string
			for _, s := range sources {
				got = append(got, strings.TrimPrefix(string(s.Data), "text of "))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			switch {
			case tc.wantErr == "" && len(errs) > 0:
				t.Errorf("errors %v", errs)
			case tc.wantErr != "" && (len(errs) != 1 || !strings.HasSuffix(errs[0].Error(), tc.wantErr)):
				t.Errorf("errors %v, want one that ends in %q", errs, tc.wantErr)
			}
		})
	}
}
