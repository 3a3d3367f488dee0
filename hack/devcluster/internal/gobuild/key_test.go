package gobuild

import (
	"maps"
	"testing"
	"testing/fstest"
)

func TestHashSourcesChangesWithWhatIsBuilt(t *testing.T) {
	t.Parallel()
	sources := fstest.MapFS{
		"main.go":          {Data: []byte("package main")},
		"go.sum":           {Data: []byte("sum")},
		"main_test.go":     {Data: []byte("package main")},
		"nested/go.mod":    {Data: []byte("module nested")},
		"nested/nested.go": {Data: []byte("package nested")},
	}
	base := hash(t, sources, "go1.26.0", "-s")

	for name, tc := range map[string]struct {
		file, content    string
		toolchain, flags string
		wantSame         bool
	}{
		"nothing":         {wantSame: true},
		"a source":        {file: "main.go", content: "package main //"},
		"a dependency":    {file: "go.sum", content: "other"},
		"a new source":    {file: "sub/sub.go", content: "package sub"},
		"the tool chain":  {toolchain: "go1.27.0"},
		"linker flags":    {flags: "-w"},
		"a test":          {file: "main_test.go", content: "package other", wantSame: true},
		"a nested module": {file: "nested/nested.go", content: "package other", wantSame: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := maps.Clone(sources)
			if tc.file != "" {
				changed[tc.file] = &fstest.MapFile{Data: []byte(tc.content)}
			}
			got := hash(t, changed, or(tc.toolchain, "go1.26.0"), or(tc.flags, "-s"))
			if (got == base) != tc.wantSame {
				t.Errorf("the key stays the same: %t, want %t", got == base, tc.wantSame)
			}
		})
	}
}

func TestHashSourcesKeepsFilesApart(t *testing.T) {
	t.Parallel()
	one := hash(t, fstest.MapFS{"a": {Data: []byte("xy")}, "b": {Data: []byte("z")}})
	other := hash(t, fstest.MapFS{"a": {Data: []byte("x")}, "b": {Data: []byte("yz")}})
	if one == other {
		t.Error("moving a byte from one file to the next does not change the key")
	}
}

func hash(t *testing.T, sources fstest.MapFS, inputs ...string) string {
	t.Helper()
	key, err := hashSources(sources, inputs...)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func or(value, otherwise string) string {
	if value != "" {
		return value
	}
	return otherwise
}
