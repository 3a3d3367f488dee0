package inprocess

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/time/rate"

	"github.com/carillon-dev/carillon/handler"
	"github.com/carillon-dev/carillon/internal/excerpt"
)

// LogName is the name of the built-in handler that Log returns.
const LogName = "log"

// argMessage is the argument of Log that becomes the message.
const argMessage = "message"

// Bounds of what Tasks write into the manager's log.
const (
	// maxLogText is how many bytes the message may have, and how many all other
	// arguments together; maxLogArg is the same for one of their names and values.
	maxLogText = 256
	maxLogArg  = 128
	// A Task writes a line a second, and the lines of a minute at once: so many slots of
	// one second may have been waiting for the manager.
	linesPerSecond = 1
	linesAtOnce    = 60
	// forgetInterval is how often Tasks that have not logged since are forgotten. By then
	// they may write linesAtOnce again.
	forgetInterval = linesAtOnce * time.Second / linesPerSecond
)

// Log returns a handler that writes one line at the info level: the run's identity, the
// argument "message", and the other arguments together. The message of the line itself is
// always the same, so that no Task can imitate lines of the manager. A Task writes a line a
// second on average; the next one counts those that were left out.
func Log(log logr.Logger) handler.Func {
	limit := &logLimit{log: log.WithName(LogName), tasks: map[taskName]*logged{}}
	return func(_ context.Context, run handler.Run) error {
		task := taskName{run.Namespace, run.Task}
		suppressed, ok := limit.admit(task, time.Now())
		if !ok {
			return nil
		}
		line := limit.log.WithValues(
			"namespace", run.Namespace, "task", run.Task, "scheduledTime", run.ScheduledTime.Format(time.RFC3339),
			"attempt", run.Attempt, "source", run.Source, "coalesced", run.Coalesced, "runID", run.ID,
		)
		if message := excerpt.Of(run.Args[argMessage], maxLogText); message != "" {
			line = line.WithValues("message", message)
		}
		if args, omitted := boundedArgs(run.Args); len(args)+omitted > 0 {
			line = line.WithValues("args", args)
			if omitted > 0 {
				line = line.WithValues("argsOmitted", omitted)
			}
		}
		if suppressed > 0 {
			line = line.WithValues("suppressedLines", suppressed)
		}
		line.Info("a Task logs")
		return nil
	}
}

// boundedArgs returns the arguments but for the message, in the order of their names as far
// as there is room, and how many there is none for.
func boundedArgs(args map[string]string) (kept map[string]string, omitted int) {
	names := make([]string, 0, len(args))
	for name := range args {
		if name != argMessage {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	kept, room := map[string]string{}, maxLogText
	for _, name := range names {
		shown, value := excerpt.Of(name, maxLogArg), excerpt.Of(args[name], maxLogArg)
		if _, twice := kept[shown]; twice || len(shown)+len(value) > room {
			omitted++
			continue
		}
		kept[shown] = value
		room -= len(shown) + len(value)
	}
	return kept, omitted
}

// logLimit bounds how many lines a Task writes.
type logLimit struct {
	log logr.Logger

	mu        sync.Mutex
	tasks     map[taskName]*logged
	forgotten time.Time // when it was last looked for Tasks to forget
}

// taskName is the name of a Task with its namespace.
type taskName struct{ namespace, name string }

// logged is what is known of the lines of a Task.
type logged struct {
	limiter    *rate.Limiter
	last       time.Time // of a line that was written
	suppressed int       // lines since then
}

// admit reports whether a Task may write a line now, and how many were left out before.
func (l *logLimit) admit(task taskName, now time.Time) (suppressed int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget(now)
	known := l.tasks[task]
	if known == nil {
		known = &logged{limiter: rate.NewLimiter(linesPerSecond, linesAtOnce)}
		l.tasks[task] = known
	}
	if !known.limiter.AllowN(now, 1) {
		known.suppressed++
		return 0, false
	}
	suppressed = known.suppressed
	known.last, known.suppressed = now, 0
	return suppressed, true
}

// forget drops the Tasks that have not logged for a while, and says of which lines were
// left out at the end.
func (l *logLimit) forget(now time.Time) {
	if now.Sub(l.forgotten) < forgetInterval {
		return
	}
	l.forgotten = now
	for task, known := range l.tasks {
		if now.Sub(known.last) < forgetInterval {
			continue
		}
		if known.suppressed > 0 {
			l.log.Info("a Task has logged more than is written", "namespace", task.namespace, "task", task.name, "suppressedLines", known.suppressed)
		}
		delete(l.tasks, task)
	}
}
