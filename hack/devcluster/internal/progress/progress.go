// Package progress says what a command is doing, one line a message.
package progress

import (
	"fmt"
	"io"
	"sync"
)

// Log writes lines to one place; its methods may be called concurrently. A
// nil *Log writes nothing.
type Log struct {
	mu  sync.Mutex
	out io.Writer
}

// To returns a log that writes to out.
func To(out io.Writer) *Log { return &Log{out: out} }

// Printf writes one line.
func (l *Log) Printf(format string, args ...any) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.out, "devcluster: "+format+"\n", args...)
}
