package convert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/resource"
	"sigs.k8s.io/yaml"

	"github.com/carillon-dev/carillon/internal/cli/kube"
)

const long = `Print Tasks that do what CronJobs do, and say field by field what they do in another way
or not at all. CronJobs are read from files, or with names from the cluster; nothing is
changed there.

The Tasks run at the same times: kubectl carillon next -f shows them.`

const example = `  # Of a file
  kubectl carillon convert -f cronjob.yaml > task.yaml
  kubectl carillon next -f task.yaml

  # All of a namespace, and fail if something has no equivalent
  kubectl carillon convert --all --strict`

// options are the arguments of convert.
type options struct {
	*kube.Factory

	files  resource.FilenameOptions
	all    bool
	strict bool
	output string
}

// NewCommand returns the command.
func NewCommand(f *kube.Factory) *cobra.Command {
	o := &options{Factory: f}
	cmd := &cobra.Command{
		Use:     "convert (-f FILE | CRONJOB... | --all)",
		Short:   "Print Tasks that do what CronJobs do.",
		Long:    long,
		Example: example,
		RunE:    func(cmd *cobra.Command, names []string) error { return o.run(cmd.Context(), names) },
	}
	flags := cmd.Flags()
	flags.StringSliceVarP(&o.files.Filenames, "filename", "f", nil, `A file, a directory, or "-" for the standard input. May be given more than once.`)
	flags.BoolVarP(&o.files.Recursive, "recursive", "R", false, "Directories with all that is below them.")
	flags.BoolVar(&o.all, "all", false, "All CronJobs of the namespace.")
	flags.BoolVar(&o.strict, "strict", false, "Exit with 1 if anything was dropped.")
	flags.StringVarP(&o.output, "output", "o", "yaml", "Output format: yaml or json.")
	return cmd
}

// A cronJob is what was read, and what of it is in no CronJob.
type cronJob struct {
	batchv1.CronJob

	unknown error
}

func (o *options) run(ctx context.Context, names []string) error {
	if err := o.check(names); err != nil {
		return err
	}
	var found []cronJob
	var err error
	if len(o.files.Filenames) > 0 {
		found, err = o.fromFiles()
	} else {
		found, err = o.fromCluster(ctx, names)
	}
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errors.New("there are no CronJobs of batch/v1 in the input")
	}
	return o.convert(found)
}

// check looks at the arguments.
func (o *options) check(names []string) error {
	sources := 0
	for _, given := range []bool{len(o.files.Filenames) > 0, len(names) > 0, o.all} {
		if given {
			sources++
		}
	}
	switch {
	case sources != 1:
		return errors.New("write one of -f FILE, names of CronJobs, and --all")
	case o.output != "yaml" && o.output != "json":
		return fmt.Errorf("--output %q: must be yaml or json", o.output)
	default:
		return nil
	}
}

// convert prints the Tasks, and the notes on the other stream.
func (o *options) convert(found []cronJob) error {
	dropped, failed := 0, 0
	for i := range found {
		name := found[i].Name
		task, notes, err := Convert(&found[i].CronJob)
		if found[i].unknown != nil {
			notes = append(notes, Note{Field: "CronJob", Dropped: true, Text: found[i].unknown.Error()})
		}
		for _, note := range notes {
			fmt.Fprintf(o.ErrOut, "%s: %s\n", name, note)
			if note.Dropped {
				dropped++
			}
		}
		if err != nil {
			failed++
			fmt.Fprintf(o.ErrOut, "%s: Error: %v\n", name, err)
			continue
		}
		if err := o.print(task, i > 0); err != nil {
			return err
		}
	}
	switch {
	case failed > 0:
		return fmt.Errorf("%d of %d CronJobs cannot be converted", failed, len(found))
	case o.strict && dropped > 0:
		return fmt.Errorf("%d fields were dropped", dropped)
	default:
		return nil
	}
}

// print prints a Task as one would write it.
func (o *options) print(task runtime.Object, further bool) error {
	data, err := json.MarshalIndent(task, "", "    ")
	if err != nil {
		return fmt.Errorf("writing a Task: %w", err)
	}
	data = append(data, '\n')
	if o.output == "yaml" {
		if data, err = yaml.JSONToYAML(data); err != nil {
			return fmt.Errorf("writing a Task: %w", err)
		}
		if further {
			data = append([]byte("---\n"), data...)
		}
	}
	_, err = o.Out.Write(data)
	return err //nolint:wrapcheck // writing to the terminal
}

// fromFiles reads the CronJobs of files. Other objects are passed over.
func (o *options) fromFiles() ([]cronJob, error) {
	builder := resource.NewBuilder(o.Flags).Unstructured().Local().ContinueOnError().Flatten()
	files := resource.FilenameOptions{Recursive: o.files.Recursive}
	for _, name := range o.files.Filenames {
		if name == "-" {
			builder.Stream(o.In, "the standard input")
		} else {
			files.Filenames = append(files.Filenames, name)
		}
	}
	infos, err := builder.FilenameParam(false, &files).Do().Infos()
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the file
	}
	var found []cronJob
	for _, info := range infos {
		object, ok := info.Object.(*unstructured.Unstructured)
		if !ok || object.GroupVersionKind() != batchv1.SchemeGroupVersion.WithKind("CronJob") {
			continue
		}
		job := cronJob{}
		err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, &job.CronJob, true)
		if err != nil && !runtime.IsStrictDecodingError(err) {
			return nil, fmt.Errorf("CronJob %s: %w", object.GetName(), err)
		}
		job.unknown = err
		found = append(found, job)
	}
	return found, nil
}

// fromCluster reads CronJobs of the namespace.
func (o *options) fromCluster(ctx context.Context, names []string) ([]cronJob, error) {
	c, err := o.Client()
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	namespace, err := o.Namespace()
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	var found []cronJob
	jobs := c.Kubernetes.BatchV1().CronJobs(namespace)
	if o.all {
		list, err := jobs.List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, err //nolint:wrapcheck // for kube.Explain
		}
		for i := range list.Items {
			found = append(found, cronJob{CronJob: list.Items[i]})
		}
		return found, nil
	}
	for _, name := range names {
		job, err := jobs.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return nil, err //nolint:wrapcheck // for kube.Explain
		}
		found = append(found, cronJob{CronJob: *job})
	}
	return found, nil
}
