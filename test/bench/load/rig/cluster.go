// Package rig is what the load benchmarks measure with: a simulated cluster, a manager as a
// process, a witness of Pods, and what processes and the API server say about themselves.
package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/carillon-dev/carillon/api/v1alpha1"
	"github.com/carillon-dev/carillon/hack/devcluster/cluster"
	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// Namespace is the namespace of everything that is measured.
const Namespace = "bench"

// Cluster is a simulated cluster that one measurement has for itself, so that none finds what
// another one left.
type Cluster struct {
	*cluster.Cluster

	// Root is the checkout.
	Root string
	// Client is for Tasks and Schedulers, Typed for everything else.
	Client client.Client
	Typed  kubernetes.Interface

	dir string
}

// Start starts a cluster with the CRDs and the namespace. flags are further flags of its
// components. Close ends it.
func Start(ctx context.Context, flags map[string][]string, messages io.Writer) (*Cluster, error) {
	root, err := findRoot()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "carillon-bench-")
	if err != nil {
		return nil, fmt.Errorf("making a directory: %w", err)
	}
	c := &Cluster{Root: root, dir: dir}
	c.Cluster, err = cluster.Start(ctx, cluster.Options{
		Level: string(cluster.Simulated), Dir: filepath.Join(dir, "cluster"), Flags: flags, Messages: messages,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting a cluster: %w", err), os.RemoveAll(dir))
	}
	if err := errors.Join(c.connect(), c.install(ctx), c.makeNamespace(ctx)); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Close ends the cluster and removes its files.
func (c *Cluster) Close() error {
	return errors.Join(c.Stop(), os.RemoveAll(c.dir))
}

func (c *Cluster) connect() error {
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig())
	if err != nil {
		return fmt.Errorf("reading the kubeconfig: %w", err)
	}
	log.SetLogger(logr.Discard()) // it has nothing to say, but complains without one
	config.QPS = -1               // what is measured must not wait for the one who measures
	config.WarningHandler = rest.NoWarnings{}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return fmt.Errorf("building the scheme: %w", err)
	}
	if c.Client, err = client.New(config, client.Options{Scheme: scheme}); err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	if c.Typed, err = kubernetes.NewForConfig(config); err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	return nil
}

// install applies the CRDs and waits until they are served.
func (c *Cluster) install(ctx context.Context) error {
	command := exec.CommandContext(ctx, filepath.Join(c.Bin(), "kubectl"), "--kubeconfig="+c.Kubeconfig(),
		"apply", "--kustomize", filepath.Join(c.Root, "config", "crd"))
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("applying the CRDs: %w: %s", err, output)
	}
	return Await(ctx, 30*time.Second, "the CRDs", func(ctx context.Context) error {
		return errors.Join(c.Client.List(ctx, &v1alpha1.TaskList{}), c.Client.List(ctx, &v1alpha1.SchedulerList{}))
	})
}

// makeNamespace makes the namespace and waits until Pods can be created in it.
func (c *Cluster) makeNamespace(ctx context.Context) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: Namespace}}
	if err := c.Client.Create(ctx, namespace); err != nil {
		return fmt.Errorf("creating the namespace: %w", err)
	}
	return Await(ctx, 30*time.Second, "the ServiceAccount default", func(ctx context.Context) error {
		return c.Client.Get(ctx, client.ObjectKey{Namespace: Namespace, Name: "default"}, &corev1.ServiceAccount{})
	})
}

// findRoot returns the checkout that the working directory lies in.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the checkout: %w", err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "config", "crd", "kustomization.yaml")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("finding the checkout: run this in it")
		}
	}
}
