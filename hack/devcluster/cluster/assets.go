package cluster

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/components"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/progress"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/repo"
)

// assetsVariable is what envtest reads to find its programs.
const assetsVariable = "KUBEBUILDER_ASSETS"

// Assets returns a directory with the programs that envtest needs: the one
// that KUBEBUILDER_ASSETS names if they are there, else the cache's, into
// which it builds them if it has to. That takes minutes; how far it
// is goes to messages, one line at a time.
func Assets(ctx context.Context, messages io.Writer) (string, error) {
	log := progress.To(messages)
	if dir := os.Getenv(assetsVariable); dir != "" {
		if usable(dir) {
			return dir, nil
		}
		log.Printf("%s=%s lacks some of etcd, kube-apiserver and kubectl: not using it", assetsVariable, dir)
	}
	root, err := repo.Find()
	if err != nil {
		return "", err
	}
	return components.Ensure(ctx, root, log)
}

// usable reports whether dir holds all programs of envtest.
func usable(dir string) bool {
	for _, name := range []string{"etcd", "kube-apiserver", "kubectl"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}
