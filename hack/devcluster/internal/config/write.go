package config

import (
	"bytes"
	"embed"
	"fmt"
	"maps"
	"os"
	"path"
	"text/template"
	"time"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/kubeconfig"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/pki"
)

//go:embed files
var files embed.FS

// SimulatedNode is the JSON text of the Node object at the simulated level; a
// kubelet makes its own.
//
//go:embed files/node.json
var SimulatedNode string

// rendered are the configuration files that are templates of ours, by their
// paths in the cluster's directory.
var rendered = map[string]string{
	"kubelet.yaml":           "kubelet.yaml",
	"proxy.yaml":             "proxy.yaml",
	"containerd.toml":        "containerd.toml",
	"cni/10-bridge.conflist": "bridge.conflist",
}

// verbatim are the files to be copied as they are; the braces in them are for
// kwok.
var verbatim = map[string]string{"kwok.yaml": "stages.yaml"}

// clients are those who get a certificate and a kubeconfig, by its name.
var clients = map[string]pki.Leaf{
	"admin":     {CommonName: "admin", Organizations: []string{"system:masters"}},
	"kcm":       {CommonName: "system:kube-controller-manager"},
	"kubelet":   {CommonName: "system:node:" + NodeName, Organizations: []string{"system:nodes"}},
	"proxy":     {CommonName: "system:kube-proxy"},
	"scheduler": {CommonName: "system:kube-scheduler"},
}

// leaves returns all certificates of the cluster.
func (c Cluster) leaves() map[string]pki.Leaf {
	leaves := map[string]pki.Leaf{
		"apiserver": {
			CommonName: "kube-apiserver",
			IPs:        []string{loopbackAddress, serviceAddress, c.Address()},
			DNSNames:   []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"},
		},
		"apiserver-kubelet-client": {CommonName: "kube-apiserver-kubelet-client", Organizations: []string{"system:masters"}},
		"kubelet-server":           {CommonName: NodeName, IPs: []string{c.Address()}, DNSNames: []string{NodeName}},
	}
	maps.Copy(leaves, clients)
	return leaves
}

// Write fills the cluster's directory with all files that its processes read.
func (c Cluster) Write(now time.Time) error {
	for _, dir := range []string{"cni", "logs", "images", "home"} {
		if err := os.MkdirAll(c.Path(dir), 0o700); err != nil {
			return fmt.Errorf("making the cluster's directory: %w", err)
		}
	}
	pairs, err := pki.WriteAll(c.Path("pki"), c.leaves(), now)
	if err != nil {
		return err
	}
	if err := c.writeKubeconfigs(pairs); err != nil {
		return err
	}
	if err := c.writeFiles(); err != nil {
		return err
	}
	return c.save()
}

func (c Cluster) writeKubeconfigs(pairs map[string]pki.Pair) error {
	for name := range clients {
		credentials := kubeconfig.Credentials{Server: c.ComponentURL(), CA: pairs[pki.CAFile].Certificate, Client: pairs[name]}
		if err := kubeconfig.Write(c.PKI(name+".kubeconfig"), credentials); err != nil {
			return err
		}
	}
	credentials, err := c.Admin(c.HostURL())
	if err != nil {
		return err
	}
	return kubeconfig.Write(c.Kubeconfig(), credentials)
}

// Admin returns the administrator's credentials for the API server at url.
func (c Cluster) Admin(url string) (kubeconfig.Credentials, error) {
	credentials := kubeconfig.Credentials{Server: url}
	for name, content := range map[string]*[]byte{
		"ca.crt":    &credentials.CA,
		"admin.crt": &credentials.Client.Certificate,
		"admin.key": &credentials.Client.Key,
	} {
		var err error
		if *content, err = os.ReadFile(c.PKI(name)); err != nil {
			return credentials, fmt.Errorf("reading the administrator's credentials: %w", err)
		}
	}
	return credentials, nil
}

func (c Cluster) writeFiles() error {
	contents := map[string][]byte{"resolv.conf": nil}
	for name, source := range rendered {
		content, err := c.render(source)
		if err != nil {
			return err
		}
		contents[name] = content
	}
	for name, source := range verbatim {
		content, err := files.ReadFile(path.Join("files", source))
		if err != nil {
			return fmt.Errorf("reading %s: %w", source, err)
		}
		contents[name] = content
	}
	for name, content := range contents {
		if err := os.WriteFile(c.Path(name), content, 0o600); err != nil {
			return fmt.Errorf("writing a configuration: %w", err)
		}
	}
	return nil
}

// render fills in the template of one configuration file.
func (c Cluster) render(source string) ([]byte, error) {
	parsed, err := template.ParseFS(files, path.Join("files", source))
	if err != nil {
		return nil, fmt.Errorf("parsing %s: %w", source, err)
	}
	var content bytes.Buffer
	if err := parsed.Execute(&content, c); err != nil {
		return nil, fmt.Errorf("rendering %s: %w", source, err)
	}
	return content.Bytes(), nil
}
