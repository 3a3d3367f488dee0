package gitops_test

import (
	"os"
	"path/filepath"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func unstructuredOf(obj map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: obj}
}

func TestArgoCDHealth(t *testing.T) {
	t.Parallel()
	for name, tc := range situations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, message := health(t, tc.object(t).Object); got != tc.wantHealth || message == "" {
				t.Errorf("it is %s: %q, want %s with a message", got, message, tc.wantHealth)
			}
		})
	}
	t.Run("there is no status", func(t *testing.T) {
		t.Parallel()
		obj := situations["scheduled"].object(t).Object
		delete(obj, "status")
		if got, _ := health(t, obj); got != "Progressing" {
			t.Errorf("it is %s, want Progressing", got)
		}
	})
}

// health asks the script as Argo CD does.
func health(t *testing.T, obj map[string]any) (status, message string) {
	t.Helper()
	script, err := os.ReadFile(filepath.Join("..", "..", "docs", "integrations", "argocd", "health.lua"))
	if err != nil {
		t.Fatal(err)
	}
	l := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer l.Close()
	for _, lib := range []lua.LGFunction{lua.OpenBase, lua.OpenTable, lua.OpenString} {
		l.Push(l.NewFunction(lib))
		l.Call(0, 0)
	}
	l.SetGlobal("obj", luaOf(l, obj))
	if err := l.DoString(string(script)); err != nil {
		t.Fatal(err)
	}
	result, ok := l.Get(-1).(*lua.LTable)
	if !ok {
		t.Fatalf("the script returned %s", l.Get(-1))
	}
	return lua.LVAsString(result.RawGetString("status")), lua.LVAsString(result.RawGetString("message"))
}

// luaOf is a value of JSON in Lua.
func luaOf(l *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case map[string]any:
		table := l.NewTable()
		for key, entry := range value {
			table.RawSetString(key, luaOf(l, entry))
		}
		return table
	case []any:
		table := l.NewTable()
		for _, entry := range value {
			table.Append(luaOf(l, entry))
		}
		return table
	case string:
		return lua.LString(value)
	case bool:
		return lua.LBool(value)
	case float64:
		return lua.LNumber(value)
	case int64:
		return lua.LNumber(value)
	default:
		return lua.LNil
	}
}
