// Package architecture tests that packages import in one direction:
//
//	cmd → app → controller, executor → scheduler/engine → scheduler/decide → scheduler/model → trigger
//
// with api as a leaf, so that the scheduler core can be read, tested and simulated
// without Kubernetes and without a clock.
package architecture

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/carillon-dev/carillon"

// rule says what the packages below some paths must not import.
type rule struct {
	// of are the paths of the packages. Those in the module begin with "./".
	of []string
	// except are paths below them that the rule is not about.
	except []string
	// forbidden tells whether a package must not be imported.
	forbidden func(pkg string) bool
	// direct is true if only the package's own imports count, and not what those
	// import in turn.
	direct bool
	// reason is why.
	reason string
}

var rules = map[string]rule{
	"the core knows no Kubernetes": {
		of: []string{"./trigger", "./internal/scheduler"},
		forbidden: func(pkg string) bool {
			return within(pkg, "k8s.io", "sigs.k8s.io", "./api") && !within(pkg, "k8s.io/utils/clock")
		},
		reason: "what decides when to run must be testable without a cluster; translation belongs in internal/controller",
	},
	"the core stands on the standard library": {
		of: []string{"./trigger", "./internal/scheduler"},
		forbidden: func(pkg string) bool {
			// The other two are interfaces that stand on nothing themselves.
			return !standard(pkg) && !within(pkg, "./trigger", "./internal/scheduler", "k8s.io/utils/clock", "github.com/go-logr/logr")
		},
		reason: "others may want to import it, and its behaviour must not change with a dependency",
	},
	"the core reaches nothing outside": {
		of:        []string{"./trigger", "./internal/scheduler"},
		forbidden: func(pkg string) bool { return within(pkg, "net", "os", "syscall") && pkg != "net/netip" },
		direct:    true, // fmt needs os
		reason:    "its inputs are its arguments and its ports",
	},
	"the core makes no requests": {
		of:        []string{"./trigger", "./internal/scheduler"},
		forbidden: func(pkg string) bool { return within(pkg, "net/http", "os/exec") },
		reason:    "its inputs are its arguments and its ports",
	},
	"the model is a leaf": {
		of:        []string{"./internal/scheduler/model"},
		forbidden: func(pkg string) bool { return within(pkg, "./internal") && !within(pkg, "./internal/scheduler/model") },
		reason:    "everything else of the core stands on it",
	},
	"decisions do not depend on the engine": {
		of: []string{"./internal/scheduler/decide"},
		forbidden: func(pkg string) bool {
			return within(pkg, "./internal") && !within(pkg, "./internal/scheduler/decide", "./internal/scheduler/model")
		},
		reason: "Decide is a pure function of the model",
	},
	"the fixtures of tests do not ship": {
		of:        []string{"./api", "./cmd", "./internal", "./manager"},
		except:    []string{"./internal/scheduler/fixture"},
		forbidden: func(pkg string) bool { return within(pkg, "./internal/scheduler/fixture") },
		reason:    "import it from _test.go files only",
	},
	"triggers know nothing of runs": {
		of:        []string{"./trigger"},
		forbidden: func(pkg string) bool { return within(pkg, "./internal") && !within(pkg, "./trigger") },
		reason:    "a trigger is a pure function of time",
	},
	"the API is a leaf": {
		of:     []string{"./api"},
		except: []string{"./api/v1alpha1/applyconfiguration"}, // generated, and stands on client-go
		forbidden: func(pkg string) bool {
			return !standard(pkg) && !within(pkg, "k8s.io/api", "k8s.io/apimachinery")
		},
		direct: true,
		reason: "clients take the types without a controller",
	},
	"the API takes no client along": {
		of:     []string{"./api"},
		except: []string{"./api/v1alpha1/applyconfiguration"},
		forbidden: func(pkg string) bool {
			return within(pkg, "./internal", "./cmd", "k8s.io/client-go", "sigs.k8s.io/controller-runtime")
		},
		reason: "clients take the types without a controller",
	},
	"what a Task's trigger means needs no manager": {
		of: []string{"./internal/taskspec"},
		forbidden: func(pkg string) bool {
			return within(pkg, "./internal", "k8s.io/client-go", "sigs.k8s.io/controller-runtime") && !within(pkg, "./internal/taskspec", "./internal/scheduler/model", "./trigger")
		},
		reason: "the manager and the command line tool read it by the same code",
	},
	"what the manager is told stands alone": {
		of: []string{"./manager/config"},
		forbidden: func(pkg string) bool {
			return within(pkg, "./internal", "./api", "k8s.io/client-go", "sigs.k8s.io/controller-runtime") && !within(pkg, "./manager/config")
		},
		reason: "the reference is made from it, and authors of a file may check it",
	},
	"metrics and traces are told by the core alone": {
		of: []string{"./internal/metrics", "./internal/tracing"},
		forbidden: func(pkg string) bool {
			return within(pkg, "./internal") && !within(pkg, "./internal/metrics", "./internal/tracing", "./internal/scheduler", "./trigger")
		},
		reason: "they count and show what has been recorded, and take part in nothing",
	},
	"the command line tool needs no manager": {
		of: []string{"./internal/cli", "./config"},
		forbidden: func(pkg string) bool {
			return within(pkg, "./internal", "sigs.k8s.io/controller-runtime") && !within(pkg, "./internal/cli", "./internal/taskspec", "./internal/scheduler/model", "./trigger")
		},
		reason: "it foretells by the same triggers, and does nothing that the manager does",
	},
	"the plugin is in internal/cli": {
		of: []string{"./cmd/kubectl-carillon"},
		forbidden: func(pkg string) bool {
			return within(pkg, "./internal", "./api", "./config") && !within(pkg, "./internal/cli")
		},
		direct: true,
		reason: "commands that are not in internal/cli are not tested",
	},
	"functions of Tasks stand on the standard library": {
		of:        []string{"./handler"},
		forbidden: func(pkg string) bool { return !standard(pkg) && !within(pkg, "./handler") },
		reason:    "a function must be testable without the manager",
	},
	"executors know no controllers": {
		of:        []string{"./internal/executor"},
		forbidden: func(pkg string) bool { return within(pkg, "./internal/controller") },
		reason:    "an executor is given runs by the core and reports to it",
	},
	"controllers know no executors": {
		of:        []string{"./internal/controller"},
		forbidden: func(pkg string) bool { return within(pkg, "./internal/executor") },
		reason:    "a controller reports to the core what exists; starting runs is the core's",
	},
	"stores and listeners know no controllers and executors": {
		of:        []string{"./internal/store", "./internal/listener", "./internal/translate"},
		forbidden: func(pkg string) bool { return within(pkg, "./internal/controller", "./internal/executor") },
		reason:    "they are used by them",
	},
	"reading Pods of runs needs no executor": {
		of: []string{"./internal/runpod", "./internal/payload", "./internal/runinfo", "./internal/excerpt"},
		forbidden: func(pkg string) bool {
			return within(pkg, "./internal/controller", "./internal/executor", "./internal/scheduler/engine", "./internal/scheduler/decide")
		},
		reason: "executors and controllers share it",
	},
	"only cmd stands above the composition root": {
		of:        []string{"./api", "./internal", "./hack"},
		except:    []string{"./internal/app"},
		forbidden: func(pkg string) bool { return within(pkg, "./internal/app") },
		reason:    "internal/app knows everybody, so nobody else needs to",
	},
	"programs see the composition root alone": {
		of:        []string{"./cmd/manager"},
		forbidden: func(pkg string) bool { return within(pkg, "./internal", "./api") && !within(pkg, "./internal/app") },
		direct:    true,
		reason:    "wiring that is not in internal/app is not tested",
	},
	"what helps tests does not ship": {
		of:     []string{"./api", "./cmd", "./internal", "./handler", "./manager", "./trigger"},
		except: []string{"./internal/testutil", "./internal/scheduler/fixture"},
		forbidden: func(pkg string) bool {
			return within(pkg, "./internal/testutil", "testing",
				"github.com/google/go-cmp/cmp", "github.com/onsi", "pgregory.net/rapid", "go.uber.org/goleak")
		},
		direct: true,
		reason: "import it from _test.go files only",
	},
}

func TestImports(t *testing.T) {
	t.Parallel()
	watchSources(t)
	packages := list(t)
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checked := 0
			for _, p := range packages {
				if !within(p.path(), rule.of...) || within(p.path(), rule.except...) {
					continue
				}
				checked++
				imports := p.Deps
				if rule.direct {
					imports = p.Imports
				}
				for _, pkg := range imports {
					if rule.forbidden(trim(pkg)) {
						t.Errorf("%s imports %s: %s", p.path(), trim(pkg), rule.reason)
					}
				}
			}
			if checked == 0 {
				t.Errorf("no package below %s; the rule proves nothing", strings.Join(rule.of, ", "))
			}
		})
	}
}

// watchSources looks at every directory of the sources. The result of a test is kept
// until a file changes that the test itself has looked at, and it is go list that
// reads the sources.
func watchSources(t *testing.T) {
	t.Helper()
	for _, dir := range []string{"api", "cmd", "config", "hack", "handler", "internal", "manager", "trigger"} {
		err := filepath.WalkDir(filepath.Join("..", "..", dir), func(string, fs.DirEntry, error) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
	}
}

// listed is what go list says of a package, its tests aside.
type listed struct {
	ImportPath    string
	Imports, Deps []string
}

func (p listed) path() string { return trim(p.ImportPath) }

// list returns the module's packages.
func list(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,Deps", module+"/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("listing packages: %v\n%s", err, &stderr)
	}
	var packages []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("reading the list of packages: %v", err)
		}
		packages = append(packages, p)
	}
}

// trim shortens the path of a package in the module to one that begins with "./".
func trim(pkg string) string {
	if rest, ok := strings.CutPrefix(pkg, module+"/"); ok {
		return "./" + rest
	}
	return pkg
}

// within reports whether a package is one of the paths, or below one.
func within(pkg string, paths ...string) bool {
	return slices.ContainsFunc(paths, func(p string) bool { return pkg == p || strings.HasPrefix(pkg, p+"/") })
}

// standard reports whether a package is of the standard library.
func standard(pkg string) bool { return slices.Contains(standardPackages(), pkg) }

var standardPackages = sync.OnceValue(func() []string {
	out, err := exec.Command("go", "list", "std").Output()
	if err != nil {
		panic(err)
	}
	return strings.Fields(string(out))
})
