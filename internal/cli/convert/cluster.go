package convert

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"

	"github.com/carillon-dev/carillon/internal/cli/manifests"
)

const resourceCronJobs = "cronjobs"

// fromCluster reads CronJobs of the namespace. They are read as if they had been written in
// a file, so that a field of a newer Kubernetes is not lost.
func (o *options) fromCluster(ctx context.Context, names []string) (*input, error) {
	c, err := o.Client()
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	namespace, err := o.Namespace()
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	get := func() *rest.Request {
		return c.Kubernetes.BatchV1().RESTClient().Get().Namespace(namespace).Resource(resourceCronJobs).
			SetHeader("Accept", runtime.ContentTypeJSON)
	}
	found := &input{}
	if o.all {
		data, err := raw(get().Do(ctx))
		if err != nil {
			return nil, err
		}
		found.collect(data, "namespace "+namespace, typeMeta{})
		return found, nil
	}
	for _, name := range names {
		data, err := raw(get().Name(name).Do(ctx))
		if err != nil {
			return nil, err
		}
		found.collect(data, "namespace "+namespace, typeMeta{})
	}
	return found, nil
}

// raw returns the body of an answer, or the error that the API server sent. Raw alone would
// return a general error for the status code.
func raw(answer rest.Result) ([]byte, error) {
	if err := answer.Error(); err != nil {
		return nil, err //nolint:wrapcheck // for kube.Explain
	}
	return answer.Raw() //nolint:wrapcheck // for kube.Explain
}

// fromFiles reads the CronJobs of files.
func (o *options) fromFiles(ctx context.Context) *input {
	reader := manifests.Reader{Stdin: o.In, Recursive: o.recursive}
	sources, errs := reader.Read(ctx, o.files)
	found := &input{problems: errs}
	for _, source := range sources {
		for _, document := range manifests.Split(source) {
			found.add(document)
		}
	}
	return found
}
