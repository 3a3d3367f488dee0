// Package kubeconfig renders the files by which clients find the API server
// of a cluster and prove who they are.
package kubeconfig

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"text/template"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/pki"
)

// Credentials is all that a client needs to reach an API server.
type Credentials struct {
	// Server is the URL of the API server.
	Server string
	// CA is the certificate of the authority that signed the server's, in PEM.
	CA []byte
	// Client is the client's certificate and key.
	Client pki.Pair
}

var file = template.Must(template.New("kubeconfig").Funcs(template.FuncMap{
	"base64": base64.StdEncoding.EncodeToString,
}).Parse(`apiVersion: v1
kind: Config
clusters:
- name: devcluster
  cluster:
    server: {{ .Server }}
    certificate-authority-data: {{ base64 .CA }}
users:
- name: devcluster
  user:
    client-certificate-data: {{ base64 .Client.Certificate }}
    client-key-data: {{ base64 .Client.Key }}
contexts:
- name: devcluster
  context:
    cluster: devcluster
    user: devcluster
current-context: devcluster
`))

// Render returns the file's content. Everything is in it, so that it can be
// copied elsewhere.
func Render(credentials Credentials) ([]byte, error) {
	var content bytes.Buffer
	if err := file.Execute(&content, credentials); err != nil {
		return nil, fmt.Errorf("rendering a kubeconfig: %w", err)
	}
	return content.Bytes(), nil
}

// Write writes the file to path, for its owner's eyes only.
func Write(path string, credentials Credentials) error {
	content, err := Render(credentials)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return fmt.Errorf("writing a kubeconfig: %w", err)
	}
	return nil
}
