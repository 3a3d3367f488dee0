// Package repo finds the checkout that the command or test is run in.
package repo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Folders of the repository, relative to its root.
const (
	devcluster = "hack/devcluster"
	k8sall     = "hack/devcluster/k8sall"
)

// Root is the root directory of a checkout.
type Root string

// Find returns the checkout that the working directory lies in.
func Find() (Root, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the repository: %w", err)
	}
	return find(dir)
}

// find returns the nearest of dir and its parents that looks like a checkout.
func find(dir string) (Root, error) {
	for {
		if _, err := os.Stat(filepath.Join(dir, k8sall, "go.mod")); err == nil {
			return Root(dir), nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("finding the repository: neither the working directory nor one above it has " + k8sall)
		}
		dir = parent
	}
}

// Join returns a path below the root.
func (r Root) Join(elements ...string) string {
	return filepath.Join(append([]string{string(r)}, elements...)...)
}

// Devcluster returns the folder of this module.
func (r Root) Devcluster() string { return r.Join(devcluster) }

// Components returns the folder of the module that all components of
// Kubernetes are built from.
func (r Root) Components() string { return r.Join(k8sall) }

// Image returns the folder of the program that the named image holds.
func (r Root) Image(name string) string { return r.Join(devcluster, "images", name) }
