package trial

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// apply applies a folder of manifests of the checkout.
func (t *trial) apply(ctx context.Context, folder ...string) error {
	path := t.root.Join(folder...)
	flag := "--filename"
	if _, err := os.Stat(filepath.Join(path, "kustomization.yaml")); err == nil {
		flag = "--kustomize"
	}
	return t.kubectl(ctx, "apply", flag, path)
}

// kubectl runs kubectl against the cluster.
func (t *trial) kubectl(ctx context.Context, arguments ...string) error {
	command := exec.CommandContext(ctx, filepath.Join(t.cluster.Bin(), "kubectl"), arguments...)
	command.Env = append(os.Environ(), "KUBECONFIG="+t.cluster.Kubeconfig())
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("kubectl %s: %w\n%s", strings.Join(arguments, " "), err, bytes.TrimSpace(output))
	}
	return nil
}
