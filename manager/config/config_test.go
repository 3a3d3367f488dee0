package config_test

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/manager/config"
)

// head begins a file.
const head = "apiVersion: config.carillon.dev/v1alpha1\nkind: ManagerConfiguration\n"

// parse reads a file, if there is one, and flags.
func parse(t *testing.T, file string, args ...string) (*config.ManagerConfiguration, error) {
	t.Helper()
	if file != "" {
		path := filepath.Join(t.TempDir(), "manager.yaml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append([]string{"--config=" + path}, args...)
	}
	return config.Parse(args, io.Discard, nil)
}

func TestWhatIsLeftOutKeepsItsDefault(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"no file":           "",
		"an empty one":      head,
		"empty sections":    head + "metrics: {}\nleaderElection: {}\n",
		"sections of null":  head + "metrics: null\ntracing: null\n",
		"JSON":              `{"apiVersion": "config.carillon.dev/v1alpha1", "kind": "ManagerConfiguration"}`,
		"fields of no text": head + "metrics: {certDir: \"\"}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parse(t, file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(config.Default(), got); diff != "" {
				t.Errorf("(-default +got):\n%s", diff)
			}
		})
	}
}

func TestFlagsOverrideTheFile(t *testing.T) {
	t.Parallel()
	file := head + `
maxWorkers: 7
shutdownTimeout: 1m
leaderElection: {enabled: false}
http: {allowCIDRs: [10.0.0.0/8], denyCIDRs: [192.168.0.0/16]}
watchNamespaces: [team-a]
`
	got, err := parse(t, file, "--max-workers=9", "--http-allow-cidr=127.0.0.1/32,fd00::/8", "--http-allow-cidr=127.0.0.2/32", "--leader-elect", "--watch-namespaces=team-b,team-c")
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.MaxWorkers = 9
	want.WatchNamespaces = []string{"team-b", "team-c"}
	want.ShutdownTimeout = metav1.Duration{Duration: time.Minute} // no flag
	want.HTTP.AllowCIDRs = config.CIDRs{"127.0.0.1/32", "fd00::/8", "127.0.0.2/32"}
	want.HTTP.DenyCIDRs = config.CIDRs{"192.168.0.0/16"} // no flag
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestBadFiles shows that a file is refused with the path of the field and what to
// write instead.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		file string
		want []string // parts of the error
	}{
		"a field that there is not":    {head + "metrics: {bindAdress: \":8443\"}\n", []string{`unknown field "metrics.bindAdress"`}},
		"a field that is there twice":  {head + "maxWorkers: 1\nmaxWorkers: 2\n", []string{`"maxWorkers" already set`}},
		"another case":                 {head + "maxworkers: 1\n", []string{`unknown field "maxworkers"`}},
		"no kind":                      {"apiVersion: config.carillon.dev/v1alpha1\n", []string{"kind: ManagerConfiguration"}},
		"no version":                   {"kind: ManagerConfiguration\n", []string{"apiVersion: config.carillon.dev/v1alpha1"}},
		"another version":              {"apiVersion: config.carillon.dev/v9\nkind: ManagerConfiguration\n", []string{"apiVersion: config.carillon.dev/v1alpha1"}},
		"another kind":                 {"apiVersion: v1\nkind: ConfigMap\n", []string{"kind: ManagerConfiguration"}},
		"no YAML":                      {"\t", []string{"reading the configuration"}},
		"a duration in words":          {head + "shutdownTimeout: 5 minutes\n", []string{"5 minutes"}},
		"a number in words":            {head + "maxWorkers: many\n", []string{"maxWorkers"}},
		"no workers":                   {head + "maxWorkers: 0\n", []string{"maxWorkers: Invalid value: 0: must be at least 1", "--max-workers"}},
		"a negative timeout":           {head + "shutdownTimeout: -1s\n", []string{"shutdownTimeout", "write 0s", "--shutdown-timeout"}},
		"an address without a port":    {head + "metrics: {bindAddress: localhost}\n", []string{"metrics.bindAddress", "such as :8443", "--metrics-bind-address"}},
		"a port that is none":          {head + "health: {bindAddress: \":99999\"}\n", []string{"health.bindAddress", "--health-probe-bind-address"}},
		"a certificate for http":       {head + "metrics: {secure: false, certDir: /certs}\n", []string{"metrics.certDir", "metrics.secure", "--metrics-cert-dir"}},
		"a relative certificate":       {head + "metrics: {certDir: certs}\n", []string{"metrics.certDir", "an absolute path"}},
		"renewing after the end":       {head + "leaderElection: {renewDeadline: 20s}\n", []string{"leaderElection.renewDeadline", "shorter than leaderElection.leaseDuration (15s)"}},
		"retrying too seldom":          {head + "leaderElection: {retryPeriod: 9s}\n", []string{"leaderElection.retryPeriod", "9s", "1.2 times"}},
		"a namespace that is none":     {head + "leaderElection: {namespace: My Namespace}\n", []string{"leaderElection.namespace", "lower case"}},
		"no name of a namespace":       {head + "watchNamespaces: [team-a, Team B]\n", []string{"watchNamespaces[1]", `"Team B" is not the name of a namespace`, "--watch-namespaces"}},
		"a negative limit":             {head + "limits: {minimumInterval: -1s, maximumInstances: -1}\n", []string{"limits.minimumInterval", "write 0s for no limit", "limits.maximumInstances", "--limit-maximum-instances"}},
		"no name of an account":        {head + "serviceAccounts: {default: kube-system/admin}\n", []string{"serviceAccounts.default", "must be the name of a ServiceAccount, such as tasks", "--default-service-account"}},
		"part of a second":             {head + "limits: {minimumInterval: 1500ms}\n", []string{"limits.minimumInterval", "whole seconds", "--limit-minimum-interval"}},
		"no in-process runs":           {head + "maxInProcessRuns: 0\n", []string{"maxInProcessRuns: Invalid value: 0: must be at least 1", "--max-in-process-runs"}},
		"fewer workers than a pool":    {head + "limits: {maximumWorkers: 10}\n", []string{"limits.maximumWorkers", "at least maxWorkers"}},
		"an address that is no CIDR":   {head + "http: {denyCIDRs: [10.0.0.0/8, 10.0.0.1]}\n", []string{"http.denyCIDRs[1]", "10.0.0.1", "127.0.0.1/32", "--http-deny-cidr"}},
		"a level that is none":         {head + "log: {level: loud}\n", []string{"log.level", "debug, info, warn or error", "--log-level"}},
		"an endpoint that is no URL":   {head + "tracing: {endpoint: \"collector:4318\"}\n", []string{"tracing.endpoint", "http://otel-collector:4318", "--tracing-endpoint"}},
		"an endpoint with a password":  {head + "tracing: {endpoint: \"http://me:secret@collector\"}\n", []string{"tracing.endpoint", "OTEL_EXPORTER_OTLP_HEADERS"}},
		"an endpoint with a key":       {head + "tracing: {endpoint: \"http://collector?key=secret\"}\n", []string{"tracing.endpoint", "OTEL_EXPORTER_OTLP_HEADERS"}},
		"more than all runs":           {head + "tracing: {samplingRatio: 1.5}\n", []string{"tracing.samplingRatio", "from 0 to 1"}},
		"two mistakes are both named":  {head + "maxWorkers: 0\nlog: {level: loud}\n", []string{"maxWorkers", "log.level"}},
		"a second document is no file": {head + "---\n" + head, []string{"reading the configuration"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(t, tc.file)
			if err == nil {
				t.Fatal("it is taken")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error is %q, want one with %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

func TestBadFlags(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args []string
		want string // part of the error
	}{
		"an address is no CIDR":   {[]string{"--http-allow-cidr=10.0.0.1"}, "10.0.0.0/8 or 127.0.0.1/32"},
		"no name of a namespace":  {[]string{"--watch-namespaces=team_a"}, `"team_a" is not the name of a namespace`},
		"a namespace is left out": {[]string{"--watch-namespaces="}, `"" is not the name of a namespace`},
		"a namespace twice":       {[]string{"--watch-namespaces=a,b,a"}, `watchNamespaces[2]: Invalid value: "a": is there already: write every namespace once (flag --watch-namespaces)`},
		"a pattern of namespaces": {[]string{"--watch-namespaces=*"}, "leave it out to watch all namespaces"},
		"no workers":              {[]string{"--max-workers=0"}, "maxWorkers: Invalid value: 0: must be at least 1 (flag --max-workers)"},
		"a flag that is not ours": {[]string{"--leader-elct"}, "unknown flag: --leader-elct: see --help"},
		"an argument":             {[]string{"run"}, "all settings are flags"},
		"a file that is not":      {[]string{"--config=/nowhere/manager.yaml"}, "/nowhere/manager.yaml"},
		"help":                    {[]string{"--help"}, pflag.ErrHelp.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := parse(t, "", tc.args...); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
		})
	}
}

// TestEveryFieldIsAnOption shows that no field is without a flag, that each flag sets
// the field that it is listed with and no other, and that a file does the same.
func TestEveryFieldIsAnOption(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"string": "0", "bool": "", "int": "3", "float64": "0.5", "metav1.Duration": "11s", "config.CIDRs": "10.0.0.0/8", "[]string": "team-a",
		"config.Hosts": "hooks.example:8443", "config.HTTPRules": "{namespaces: [team-a], ports: [443]}",
	}
	options := map[string]config.Option{}
	for _, o := range config.Default().Options() {
		options[o.Field] = o
	}
	for path, kind := range fields(reflect.TypeFor[config.ManagerConfiguration](), "") {
		o, ok := options[path]
		if !ok {
			t.Errorf("%s has no option", path)
			continue
		}
		delete(options, path)
		value, ok := values[kind]
		if !ok {
			t.Errorf("%s is of the type %s, for which there is no value here", path, kind)
		}
		cfg := config.Default()
		fs := pflag.NewFlagSet("manager", pflag.ContinueOnError)
		cfg.AddFlags(fs)
		if kind == "bool" {
			value = map[string]string{"true": "false", "false": "true"}[fs.Lookup(o.Flag).DefValue]
		}
		if err := fs.Set(o.Flag, value); err != nil {
			t.Errorf("--%s=%s: %v", o.Flag, value, err)
		}
		changed := differences(t, config.Default(), cfg)
		if len(changed) != 1 || changed[0] != path {
			t.Errorf("--%s changes %q, want %s", o.Flag, changed, path)
		}
		written, err := yaml.Marshal(cfg)
		if err != nil {
			t.Fatal(err)
		}
		read, err := config.Decode(written)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if diff := cmp.Diff(cfg, read); diff != "" {
			t.Errorf("%s as a file (-flag +file):\n%s", path, diff)
		}
	}
	for path := range options {
		t.Errorf("the option %s is of no field", path)
	}
}

// fields lists the paths of the fields of a type and of those in it, with their types.
func fields(typ reflect.Type, prefix string) map[string]string {
	found := map[string]string{}
	for f := range typ.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "": // kind and version
		case f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[metav1.Duration]():
			maps.Copy(found, fields(f.Type, prefix+name+"."))
		default:
			found[prefix+name] = strings.ReplaceAll(f.Type.String(), "v1.Duration", "metav1.Duration")
		}
	}
	return found
}

// differences lists the paths of the fields in which two configurations differ.
func differences(t *testing.T, a, b *config.ManagerConfiguration) (changed []string) {
	t.Helper()
	cmp.Equal(a, b, cmp.Reporter(&differing{found: &changed}))
	return changed
}

type differing struct {
	path  cmp.Path
	found *[]string
}

func (d *differing) PushStep(step cmp.PathStep) { d.path = append(d.path, step) }
func (d *differing) PopStep()                   { d.path = d.path[:len(d.path)-1] }

func (d *differing) Report(result cmp.Result) {
	if result.Equal() {
		return
	}
	typ, words := reflect.TypeFor[config.ManagerConfiguration](), []string{}
	for _, step := range d.path {
		field, ok := step.(cmp.StructField)
		if !ok || typ == reflect.TypeFor[metav1.Duration]() {
			continue
		}
		f, _ := typ.FieldByName(field.Name())
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		words, typ = append(words, name), f.Type
	}
	*d.found = append(*d.found, strings.Join(words, "."))
}
