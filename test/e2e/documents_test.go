package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/internal/testutil/pages"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// runElsewhere are the commands of pages that other specs run, as far as they have to be
// written here to be told.
var runElsewhere = map[string][]string{
	"README.md": {
		"make run",                  // makerun_test.go, and makecurrent_test.go for the current cluster
		"make image IMAGE=carillon", // makecurrent_test.go, with an image that is loaded into the node
		"make image IMAGE=registry", // there is no registry
		"kubectl delete schedulers.carillon.dev --all",
	},
	startPage:            {"make run"},                                     // makerun_test.go, which follows the page there
	"docs/production.md": {"kubectl delete schedulers.carillon.dev --all"}, // incluster_test.go
	// The short variants of the benchmarks, in test/bench/load, and the test of their report.
	"docs/performance.md": {"make bench-", "go -C test/bench run ./load report"},
}

// startPage is followed on a cluster with config/default, as all pages are, and on make run.
const startPage = "docs/getting-started.md"

// given is what there must be before the commands of a page are run, beside the files
// that the page shows: it is theirs who read it.
var given = map[string]string{
	"README.md":        `kubectl apply -f report.yaml`,
	"docs/concepts.md": `kubectl apply -f config/samples/report.yaml`,
	"docs/quick-reference.md": `kubectl apply -f config/samples/report.yaml
		kubectl annotate task report carillon.dev/run-requested-at=now`,
	"docs/cli.md": `kubectl apply -f nightly.yaml
		kubectl wait task nightly --for=condition=Ready`,
	"docs/gitops.md": `cp config/samples/report.yaml task.yaml
		cat >only-the-image.yaml <<-EOF` + onlyTheImage + `EOF`,
	"docs/runbooks.md": `kubectl create namespace team-a
		kubectl -n team-a create quota small --hard=pods=0
		kubectl -n team-a apply -f - <<-EOF` + refusedReport + `EOF
		until kubectl -n team-a get events --field-selector reason=RunDelayed | grep -q RunDelayed; do sleep 0.5; done
		until kubectl -n team-a get events --field-selector reason=RunMissed | grep -q RunMissed; do sleep 0.5; done`,
	"docs/spec/task.md": `kubectl apply -f - <<-EOF` + neverValid + `EOF
		kubectl wait task never-valid --for=condition=Stalled
		kubectl create --dry-run=client -o yaml -f config/samples/report.yaml | sed 's/^spec:/spec:\n  paused: true/' | kubectl apply -f -
		until kubectl get events --field-selector involvedObject.name=report | grep -q Paused; do sleep 0.5; done`,
	"docs/coming-from-cronjob.md": `kubectl create cronjob report --image=devcluster.local/busybox:1 --schedule="30 8 * * 1-5"`,
}

// onlyTheImage is a part of the Task report.
const onlyTheImage = `
apiVersion: carillon.dev/v1alpha1
kind: Task
metadata: {name: report}
spec: {action: {pod: {template: {spec: {containers: [{name: report, image: "devcluster.local/tools:1"}]}}}}}
`

// refusedReport has runs that no Pod can be created for, and neverValid a template that
// the API server refuses.
const (
	refusedReport = `
apiVersion: carillon.dev/v1alpha1
kind: Task
metadata: {name: report}
spec:
  trigger: {interval: {seconds: 5}}
  misfireGracePeriod: 4s
  action: {pod: {template: {spec: {containers: [{name: main, image: "devcluster.local/busybox:1", command: ["true"]}]}}}}
`
	neverValid = `
apiVersion: carillon.dev/v1alpha1
kind: Task
metadata: {name: never-valid}
spec:
  trigger: {schedule: "0 0 1 1 *"}
  action: {pod: {template: {spec: {containers: [{name: main, image: "devcluster.local/busybox:1", volumeMounts: [{name: nowhere, mountPath: /data}]}]}}}}
`
)

// otherwise is what a command says when it ends with an error although it is right.
var otherwise = map[string]string{
	// Nothing has crashed here.
	"kubectl -n carillon-system logs deployment/carillon-manager --previous": "previous terminated container",
	// No save has failed either.
	"kubectl -n carillon-system logs deployment/carillon-manager | grep 'saving a decision'": "Found 2 pods",
	"kubectl -n carillon-system logs deployment/carillon-manager | grep \"stands still\"":    "Found 2 pods",
	// It is about a conflict.
	"kubectl apply --server-side --field-manager=image-updater -f only-the-image.yaml": "Apply failed with 1 conflict: conflict with \"kubectl-client-side-apply\"",
}

// A command as a document shows it.
type documented struct {
	pages.Block
	command string
	// output is what the page says that it prints. It is empty if it does not say.
	output string
}

// documentedCommands returns the commands of a page in their order.
func documentedCommands(page string) (all []documented) {
	GinkgoHelper()
	commands, err := pages.Commands(env.root, page)
	Expect(err).NotTo(HaveOccurred())
	for _, c := range commands {
		all = append(all, documented{Block: c.Block, command: c.Command, output: c.Output})
	}
	return all
}

// fromElsewhere reports whether another spec runs it.
func (d documented) fromElsewhere() bool {
	return slices.ContainsFunc(runElsewhere[d.Page], func(known string) bool { return strings.HasPrefix(d.command, known) })
}

// documentedAs returns the command of a page that begins in a way, for a spec that runs
// it in its place.
func documentedAs(page, beginning string) string {
	GinkgoHelper()
	for _, d := range documentedCommands(page) {
		if strings.HasPrefix(d.command, beginning) {
			return d.command
		}
	}
	Fail(page + " has no command that begins with " + beginning)
	return ""
}

// reader is somebody who types what the documents say.
type reader struct {
	// dir is where they are and have the files that the page shows.
	dir string
	// variables are those of their shell.
	variables []string
	// begun is what they have typed before into each of their shells.
	begun string
}

// newReader returns a reader of a page, in the namespace default.
func newReader(page string) *reader {
	GinkgoHelper()
	dir, err := os.MkdirTemp("", "carillon-reader-")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(os.RemoveAll, dir)
	files, err := pages.Read(env.root, page, "yaml")
	Expect(err).NotTo(HaveOccurred())
	for _, file := range files {
		if file.Title != "" {
			Expect(os.WriteFile(filepath.Join(dir, file.Title), []byte(file.Text), 0o600)).To(Succeed())
		}
	}
	// Paths of the repository mean the same as from its root.
	Expect(os.Symlink(filepath.Join(env.root, "config"), filepath.Join(dir, "config"))).To(Succeed())
	return &reader{dir: dir, variables: append(os.Environ(),
		"KUBECONFIG="+env.Kubeconfig(),
		"PATH="+filepath.Dir(env.plugin)+":"+env.Bin()+":"+os.Getenv("PATH"))}
}

// types runs a command in a shell, and returns what it prints.
func (r *reader) types(ctx context.Context, command string) (string, error) {
	shell := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", r.begun+command)
	shell.Dir, shell.Env = r.dir, r.variables
	shell.WaitDelay = time.Second // What it started may have its output open.
	output, err := shell.CombinedOutput()
	return string(output), err
}

// follows runs the commands of a page, and compares what they print with what it shows.
func (r *reader) follows(ctx context.Context, page string) {
	GinkgoHelper()
	if before := given[page]; before != "" {
		output, err := r.types(ctx, before)
		Expect(err).NotTo(HaveOccurred(), "what is given for %s:\n%s", page, output)
	}
	for _, d := range documentedCommands(page) {
		if d.fromElsewhere() {
			continue
		}
		By(d.String() + ": " + strings.TrimSpace(d.command))
		output, err := r.types(ctx, d.command)
		if said, known := otherwise[strings.TrimSpace(d.command)]; known && err != nil {
			Expect(output).To(ContainSubstring(said), d.String())
			continue
		}
		Expect(err).NotTo(HaveOccurred(), "%s: %s\n%s", d, d.command, output)
		if d.output != "" {
			Expect(shape(output)).To(Equal(shape(d.output)), "%s: the first line that %s prints", d, d.command)
		}
	}
}

// shape is what stays the same of a text from one time to the next: its first line, which
// of a table is the names of its columns, but for instants.
func shape(text string) []string {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return strings.Fields(instant.ReplaceAllString(first, "(an instant)"))
}

var instant = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

// specifyDocuments shows that every command in the documents works, on a cluster with
// config/default.
// releasesPage is followed by the tests of the program that makes releases.
const releasesPage = "docs/releasing.md"

func specifyDocuments() {
	all, err := pages.All(repository)
	if err != nil {
		panic(err)
	}
	for _, page := range all {
		if page == releasesPage || page == tutorialPage {
			continue
		}
		It("does what "+page+" says", func(ctx SpecContext) {
			if !slices.ContainsFunc(documentedCommands(page), func(d documented) bool { return !d.fromElsewhere() }) {
				Skip("it has no commands, or none that is not run by other specs")
			}
			DeferCleanup(func(ctx SpecContext) {
				if CurrentSpecReport().Failed() {
					describeNamespace(ctx, "default")
				}
				kubectl(ctx, "default", "delete", "cronjobs,tasks.carillon.dev,schedulers.carillon.dev", "--all", "--timeout=60s")
				kubectl(ctx, "", "delete", "clusterrolebinding", "prometheus-carillon", "--ignore-not-found")
				kubectl(ctx, "", "delete", "namespace", "team-a", "--ignore-not-found", "--timeout=60s")
			}, NodeTimeout(2*time.Minute))
			newReader(page).follows(ctx, page)
		}, SpecTimeout(2*time.Minute))
	}
}
