package config

import (
	"encoding/json"
	"strings"

	"github.com/spf13/pflag"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// How a flag is bound to a field of each type.

type adder = func(fs *pflag.FlagSet, name, usage string)

func text(p *string) adder {
	return func(fs *pflag.FlagSet, name, usage string) { fs.StringVar(p, name, *p, usage) }
}

func boolean(p *bool) adder {
	return func(fs *pflag.FlagSet, name, usage string) { fs.BoolVar(p, name, *p, usage) }
}

func number(p *int) adder {
	return func(fs *pflag.FlagSet, name, usage string) { fs.IntVar(p, name, *p, usage) }
}

func ratio(p *float64) adder {
	return func(fs *pflag.FlagSet, name, usage string) { fs.Float64Var(p, name, *p, usage) }
}

func duration(p *metav1.Duration) adder {
	return func(fs *pflag.FlagSet, name, usage string) { fs.DurationVar(&p.Duration, name, p.Duration, usage) }
}

func cidrs(p *CIDRs) adder {
	return func(fs *pflag.FlagSet, name, usage string) {
		fs.Var(&list[CIDRs]{words: p, check: func(word string) error { _, err := parseCIDR(word); return err }}, name, usage)
	}
}

func namespaces(p *[]string) adder {
	return func(fs *pflag.FlagSet, name, usage string) {
		fs.Var(&list[[]string]{words: p, check: checkNamespace}, name, usage)
	}
}

func hosts(p *Hosts) adder {
	return func(fs *pflag.FlagSet, name, usage string) {
		fs.Var(&list[Hosts]{words: p, check: func(word string) error { _, err := parseHost(word); return err }}, name, usage)
	}
}

func words(p *[]string) adder {
	return func(fs *pflag.FlagSet, name, usage string) {
		fs.Var(&list[[]string]{words: p, check: checkNoProxy}, name, usage)
	}
}

func rules(p *HTTPRules) adder {
	return func(fs *pflag.FlagSet, name, usage string) { fs.Var(&ruleList{rules: p}, name, usage) }
}

// ruleList is the value of a flag that is repeated for each rule. The first one replaces
// what a file says; further ones add.
//
// +kubebuilder:object:generate=false
type ruleList struct {
	rules *HTTPRules
	set   bool
}

// Type implements pflag.Value.
func (*ruleList) Type() string { return "rule" }

// String implements pflag.Value.
func (l *ruleList) String() string {
	if l.rules == nil || len(*l.rules) == 0 {
		return ""
	}
	written, err := json.Marshal(*l.rules)
	if err != nil {
		return err.Error()
	}
	return string(written)
}

// Set implements pflag.Value.
func (l *ruleList) Set(value string) error {
	rule, err := parseHTTPRule(value)
	if err != nil {
		return err
	}
	if !l.set {
		*l.rules, l.set = nil, true
	}
	*l.rules = append(*l.rules, rule)
	return nil
}

// list is the value of a flag that may be repeated, or hold several words with
// commas between. The first one replaces what a file says; further ones add.
//
// +kubebuilder:object:generate=false
type list[S ~[]string] struct {
	words *S
	check func(word string) error
	set   bool
}

// Type implements pflag.Value.
func (*list[S]) Type() string { return "list" }

// String implements pflag.Value.
func (l *list[S]) String() string {
	if l.words == nil { // a zero value is asked, too
		return ""
	}
	return strings.Join(*l.words, ",")
}

// Set implements pflag.Value.
func (l *list[S]) Set(value string) error {
	if !l.set {
		*l.words, l.set = nil, true
	}
	for word := range strings.SplitSeq(value, ",") {
		if err := l.check(word); err != nil {
			return err
		}
		*l.words = append(*l.words, word)
	}
	return nil
}
