package trial

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/apiclient"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/config"
)

const (
	tasksPath = "/apis/carillon.dev/v1alpha1/tasks"

	// terminalInterval is the time between two pictures on a terminal, where
	// each one replaces the one before.
	terminalInterval = time.Second
	// fileInterval is the same where they follow one another.
	fileInterval = 15 * time.Second

	// Escape sequences: up so many lines, and clear from here on.
	cursorUp   = "\x1b[%dA"
	clearBelow = "\x1b[J"
)

// showTasks shows all Tasks with the columns of kubectl get, again and again,
// until ctx ends. It returns the cause of that.
func (t *trial) showTasks(ctx context.Context, out *os.File) error {
	described, err := config.Load(t.cluster.Dir())
	if err != nil {
		return err
	}
	credentials, err := described.Admin(described.HostURL())
	if err != nil {
		return err
	}
	client, err := apiclient.New(credentials)
	if err != nil {
		return err
	}
	picture := &screen{out: out}
	interval := fileInterval
	if picture.size().terminal {
		interval = terminalInterval
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		text := describeTasks(ctx, client)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := picture.show(text); err != nil {
			return errors.Join(errors.New("showing the Tasks"), err)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// describeTasks returns the table as text, or why there is none just now.
func describeTasks(ctx context.Context, client *apiclient.Client) string {
	table, err := client.GetTable(ctx, tasksPath)
	if err != nil {
		return err.Error() + "\n"
	}
	return time.Now().Format("Mon 15:04:05 MST") + "\n" + renderTable(table)
}

// renderTable renders a table as kubectl get --all-namespaces does.
func renderTable(table apiclient.Table) string {
	var text bytes.Buffer
	columns := tabwriter.NewWriter(&text, 0, 0, 3, ' ', 0)
	heads := []string{"NAMESPACE"}
	for _, column := range table.ColumnDefinitions {
		if column.Priority == 0 {
			heads = append(heads, strings.ToUpper(column.Name))
		}
	}
	fmt.Fprintln(columns, strings.Join(heads, "\t"))
	for _, row := range table.Rows {
		fmt.Fprintln(columns, strings.Join(cells(table.ColumnDefinitions, row), "\t"))
	}
	_ = columns.Flush() // A buffer takes everything.
	return text.String()
}

// cells returns the text of those cells of a row that are shown.
func cells(columns []apiclient.Column, row apiclient.Row) []string {
	texts := []string{row.Object.Metadata.Namespace}
	for i, cell := range row.Cells {
		switch {
		case i >= len(columns) || columns[i].Priority != 0:
		case cell == nil:
			texts = append(texts, "")
		default:
			texts = append(texts, fmt.Sprint(cell))
		}
	}
	return texts
}

// screen shows one text in place of another where it is a terminal.
type screen struct {
	out   *os.File
	lines int // of the text shown last
}

// size is that of a terminal, or says that there is none.
type size struct {
	terminal      bool
	columns, rows int
}

func (s *screen) size() size {
	window, err := unix.IoctlGetWinsize(int(s.out.Fd()), unix.TIOCGWINSZ)
	if err != nil || window.Col == 0 {
		return size{}
	}
	return size{terminal: true, columns: int(window.Col), rows: int(window.Row)}
}

// show replaces what was shown before by text.
func (s *screen) show(text string) error {
	var output strings.Builder
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if size := s.size(); size.terminal {
		lines = fit(lines, size)
		if s.lines > 0 {
			fmt.Fprintf(&output, cursorUp, s.lines)
		}
		output.WriteString("\r" + clearBelow)
		s.lines = len(lines)
	}
	for _, line := range lines {
		output.WriteString(line + "\n")
	}
	_, err := io.WriteString(s.out, output.String())
	return err
}

// fit cuts lines to the size of a terminal, where a longer one would wrap and
// one more would scroll, and both spoil the count.
func fit(lines []string, size size) []string {
	if most := size.rows - 1; most > 1 && len(lines) > most {
		hidden := len(lines) - most + 1
		lines = append(lines[:most-1:most-1], fmt.Sprintf("… and %d more", hidden))
	}
	fitted := make([]string, len(lines))
	for i, line := range lines {
		runes := []rune(line)
		fitted[i] = string(runes[:min(len(runes), size.columns)])
	}
	return fitted
}
