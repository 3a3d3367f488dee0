// Package output prints in the formats that kubectl knows.
package output

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/printers"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/internal/cli/kube"
)

// Wide is the format of a table with more columns.
const Wide = "wide"

// Objects are the flags of a command that prints objects of Kubernetes: for programs as
// json, yaml, name, or by a template, and for people in a format of its own.
type Objects struct {
	flags     *genericclioptions.PrintFlags
	own       []string
	noHeaders bool
}

// AddFlags adds --output and what belongs to it. own are the formats of the command
// itself, beside the one that it has without the flag.
func (o *Objects) AddFlags(cmd *cobra.Command, own ...string) {
	o.own = own
	o.flags = genericclioptions.NewPrintFlags("").WithTypeSetter(kube.Scheme)
	o.flags.AddFlags(cmd)
	cmd.Flags().Lookup("output").Usage = "Output format: " + strings.Join(o.formats(), ", ") + "."
	if slices.Contains(own, Wide) {
		cmd.Flags().BoolVar(&o.noHeaders, "no-headers", false, "Leave out the names of the columns.")
	}
}

func (o *Objects) formats() []string { return slices.Concat(o.own, o.flags.AllowedFormats()) }

// ForPeople reports whether the command itself prints.
func (o *Objects) ForPeople() bool {
	format := *o.flags.OutputFormat
	template := *o.flags.TemplatePrinterFlags.TemplateArgument != ""
	return format == "" && !template || slices.Contains(o.own, format)
}

// Check says what is wrong with the flags, before anything is asked of the cluster.
func (o *Objects) Check() error {
	if o.ForPeople() {
		return nil
	}
	_, err := o.flags.ToPrinter()
	if genericclioptions.IsNoCompatiblePrinterError(err) {
		return fmt.Errorf("--output %q: must be one of %s", *o.flags.OutputFormat, strings.Join(o.formats(), ", "))
	}
	return err //nolint:wrapcheck // it names the flag
}

// Print prints an object for a program.
func (o *Objects) Print(w io.Writer, object runtime.Object) error {
	printer, err := o.flags.ToPrinter()
	if err != nil {
		return err //nolint:wrapcheck // it names the flag
	}
	show := func(object runtime.Object) error { return printer.PrintObj(object, w) }
	if *o.flags.OutputFormat == "name" && meta.IsListType(object) {
		err = meta.EachListItem(object, show) // a list has no name
	} else {
		err = show(object)
	}
	if err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}

// Table is a printer for a table of the command itself.
func (o *Objects) Table() printers.ResourcePrinter {
	return printers.NewTablePrinter(printers.PrintOptions{NoHeaders: o.noHeaders, Wide: *o.flags.OutputFormat == Wide})
}

// Answer is the flag of a command that answers in words: in sentences for people, as json
// or yaml for programs.
type Answer struct{ format string }

// AddFlags adds --output.
func (a *Answer) AddFlags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&a.format, "output", "o", "", "Output format: json or yaml.")
}

// Check says what is wrong with the flag.
func (a *Answer) Check() error {
	if !slices.Contains([]string{"", "json", "yaml"}, a.format) {
		return fmt.Errorf("--output %q: must be json or yaml", a.format)
	}
	return nil
}

// ForPeople reports whether the command itself prints.
func (a *Answer) ForPeople() bool { return a.format == "" }

// Print prints an answer for a program.
func (a *Answer) Print(w io.Writer, answer any) error {
	data, err := json.MarshalIndent(answer, "", "    ")
	if err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	if a.format == "yaml" {
		if data, err = yaml.JSONToYAML(data); err != nil {
			return fmt.Errorf("printing: %w", err)
		}
	} else {
		data = append(data, '\n')
	}
	_, err = w.Write(data)
	return err //nolint:wrapcheck // writing to the terminal
}
