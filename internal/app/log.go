package app

import (
	"io"
	"log/slog"

	"github.com/go-logr/logr"
)

// NewLogger logs JSON lines, in the form of log/slog, from a level on.
func NewLogger(w io.Writer, least slog.Level) logr.Logger {
	return logr.FromSlogHandler(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: least}))
}
