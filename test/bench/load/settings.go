package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/test/bench/load/figures"
	"github.com/carillon-dev/carillon/test/bench/load/rig"
)

// settings are the flags that all benchmarks have, and what goes with them.
type settings struct {
	flags    *flag.FlagSet
	messages io.Writer

	rounds   int
	json     string
	managers stringsFlag
	verbose  bool
}

func newSettings(kind figures.Kind, messages io.Writer) *settings {
	s := &settings{flags: flag.NewFlagSet(string(kind), flag.ContinueOnError), messages: messages}
	s.flags.SetOutput(messages)
	s.flags.IntVar(&s.rounds, "rounds", 3, "how often everything is measured")
	s.flags.StringVar(&s.json, "json", string(kind)+".json", "file for the figures as JSON; empty: none")
	s.flags.Var(&s.managers, "manager-flag", "a further flag of the manager; may be repeated")
	s.flags.BoolVar(&s.verbose, "v", false, "show what the clusters say")
	return s
}

func (s *settings) parse(args []string) error {
	if err := s.flags.Parse(args); err != nil {
		return fmt.Errorf("flags: %w", err)
	}
	if s.flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", s.flags.Arg(0))
	}
	if s.rounds < 1 {
		return errors.New("--rounds must be at least 1")
	}
	return nil
}

// say reports progress.
func (s *settings) say(format string, args ...any) {
	fmt.Fprintf(s.messages, "%s "+format+"\n", append([]any{time.Now().Format(time.TimeOnly)}, args...)...)
}

// start starts a cluster with further flags of its components.
func (s *settings) start(ctx context.Context, flags map[string][]string) (*rig.Cluster, error) {
	messages := io.Discard
	if s.verbose {
		messages = s.messages
	}
	return rig.Start(ctx, flags, messages)
}

// newResult returns a result without figures yet.
func (s *settings) newResult(kind figures.Kind) (*figures.Result, error) {
	machine, err := rig.Machine()
	if err != nil {
		return nil, err
	}
	r := &figures.Result{Kind: kind, Time: time.Now().UTC().Truncate(time.Second), Machine: machine, Settings: map[string]string{}}
	s.flags.VisitAll(func(f *flag.Flag) {
		if f.Name != "json" && f.Name != "v" && f.Value.String() != "" {
			r.Settings[f.Name] = f.Value.String()
		}
	})
	return r, nil
}

// finish prints the tables of a result and saves it.
func (s *settings) finish(r *figures.Result, out io.Writer) error {
	if err := figures.WriteTables(out, r); err != nil {
		return err
	}
	if s.json == "" {
		return nil
	}
	return r.Save(s.json)
}

// withProgram builds the manager and calls do with it.
func withProgram(ctx context.Context, profiled bool, do func(rig.Program) error) error {
	dir, err := os.MkdirTemp("", "carillon-bench-program-")
	if err != nil {
		return fmt.Errorf("making a directory: %w", err)
	}
	program, err := rig.Build(ctx, dir, profiled)
	if err == nil {
		err = do(program)
	}
	return errors.Join(err, os.RemoveAll(dir))
}

// stringsFlag is a flag that may be repeated.
type stringsFlag []string

func (f *stringsFlag) String() string { return strings.Join(*f, " ") }

// Set implements [flag.Value].
func (f *stringsFlag) Set(value string) error {
	*f = append(*f, value)
	return nil
}

// numbersFlag is a list of whole numbers, separated by commas.
type numbersFlag []int

func (f *numbersFlag) String() string {
	texts := make([]string, len(*f))
	for i, n := range *f {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, ",")
}

// Set implements [flag.Value].
func (f *numbersFlag) Set(value string) error {
	*f = nil
	for text := range strings.SplitSeq(value, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is no positive number", text)
		}
		*f = append(*f, n)
	}
	return nil
}
