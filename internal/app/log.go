package app

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/go-logr/logr"
)

// logLevel reads the name of a level.
func logLevel(name string) (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(name)); err != nil {
		return 0, fmt.Errorf("--log-level %q is not a level: write debug, info, warn or error", name)
	}
	return level, nil
}

// NewLogger logs JSON lines, in the form of log/slog.
func NewLogger(w io.Writer, level string) (logr.Logger, error) {
	least, err := logLevel(level)
	if err != nil {
		return logr.Logger{}, err
	}
	return logr.FromSlogHandler(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: least})), nil
}
