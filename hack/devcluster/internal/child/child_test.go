package child

import (
	"os/exec"
	"testing"
	"time"
)

func TestTerminate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		script   string
		patience time.Duration
		want     string
	}{
		"one that obeys": {script: `trap 'exit 3' TERM; echo; while :; do sleep 0.01; done`, patience: time.Minute, want: "exit status 3"},
		"one that won't": {script: `trap '' TERM; echo; exec sleep 1h`, patience: time.Millisecond, want: "signal: killed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command := exec.CommandContext(t.Context(), "sh", "-c", tc.script)
			trapped := make(firstWrite, 1)
			command.Stdout = trapped
			p, err := Start(command)
			if err != nil {
				t.Fatal(err)
			}
			<-trapped
			p.Terminate(tc.patience)
			if got := p.Err(); got == nil || got.Error() != tc.want {
				t.Errorf("the end was %v, want %s", got, tc.want)
			}
			if !p.Stopped() {
				t.Error("Stopped() = false after Terminate")
			}
		})
	}
}

func TestAnEndOfItsOwn(t *testing.T) {
	t.Parallel()
	p, err := Start(exec.CommandContext(t.Context(), "true"))
	if err != nil {
		t.Fatal(err)
	}
	<-p.Ended()
	if p.Err() != nil || p.Stopped() {
		t.Errorf("Err() = %v, Stopped() = %t, want a good end of its own", p.Err(), p.Stopped())
	}
}

func TestStartOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	if _, err := Start(exec.CommandContext(t.Context(), "/nowhere")); err == nil {
		t.Error("Start() succeeded")
	}
}

// firstWrite tells when the process has written something.
type firstWrite chan struct{}

func (w firstWrite) Write(text []byte) (int, error) {
	select {
	case w <- struct{}{}:
	default:
	}
	return len(text), nil
}
