package handler

import (
	"context"
	"sync"
)

// message is what a function says of its run.
type message struct {
	mu   sync.Mutex
	text string
}

type messageKey struct{}

// SetMessage sets what the Task's status shows of the run when it has succeeded, such as
// "archived 12 orders"; the text of an error takes its place. ctx is that of the function, or made
// from it. The first 800 bytes are kept, and the last message counts. Without a run in ctx it does nothing.
func SetMessage(ctx context.Context, text string) {
	if m, ok := ctx.Value(messageKey{}).(*message); ok {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.text = text
	}
}

// WithMessage returns a context in which SetMessage keeps its message, and what returns that. The
// manager makes one for each attempt; tests of functions may.
func WithMessage(ctx context.Context) (context.Context, func() string) {
	m := &message{}
	return context.WithValue(ctx, messageKey{}, m), func() string {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.text
	}
}
