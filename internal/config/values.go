package config

import (
	"flag"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// How a flag is bound to a field of each type.

type adder = func(fs *flag.FlagSet, name, usage string)

func text(p *string) adder {
	return func(fs *flag.FlagSet, name, usage string) { fs.StringVar(p, name, *p, usage) }
}

func boolean(p *bool) adder {
	return func(fs *flag.FlagSet, name, usage string) { fs.BoolVar(p, name, *p, usage) }
}

func number(p *int) adder {
	return func(fs *flag.FlagSet, name, usage string) { fs.IntVar(p, name, *p, usage) }
}

func ratio(p *float64) adder {
	return func(fs *flag.FlagSet, name, usage string) { fs.Float64Var(p, name, *p, usage) }
}

func duration(p *metav1.Duration) adder {
	return func(fs *flag.FlagSet, name, usage string) { fs.DurationVar(&p.Duration, name, p.Duration, usage) }
}

func cidrs(p *CIDRs) adder {
	return func(fs *flag.FlagSet, name, usage string) { fs.Var(&list{words: p}, name, usage) }
}
