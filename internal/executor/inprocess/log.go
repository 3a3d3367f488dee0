package inprocess

import (
	"context"
	"maps"
	"time"

	"github.com/go-logr/logr"

	"github.com/carillon-dev/carillon/handler"
)

// LogName is the name of the built-in handler that Log returns.
const LogName = "log"

// argMessage is the argument of Log that becomes the message.
const argMessage = "message"

// Log returns a handler that writes one line at the info level: the argument
// "message", the run's identity, and the other arguments together.
func Log(log logr.Logger) handler.Func {
	return func(_ context.Context, run handler.Run) error {
		message := run.Args[argMessage]
		if message == "" {
			message = "run"
		}
		log := log.WithName(LogName).WithValues(
			"namespace", run.Namespace, "task", run.Task, "scheduledTime", run.ScheduledTime.Format(time.RFC3339),
			"attempt", run.Attempt, "source", run.Source, "coalesced", run.Coalesced, "runID", run.ID,
		)
		args := maps.Clone(run.Args)
		delete(args, argMessage)
		if len(args) > 0 {
			log = log.WithValues("args", args)
		}
		log.Info(message)
		return nil
	}
}
