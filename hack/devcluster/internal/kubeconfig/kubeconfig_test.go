package kubeconfig

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/pki"
)

const want = `apiVersion: v1
kind: Config
clusters:
- name: devcluster
  cluster:
    server: https://127.0.0.1:6443
    certificate-authority-data: Y2E=
users:
- name: devcluster
  user:
    client-certificate-data: Y2VydA==
    client-key-data: a2V5
contexts:
- name: devcluster
  context:
    cluster: devcluster
    user: devcluster
current-context: devcluster
`

func TestWrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	credentials := Credentials{
		Server: "https://127.0.0.1:6443",
		CA:     []byte("ca"),
		Client: pki.Pair{Certificate: []byte("cert"), Key: []byte("key")},
	}
	if err := Write(path, credentials); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("kubeconfig (-want +got):\n%s", diff)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("the kubeconfig may be read by others: %v", mode)
	}
}
