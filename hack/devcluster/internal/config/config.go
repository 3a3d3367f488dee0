// Package config says what a cluster consists of: its addresses, its files
// and the command lines of its components. It runs nothing.
package config

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/images"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/level"
)

// What is the same in every cluster. A full node has a network of its own, so
// that its addresses and ports can clash with nobody's.
const (
	// NodeName is the name of the one node.
	NodeName = "devnode"
	// Bridge is the network device that Pods are connected to.
	Bridge = "cni0"
	// NodeAddress is the address of the bridge of a full node: the node's,
	// the API server's and the Pods' gateway in one. The kubelet takes no
	// loopback address.
	NodeAddress = "10.244.0.1"
	// PodCIDR holds the addresses of Pods.
	PodCIDR = "10.244.0.0/16"
	// ServiceCIDR holds the addresses of Services.
	ServiceCIDR = "10.96.0.0/16"
	// ServiceURL is the API server as Pods find it.
	ServiceURL = "https://10.96.0.1"

	serviceAddress  = "10.96.0.1"
	loopbackAddress = "127.0.0.1"
	specFile        = "cluster.json"
)

// Cluster describes one cluster. It is saved for the process that runs
// the node, which is another one than that which made it up.
type Cluster struct {
	Level level.Level
	// Dir holds everything that belongs to this cluster alone.
	Dir string
	// Bin holds the components of Kubernetes.
	Bin string
	// Cgroup is the name of the control group of a full node.
	Cgroup string
	// CNIDir holds the CNI plugins of a full node.
	CNIDir string
	// HostPort is the API server's port on the loopback address of the
	// machine.
	HostPort int
	// Ports of the components, at Address.
	APIPort, EtcdPort, EtcdPeerPort int
	// Flags are further flags of components, by their names.
	Flags map[string][]string `json:",omitempty"`
}

// Full reports whether the node is a real one.
func (c Cluster) Full() bool { return c.Level == level.Full }

// Address is where components reach the API server.
func (c Cluster) Address() string {
	if c.Full() {
		return NodeAddress
	}
	return loopbackAddress
}

// APIAddress is host and port of the API server as components reach it.
func (c Cluster) APIAddress() string {
	return net.JoinHostPort(c.Address(), strconv.Itoa(c.APIPort))
}

// ComponentURL is the API server as components reach it.
func (c Cluster) ComponentURL() string { return "https://" + c.APIAddress() }

// HostURL is the API server as the machine's other processes reach it.
func (c Cluster) HostURL() string {
	return "https://" + net.JoinHostPort(loopbackAddress, strconv.Itoa(c.HostPort))
}

// Path returns a path in the cluster's directory.
func (c Cluster) Path(elements ...string) string {
	return filepath.Join(append([]string{c.Dir}, elements...)...)
}

// PKI returns the path of a certificate, key or component's kubeconfig.
func (c Cluster) PKI(name string) string { return c.Path("pki", name) }

// Log returns the path of the log of a component.
func (c Cluster) Log(name string) string { return c.Path("logs", name+".log") }

// Kubeconfig returns the path of the administrator's kubeconfig for use
// outside of the cluster.
func (c Cluster) Kubeconfig() string { return c.Path("kubeconfig") }

// Images returns the directory of the images that the node starts with.
func (c Cluster) Images() string { return c.Path("images") }

// The methods below are read by the templates of configuration files.

// NodeName returns [NodeName].
func (Cluster) NodeName() string { return NodeName }

// Bridge returns [Bridge].
func (Cluster) Bridge() string { return Bridge }

// PodCIDR returns [PodCIDR].
func (Cluster) PodCIDR() string { return PodCIDR }

// PauseImage returns the image that holds the namespaces of Pods.
func (Cluster) PauseImage() string { return images.Pause }

// save writes the description into the cluster's directory.
func (c Cluster) save() error {
	content, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("describing the cluster: %w", err)
	}
	if err := os.WriteFile(c.Path(specFile), content, 0o600); err != nil {
		return fmt.Errorf("describing the cluster: %w", err)
	}
	return nil
}

// Load reads the description of the cluster in dir.
func Load(dir string) (Cluster, error) {
	var c Cluster
	content, err := os.ReadFile(filepath.Join(dir, specFile))
	if err != nil {
		return c, fmt.Errorf("reading what the cluster is: %w", err)
	}
	if err := json.Unmarshal(content, &c); err != nil {
		return c, fmt.Errorf("reading what the cluster is: %w", err)
	}
	return c, nil
}
