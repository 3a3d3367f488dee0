package config_test

import (
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/carillon-dev/carillon/manager/config"
)

func ExampleDefault() {
	fmt.Println(config.Default().MaxInProcessRuns)
	// Output: 1000
}

// A file is read strictly, over the defaults.
func ExampleDecode() {
	cfg, err := config.Decode([]byte(`
apiVersion: config.carillon.dev/v1alpha1
kind: ManagerConfiguration
watchNamespaces: [team-a]
`))
	fmt.Println(cfg.WatchNamespaces, cfg.MaxWorkers, err)
	// Output: [team-a] 20 <nil>
}

// Flags override the file that --config names.
func ExampleParse() {
	cfg, err := config.Parse([]string{"--max-workers=5"}, io.Discard, nil)
	fmt.Println(cfg.MaxWorkers, err)
	// Output: 5 <nil>
}

func ExampleLoad() {
	_, err := config.Load("missing.yaml")
	fmt.Println(err)
	// Output: reading the configuration: open missing.yaml: no such file or directory
}

func ExampleManagerConfiguration_Validate() {
	cfg := config.Default()
	cfg.MaxWorkers = 0
	fmt.Println(cfg.Validate())
	// Output: maxWorkers: Invalid value: 0: must be at least 1 (flag --max-workers)
}

// A program of your own may have the flags among others.
func ExampleManagerConfiguration_AddFlags() {
	cfg, flags := config.Default(), pflag.NewFlagSet("program", pflag.ContinueOnError)
	cfg.AddFlags(flags)
	err := flags.Parse([]string{"--watch-namespaces=team-a,team-b"})
	fmt.Println(cfg.WatchNamespaces, err)
	// Output: [team-a team-b] <nil>
}

func ExampleManagerConfiguration_Options() {
	first := config.Default().Options()[0]
	fmt.Println(first.Field, "--"+first.Flag)
	// Output: metrics.bindAddress --metrics-bind-address
}

func ExampleCIDRs_Prefixes() {
	_, err := config.CIDRs{"10.0.0.0"}.Prefixes()
	fmt.Println(err)
	// Output: "10.0.0.0" is not a CIDR: write an address and the length of its prefix, such as 10.0.0.0/8 or 127.0.0.1/32
}

// A configuration can be built of its parts.
func ExampleManagerConfiguration() {
	cfg := config.Default()
	cfg.Metrics = config.Metrics{BindAddress: "127.0.0.1:8080"}
	cfg.Health = config.Health{BindAddress: "0"}
	cfg.LeaderElection = config.LeaderElection{Enabled: false}
	cfg.Limits = config.Limits{MaximumInstances: 10, Namespace: config.NamespaceLimits{Tasks: 500}}
	cfg.ServiceAccounts = config.ServiceAccounts{Default: "tasks", Require: true}
	cfg.HTTP = config.HTTP{
		ResponseExcerpt: "none",
		DenyCIDRs:       config.CIDRs{"192.168.0.0/16"},
		Rules:           config.HTTPRules{{Namespaces: []string{"team-a"}, Hosts: []string{"hooks.example"}}},
	}
	cfg.Log, cfg.Tracing = config.Log{Level: "debug"}, config.Tracing{SamplingRatio: 0.1}
	check := func(cfg *config.ManagerConfiguration) error { return cfg.Validate() }
	fmt.Println(check(cfg))
	// Output: <nil>
}

// The first rule for a namespace decides. With rules, a namespace without one reaches nothing.
func ExampleHTTPRule() {
	rule := config.HTTPRule{Namespaces: []string{"team-*"}, Hosts: []string{"hooks.example"}, Ports: []int32{443}}
	cfg := config.Default()
	cfg.HTTP.Rules = config.HTTPRules{rule}
	fmt.Println(cfg.Validate())
	// Output: <nil>
}

func ExampleHosts_Addresses() {
	fmt.Println(config.Hosts{"hooks.internal.example", "hooks.internal.example:8443"}.Addresses())
	// Output: [hooks.internal.example:443 hooks.internal.example:8443] <nil>
}

func ExampleHTTP_Proxy() {
	proxied := config.HTTP{ProxyURL: "http://proxy.example:3128"}
	fmt.Println(proxied.Proxy())
	// Output: http://proxy.example:3128 <nil>
}

func ExampleLog_Slog() {
	level := config.Log{Level: "warn"}
	fmt.Println(level.Slog())
	// Output: WARN <nil>
}
