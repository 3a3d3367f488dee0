package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestErrors_WrapNoIgnoredError finds an IgnoreNotFound or another such filter among the
// arguments of fmt.Errorf: it turns the error that is to be ignored into one that is not
// nil and reads "%!w(<nil>)".
func TestErrors_WrapNoIgnoredError(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, dir := range []string{"api", "cmd", "examples", "hack", "handler", "internal", "manager", "test", "trigger"} {
		err := filepath.WalkDir(filepath.Join("..", "..", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
				return err
			}
			checked++
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for _, pos := range wrappedFilters(file) {
				t.Errorf("%s: fmt.Errorf wraps a filtered error: return nil first if it is to be ignored", files.Position(pos))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if checked == 0 {
		t.Error("no Go file found; the rule proves nothing")
	}
}

func TestErrors_FindsWrappedFilters(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		statement string
		want      int
	}{
		"direct":        {`return fmt.Errorf("reading: %w", client.IgnoreNotFound(err))`, 1},
		"nested":        {`return fmt.Errorf("reading: %w", errors.Join(err, client.IgnoreAlreadyExists(err)))`, 1},
		"checked first": {`if err := client.IgnoreNotFound(f()); err != nil { return fmt.Errorf("reading: %w", err) }; return nil`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := parser.ParseFile(token.NewFileSet(), "f.go", "package p\nfunc f(err error) error { "+tc.statement+" }", 0)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(wrappedFilters(file)); got != tc.want {
				t.Errorf("%d found, want %d", got, tc.want)
			}
		})
	}
}

// wrappedFilters returns the position of every call of a function Ignore... that is an
// argument of fmt.Errorf.
func wrappedFilters(file *ast.File) []token.Pos {
	var found []token.Pos
	ast.Inspect(file, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok || called(call) != "fmt.Errorf" {
			return true
		}
		for _, arg := range call.Args {
			ast.Inspect(arg, func(node ast.Node) bool {
				if inner, ok := node.(*ast.CallExpr); ok {
					if _, name, _ := strings.Cut(called(inner), "."); strings.HasPrefix(name, "Ignore") {
						found = append(found, inner.Pos())
					}
				}
				return true
			})
		}
		return true
	})
	return found
}

// called is the function that a call names, as package.Name; empty for others.
func called(call *ast.CallExpr) string {
	if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
		if pkg, ok := sel.X.(*ast.Ident); ok {
			return pkg.Name + "." + sel.Sel.Name
		}
	}
	return ""
}
