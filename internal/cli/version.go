package cli

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/carillon-dev/carillon/internal/cli/text"
	"github.com/carillon-dev/carillon/trigger"
)

func newVersionCommand(streams genericiooptions.IOStreams) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of the plugin and of its time zone rules.",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			w := text.NewTable(streams.Out)
			fmt.Fprintf(w, "Carillon\t%s\n", buildVersion())
			fmt.Fprintf(w, "tzdata\t%s\n", trigger.ZoneData())
			fmt.Fprintf(w, "Go\t%s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return w.Flush() //nolint:wrapcheck // writing to the terminal
		},
	}
}

// buildVersion is the version of the module that the program was built from.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	return cmp.Or(info.Main.Version, "(devel)")
}
