package config

import (
	"net"
	"path/filepath"
	"slices"
	"strconv"
)

// Names of the components.
const (
	Etcd              = "etcd"
	APIServer         = "kube-apiserver"
	ControllerManager = "kube-controller-manager"
	Scheduler         = "kube-scheduler"
	Proxy             = "kube-proxy"
	Kubelet           = "kubelet"
	Kwok              = "kwok"
	Containerd        = "containerd"
)

// limits lift the client-side rate limits, which would be what a burst of
// Pods waits for.
var limits = []string{"--kube-api-qps=5000", "--kube-api-burst=10000"}

// Program returns the path of a component's program, or its name alone if it
// is the distribution's.
func (c Cluster) Program(component string) string {
	if component == Containerd {
		return component
	}
	return filepath.Join(c.Bin, component)
}

// Arguments returns the command line of a component, its name left out. Of a flag
// that is given twice, components take the last value.
func (c Cluster) Arguments(component string) []string {
	return append(c.ownArguments(component), c.Flags[component]...)
}

// ownArguments is Arguments without the further flags that were asked for.
func (c Cluster) ownArguments(component string) []string {
	switch component {
	case Etcd:
		return c.etcd()
	case APIServer:
		return c.apiServer()
	case ControllerManager:
		return c.controllerManager()
	case Scheduler:
		return append(c.client("scheduler"), limits...)
	case Proxy:
		return []string{"--config=" + c.Path("proxy.yaml")}
	case Kubelet:
		return []string{
			"--config=" + c.Path("kubelet.yaml"),
			"--kubeconfig=" + c.PKI("kubelet.kubeconfig"),
			"--hostname-override=" + NodeName,
			"--node-ip=" + c.Address(),
		}
	case Kwok:
		return []string{
			"--kubeconfig=" + c.PKI("admin.kubeconfig"),
			"--config=" + c.Path("kwok.yaml"),
			"--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
			"--node-lease-duration-seconds=40",
		}
	case Containerd:
		return []string{"--config=" + c.Path("containerd.toml")}
	default:
		panic("devcluster has no component " + component)
	}
}

// etcd forgets everything with the cluster, so it need not wait for the disk.
func (c Cluster) etcd() []string {
	client := "http://" + net.JoinHostPort(loopbackAddress, strconv.Itoa(c.EtcdPort))
	peer := "http://" + net.JoinHostPort(loopbackAddress, strconv.Itoa(c.EtcdPeerPort))
	return []string{
		"--name=dev",
		"--data-dir=" + c.etcdDir(),
		"--unsafe-no-fsync",
		"--listen-client-urls=" + client,
		"--advertise-client-urls=" + client,
		"--listen-peer-urls=" + peer,
		"--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=dev=" + peer,
	}
}

// etcdDir is a private directory in memory on a full node.
func (c Cluster) etcdDir() string {
	if c.Full() {
		return "/var/lib/etcd/data"
	}
	return c.Path("etcd")
}

func (c Cluster) apiServer() []string {
	arguments := []string{
		"--etcd-servers=http://" + net.JoinHostPort(loopbackAddress, strconv.Itoa(c.EtcdPort)),
		"--bind-address=" + c.Address(),
		"--advertise-address=" + c.Address(),
		"--secure-port=" + strconv.Itoa(c.APIPort),
		"--cert-dir=" + c.Path("pki"),
		"--tls-cert-file=" + c.PKI("apiserver.crt"),
		"--tls-private-key-file=" + c.PKI("apiserver.key"),
		"--client-ca-file=" + c.PKI("ca.crt"),
		"--anonymous-auth=false",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + c.PKI("sa.pub"),
		"--service-account-signing-key-file=" + c.PKI("sa.key"),
		"--service-cluster-ip-range=" + ServiceCIDR,
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--allow-privileged=true",
		"--enable-priority-and-fairness=false",
		"--profiling=false",
	}
	if !c.Full() {
		// A loopback address cannot be an endpoint.
		return append(arguments, "--endpoint-reconciler-type=none")
	}
	return append(arguments,
		"--kubelet-preferred-address-types=InternalIP",
		"--kubelet-certificate-authority="+c.PKI("ca.crt"),
		"--kubelet-client-certificate="+c.PKI("apiserver-kubelet-client.crt"),
		"--kubelet-client-key="+c.PKI("apiserver-kubelet-client.key"),
	)
}

func (c Cluster) controllerManager() []string {
	return slices.Concat(c.client("kcm"), limits, []string{
		"--use-service-account-credentials=true",
		"--service-account-private-key-file=" + c.PKI("sa.key"),
		"--root-ca-file=" + c.PKI("ca.crt"),
		"--cluster-signing-cert-file=" + c.PKI("ca.crt"),
		"--cluster-signing-key-file=" + c.PKI("ca.key"),
	})
}

// client returns the flags of a component that only talks to the API server
// and serves nothing: there is one of each, and nobody asks it.
func (c Cluster) client(name string) []string {
	return []string{"--kubeconfig=" + c.PKI(name+".kubeconfig"), "--leader-elect=false", "--secure-port=0"}
}
