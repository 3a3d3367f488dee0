// Package components builds the programs that a Kubernetes cluster consists
// of, from the Go modules that they are published as.
package components

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/gobuild"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/progress"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/repo"
)

// Version is the version of Kubernetes; k8sall/go.mod pins the same one.
const Version = "v1.36.3"

// binary is the name of the one program that is all components.
const binary = "k8sall"

// names are the components, each a link to the one binary.
var names = []string{
	"etcd", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubectl", "kubelet", "kwok",
}

// CacheDir returns the directory that holds what is built for [Version].
func CacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache directory: %w", err)
	}
	return filepath.Join(dir, "carillon", "k8s-"+strings.TrimPrefix(Version, "v")), nil
}

// Ensure builds the components unless they are in the cache and returns the
// directory with their programs.
func Ensure(ctx context.Context, root repo.Root, log *progress.Log) (string, error) {
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "bin")
	program := gobuild.Program{
		Title:     "Kubernetes " + Version,
		Dir:       root.Components(),
		LinkFlags: linkFlags(Version),
		Output:    filepath.Join(dir, binary),
		Slow:      true,
	}
	if err := program.Ensure(ctx, log); err != nil {
		return "", err
	}
	return dir, link(dir)
}

// link makes a symbolic link for each component, where there is none yet.
func link(dir string) error {
	for _, name := range names {
		err := os.Symlink(binary, filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("linking %s: %w", name, err)
		}
	}
	return nil
}

// linkFlags tells the components their version, which the build systems of
// Kubernetes set in the same way, and leaves out what only debuggers read.
func linkFlags(version string) string {
	number := strings.Split(strings.TrimPrefix(version, "v"), ".")
	values := []string{
		"gitVersion=" + version,
		"gitMajor=" + number[0],
		"gitMinor=" + number[1],
		"gitTreeState=clean",
	}
	flags := []string{"-s", "-w"}
	for _, name := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		for _, value := range values {
			flags = append(flags, "-X", name+"."+value)
		}
	}
	return strings.Join(flags, " ")
}
