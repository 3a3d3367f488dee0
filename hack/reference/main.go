// Command reference writes the pages of the documentation that are made from the
// source: the manager's configuration, and its metrics.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/internal/metrics"
	"github.com/carillon-dev/carillon/manager/config"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("name the directory to write the pages to")
	}
	settings, err := configurationPage()
	if err != nil {
		return err
	}
	for name, page := range map[string]string{"configuration.md": settings, "metrics.md": metricsPage()} {
		if err := os.WriteFile(filepath.Join(args[0], name), []byte(page), 0o644); err != nil { //nolint:gosec // for everybody to read
			return fmt.Errorf("writing a page: %w", err)
		}
	}
	return nil
}

const configurationIntro = `# Configuration of the manager

<!-- Written by make generate from manager/config. -->

A file, named by ` + "`--config`" + `, and flags. A flag that is given overrides the file; what neither says keeps its default. The manager logs all of it when it starts. Nothing in it is secret.

Unknown fields, duplicate fields, and values that cannot work are refused with the path of the field and what to write instead; the manager does not start then.

| field | flag | default | meaning |
|---|---|---|---|
`

// configurationPage lists the options, and shows the file with the defaults.
func configurationPage() (string, error) {
	var page strings.Builder
	page.WriteString(configurationIntro)
	cfg := config.Default()
	fs := pflag.NewFlagSet("manager", pflag.ContinueOnError)
	cfg.AddFlags(fs)
	for _, o := range cfg.Options() {
		value := "none"
		if text := fs.Lookup(o.Flag).DefValue; text != "" {
			value = "`" + text + "`"
		}
		fmt.Fprintf(&page, "| `%s` | `--%s` | %s | %s |\n", o.Field, o.Flag, value, cell(o.Usage))
	}
	file, err := yaml.Marshal(cfg)
	if err != nil {
		return "", fmt.Errorf("writing the defaults: %w", err)
	}
	fmt.Fprintf(&page, "\nThe file that says what is the default anyway:\n\n```yaml\n%s```\n", file)
	return page.String(), nil
}

const metricsIntro = `# Metrics

<!-- Written by make generate from internal/metrics. -->

At ` + "`/metrics`" + `, besides those of controller-runtime and the Go runtime. No label has values whose number grows with that of Tasks or Pods; those of executors are bounded. Who may read them, and how, is in [operations](../operations.md#metrics).

A manager that stands by decides nothing and counts nothing: sum up those of all managers.

| metric | kind | labels | meaning |
|---|---|---|---|
`

func metricsPage() string {
	var page strings.Builder
	page.WriteString(metricsIntro)
	for _, d := range metrics.Definitions() {
		labels := make([]string, 0, len(d.Labels))
		for _, label := range d.Labels {
			labels = append(labels, "`"+label.Name+"`: "+label.Values)
		}
		fmt.Fprintf(&page, "| `%s` | %s | %s | %s |\n", d.Name, d.Kind, strings.Join(labels, "; "), cell(d.Help))
	}
	return page.String()
}

// cell is a text in a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
