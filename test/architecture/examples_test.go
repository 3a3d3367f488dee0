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

// TestExamples_ShowAllThatIsExported holds that an example, which runs as a test, uses each exported
// function, method and type of the public packages. Types that only functions return, such as the
// elements of a slice, show by their fields.
func TestExamples_ShowAllThatIsExported(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"handler", "manager", "manager/config", "trigger"} {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			exported, shown := map[string]token.Position{}, map[string]bool{}
			for path, file := range parseDir(t, dir) {
				switch {
				case filepath.Base(path) == "example_test.go":
					ast.Inspect(file.syntax, func(node ast.Node) bool {
						if name, ok := node.(*ast.Ident); ok {
							shown[name.Name] = true
						}
						return true
					})
				case !strings.HasSuffix(path, "_test.go") && !strings.HasPrefix(filepath.Base(path), "zz_"):
					for name, pos := range exportedIn(file.syntax) {
						exported[name] = file.set.Position(pos)
					}
				}
			}
			if len(exported) == 0 {
				t.Error("nothing is exported; the rule proves nothing")
			}
			for name, pos := range exported {
				if !shown[name] {
					t.Errorf("%s: no example uses %s: add one to %s/example_test.go", pos, name, dir)
				}
			}
		})
	}
}

type parsed struct {
	set    *token.FileSet
	syntax *ast.File
}

func parseDir(t *testing.T, dir string) map[string]parsed {
	t.Helper()
	files := map[string]parsed{}
	paths, err := filepath.Glob(filepath.Join("..", "..", dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = parsed{set, file}
	}
	if err := filepath.WalkDir(filepath.Join("..", "..", dir), func(string, fs.DirEntry, error) error { return nil }); err != nil {
		t.Fatal(err)
	}
	return files
}

// returned are types that examples show by their fields.
var returned = map[string]bool{"Change": true, "Warning": true, "Option": true, "Registry": true}

// implements are methods of interfaces that everybody knows, or that are called by the package flag.
var implements = map[string]bool{"Error": true, "Unwrap": true, "String": true, "Set": true}

// exportedIn returns the exported functions, methods of exported types, and types of a file.
func exportedIn(file *ast.File) map[string]token.Pos {
	found := map[string]token.Pos{}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Name.IsExported() && !implements[decl.Name.Name] && isExportedReceiver(decl.Recv) {
				found[decl.Name.Name] = decl.Pos()
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				if spec, ok := spec.(*ast.TypeSpec); ok && spec.Name.IsExported() && !returned[spec.Name.Name] {
					found[spec.Name.Name] = spec.Pos()
				}
			}
		}
	}
	return found
}

func isExportedReceiver(receiver *ast.FieldList) bool {
	if receiver == nil {
		return true
	}
	expression := receiver.List[0].Type
	if star, ok := expression.(*ast.StarExpr); ok {
		expression = star.X
	}
	name, ok := expression.(*ast.Ident)
	return ok && name.IsExported()
}
