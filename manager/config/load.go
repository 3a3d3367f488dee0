package config

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// FileFlag is the flag that names the file.
const FileFlag = "config"

// Parse reads the flags of a manager and the file that they may name, and returns
// what both say together, valid. further registers flags that belong to somebody
// else. Help and complaints about flags are written to output.
func Parse(args []string, output io.Writer, further func(*pflag.FlagSet)) (*ManagerConfiguration, error) {
	cfg := Default()
	file, err := parseFlags(cfg, args, output, further)
	if err != nil {
		return nil, err
	}
	if file != "" {
		if cfg, err = Load(file); err != nil {
			return nil, err
		}
		// Over the file the flags once more, which have been found good.
		if _, err := parseFlags(cfg, args, io.Discard, further); err != nil {
			return nil, err
		}
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return cfg, nil
}

// parseFlags sets what the flags say, and returns the name of the file.
func parseFlags(cfg *ManagerConfiguration, args []string, output io.Writer, further func(*pflag.FlagSet)) (file string, err error) {
	fs := pflag.NewFlagSet("manager", pflag.ContinueOnError)
	fs.SetOutput(output)
	fs.SortFlags = false // as in the file
	fs.StringVar(&file, FileFlag, "", "File with a "+Kind+"; flags override it.")
	cfg.AddFlags(fs)
	if further != nil {
		further(fs)
	}
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			return "", err //nolint:wrapcheck // it has been given
		}
		return "", fmt.Errorf("%w: see --help", err)
	}
	if fs.NArg() > 0 {
		return "", fmt.Errorf("unexpected argument %q: all settings are flags, see --help", fs.Arg(0))
	}
	return file, nil
}

// Load reads a file. What it leaves out keeps its default; what no field is for is
// an error.
func Load(file string) (*ManagerConfiguration, error) {
	content, err := os.ReadFile(file) //nolint:gosec // the file that --config names
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	cfg, err := Decode(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return cfg, nil
}

// Decode reads a configuration in YAML or JSON, strictly and over the defaults. It
// does not validate what it has read.
func Decode(content []byte) (*ManagerConfiguration, error) {
	scheme := runtime.NewScheme()
	scheme.AddKnownTypes(GroupVersion, &ManagerConfiguration{})
	strict := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{Yaml: true, Strict: true})
	cfg := Default()
	// Into nothing first: over the defaults, which have them, a missing kind and
	// version would go unnoticed.
	_, _, err := strict.Decode(content, nil, nil)
	if err == nil {
		_, _, err = strict.Decode(content, nil, cfg)
	}
	switch {
	case err == nil:
		return cfg, single(content)
	case runtime.IsNotRegisteredError(err), runtime.IsMissingKind(err), runtime.IsMissingVersion(err):
		return nil, fmt.Errorf("write apiVersion: %s and kind: %s: %w", GroupVersion, Kind, err)
	default:
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
}

// single refuses a file with a second document, which nobody would read.
func single(content []byte) error {
	documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content)))
	for count := 0; ; {
		document, err := documents.Read()
		if err != nil {
			return nil //nolint:nilerr // the end: what was read before was good YAML
		}
		if len(bytes.TrimSpace(document)) > 0 {
			count++
		}
		if count > 1 {
			return errors.New("reading the configuration: there is a second document: write all fields into one")
		}
	}
}
