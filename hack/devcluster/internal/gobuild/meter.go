package gobuild

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/progress"
)

const (
	// reportInterval is the time between two messages about a build.
	reportInterval = 5 * time.Second

	downloading = "go: downloading "
)

// meter reads what the go command says on its standard error, where it names
// each package that it compiles, and tells from it how far the build is.
type meter struct {
	log     *progress.Log
	title   string
	started time.Time
	ended   chan struct{}
	stopped sync.WaitGroup

	mu         sync.Mutex
	line       []byte
	listed     bool // stale is known
	stale      int  // packages to be compiled, the main package not counted
	compiled   int
	downloaded int
	errors     errorTail
}

// startMeter begins to report on a build of p. It first asks the go command
// which packages are not in its cache, which also downloads missing modules.
func (p Program) startMeter(ctx context.Context, log *progress.Log) (*meter, error) {
	m := &meter{log: log, title: p.Title, started: time.Now(), ended: make(chan struct{})}
	log.Printf("building %s from Go modules, once; about ten minutes of CPU time with an empty Go cache", p.Title)
	m.stopped.Go(m.report)

	list := p.command(ctx, p.arguments("list", "-deps", "-f", "{{if and .Stale (ne .Name \"main\")}}{{.ImportPath}}{{end}}", ".")...)
	list.Stderr = m
	stale, err := list.Output()
	if err != nil {
		m.stop()
		return nil, fmt.Errorf("listing the packages of %s: %w\n%s", p.Title, err, m)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.listed, m.stale = true, bytes.Count(stale, []byte("\n"))
	return m, nil
}

// stop ends the reports.
func (m *meter) stop() {
	close(m.ended)
	m.stopped.Wait()
}

func (m *meter) report() {
	tick := time.NewTicker(reportInterval)
	defer tick.Stop()
	for {
		select {
		case <-m.ended:
			return
		case <-tick.C:
			m.log.Printf("  %s: %s", time.Since(m.started).Round(time.Second), m.status())
		}
	}
}

// status says in a few words how far the build is.
func (m *meter) status() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case !m.listed && m.downloaded > 0:
		return fmt.Sprintf("downloading modules, %d so far", m.downloaded)
	case !m.listed:
		return "looking at what there is to compile"
	case m.compiled >= m.stale:
		return "all packages compiled, linking (about 20 s)"
	default:
		return fmt.Sprintf("%d of %d packages compiled (%d %%)", m.compiled, m.stale, 100*m.compiled/m.stale)
	}
}

// Write takes what the go command says; it implements [io.Writer].
func (m *meter) Write(output []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.line = append(m.line, output...)
	for {
		line, rest, complete := bytes.Cut(m.line, []byte("\n"))
		if !complete {
			return len(output), nil
		}
		m.take(string(line))
		m.line = rest
	}
}

// take counts one line. A line without spaces is the name of a package; what
// is not one, and no download either, is an error message.
func (m *meter) take(line string) {
	switch {
	case strings.HasPrefix(line, downloading):
		m.downloaded++
	case strings.ContainsAny(line, " \t#"):
		fmt.Fprintln(&m.errors, line)
	default:
		m.compiled++
	}
}

// String returns the error messages.
func (m *meter) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.errors.String()
}

// errorTail keeps the end of what is written to it, for an error message.
type errorTail struct{ buffer bytes.Buffer }

// tailSize is enough for the first errors of several packages.
const tailSize = 8 << 10

// Write implements [io.Writer].
func (t *errorTail) Write(output []byte) (int, error) {
	t.buffer.Write(output)
	if excess := t.buffer.Len() - tailSize; excess > 0 {
		t.buffer.Next(excess)
	}
	return len(output), nil
}

// String returns what was kept.
func (t *errorTail) String() string { return strings.TrimSpace(t.buffer.String()) }
