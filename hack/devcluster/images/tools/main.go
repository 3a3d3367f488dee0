// Command tools is what test containers run: it prints, waits, fails and
// serves.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const usage = `usage: tools COMMAND [ARGUMENT...] [and COMMAND [ARGUMENT...]]...
  echo TEXT...      print the words of a text
  env [PREFIX]      print the environment variables whose names start so
  sleep DURATION    wait, 1m30s for example; a termination signal ends it with code 143
  exit CODE         end with that code
  message TEXT...   write the container's termination message
  serve [ADDRESS]   serve HTTP, at :8080, and print every request with its headers;
                    ?status=503&delay=2s in a request chooses the answer`

// separator stands between two commands, which are run one after the other.
const separator = "and"

// terminationMessageFile is where Kubernetes looks for a container's last
// words, unless its Pod says otherwise.
const terminationMessageFile = "/dev/termination-log"

// terminatedCode is what a shell calls the end by SIGTERM.
const terminatedCode = 128 + int(syscall.SIGTERM)

// commands are what the program can do.
var commands = map[string]func(arguments []string) error{
	"echo":    echo,
	"env":     printEnvironment,
	"exit":    exit,
	"message": message,
	"serve":   serve,
	"sleep":   sleep,
}

func main() {
	exitWhenTerminated()
	for arguments := range splitCommands(os.Args[1:]) {
		if err := run(arguments); err != nil {
			fmt.Fprintln(os.Stderr, "tools:", err)
			os.Exit(2)
		}
	}
}

// exitWhenTerminated makes termination signals work although the program is
// the first one of its container, which the kernel shields from them.
func exitWhenTerminated() {
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-terminated
		fmt.Fprintln(os.Stdout, "terminated")
		os.Exit(terminatedCode)
	}()
}

// splitCommands yields the commands between separators.
func splitCommands(arguments []string) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		for {
			end := slices.Index(arguments, separator)
			if end < 0 {
				yield(arguments)
				return
			}
			if !yield(arguments[:end]) {
				return
			}
			arguments = arguments[end+1:]
		}
	}
}

func run(arguments []string) error {
	if len(arguments) == 0 {
		return fmt.Errorf("no command\n%s", usage)
	}
	command, ok := commands[arguments[0]]
	if !ok {
		return fmt.Errorf("unknown command %q\n%s", arguments[0], usage)
	}
	return command(arguments[1:])
}

func echo(words []string) error {
	_, err := fmt.Fprintln(os.Stdout, strings.Join(words, " "))
	return err
}

func printEnvironment(arguments []string) error {
	prefix := strings.Join(arguments, "")
	for _, variable := range slices.Sorted(slices.Values(os.Environ())) {
		if strings.HasPrefix(variable, prefix) {
			fmt.Fprintln(os.Stdout, variable)
		}
	}
	return nil
}

func sleep(arguments []string) error {
	duration, err := time.ParseDuration(strings.Join(arguments, ""))
	if err != nil {
		return err
	}
	time.Sleep(duration)
	return nil
}

func exit(arguments []string) error {
	code, err := strconv.Atoi(strings.Join(arguments, ""))
	if err != nil {
		return fmt.Errorf("the exit code: %w", err)
	}
	os.Exit(code)
	return nil
}

func message(words []string) error {
	return os.WriteFile(terminationMessageFile, []byte(strings.Join(words, " ")), 0o600)
}
