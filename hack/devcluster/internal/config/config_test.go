package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/level"
)

func full(dir string) Cluster {
	return Cluster{
		Level: level.Full, Dir: dir, Bin: "/bin-dir", Cgroup: "devcluster-1", CNIDir: "/usr/lib/cni",
		HostPort: 40000, APIPort: 6443, EtcdPort: 2379, EtcdPeerPort: 2380,
	}
}

func simulated(dir string) Cluster {
	return Cluster{Level: level.Simulated, Dir: dir, Bin: "/bin-dir", HostPort: 40001, APIPort: 40001, EtcdPort: 40002, EtcdPeerPort: 40003}
}

func TestWriteAndLoad(t *testing.T) {
	t.Parallel()
	for name, describe := range map[string]func(dir string) Cluster{"full": full, "simulated": simulated} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := describe(t.TempDir())
			want.Flags = map[string][]string{ControllerManager: {"--kube-api-qps=20"}}
			if err := want.Write(time.Now()); err != nil {
				t.Fatal(err)
			}
			got, err := Load(want.Dir)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("what was loaded (-written +loaded):\n%s", diff)
			}
			checkServers(t, want)
			checkMentionedFiles(t, want)
		})
	}
}

// checkServers checks whom the kubeconfigs lead to.
func checkServers(t *testing.T, c Cluster) {
	t.Helper()
	for path, url := range map[string]string{
		c.Kubeconfig():              c.HostURL(),
		c.PKI("admin.kubeconfig"):   c.ComponentURL(),
		c.PKI("kubelet.kubeconfig"): c.ComponentURL(),
	} {
		if !strings.Contains(read(t, path), "server: "+url+"\n") {
			t.Errorf("%s does not lead to %s", path, url)
		}
	}
}

// checkMentionedFiles checks that every file of the cluster's directory that a
// command line or a configuration names is there.
func checkMentionedFiles(t *testing.T, c Cluster) {
	t.Helper()
	var mentions []string
	for _, component := range []string{Etcd, APIServer, ControllerManager, Scheduler, Proxy, Kubelet, Kwok, Containerd} {
		mentions = append(mentions, c.Arguments(component)...)
	}
	for name := range rendered {
		mentions = append(mentions, strings.FieldsFunc(read(t, c.Path(name)), func(r rune) bool { return strings.ContainsRune(" \n\"{},", r) })...)
	}
	found := 0
	for _, mention := range mentions {
		i := strings.Index(mention, c.Dir)
		if i < 0 || mention[i:] == c.etcdDir() {
			continue
		}
		found++
		if _, err := os.Stat(mention[i:]); err != nil {
			t.Errorf("%s is mentioned and not there", mention[i:])
		}
	}
	if found < 15 {
		t.Errorf("only %d files are mentioned: the search for them is wrong", found)
	}
}

func TestRenderedFiles(t *testing.T) {
	t.Parallel()
	c := full("/run-dir")
	for source, lines := range map[string][]string{
		"kubelet.yaml": {
			"address: 10.244.0.1", "tlsCertFile: /run-dir/pki/kubelet-server.crt", "cgroupRoot: /devcluster-1", "resolvConf: /run-dir/resolv.conf",
		},
		"proxy.yaml":      {"clientConnection: {kubeconfig: /run-dir/pki/proxy.kubeconfig}", "clusterCIDR: 10.244.0.0/16", "hostnameOverride: devnode"},
		"containerd.toml": {`bin_dir = "/usr/lib/cni"`, `conf_dir = "/run-dir/cni"`, `sandbox_image = "devcluster.local/pause:1"`},
	} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			content, err := c.render(source)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for line := range strings.Lines(string(content)) {
				got = append(got, strings.TrimSpace(line))
			}
			for _, line := range lines {
				if !slices.Contains(got, line) {
					t.Errorf("no line %q in\n%s", line, content)
				}
			}
		})
	}
}

func TestBridgeIsJSON(t *testing.T) {
	t.Parallel()
	content, err := full("/run-dir").render("bridge.conflist")
	if err != nil {
		t.Fatal(err)
	}
	var network struct{ Plugins []struct{ Bridge string } }
	if err := json.Unmarshal(content, &network); err != nil {
		t.Fatal(err)
	}
	if len(network.Plugins) != 1 || network.Plugins[0].Bridge != Bridge {
		t.Errorf("the plugins are %+v, want one with bridge %s", network.Plugins, Bridge)
	}
}

func TestAPIServerArgumentsDifferByLevel(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		cluster            Cluster
		wants, wantsAbsent string
	}{
		"full":      {full("/d"), "--kubelet-preferred-address-types=InternalIP", "--endpoint-reconciler-type=none"},
		"simulated": {simulated("/d"), "--endpoint-reconciler-type=none", "--kubelet-preferred-address-types=InternalIP"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := tc.cluster.Arguments(APIServer)
			if !slices.Contains(got, tc.wants) || slices.Contains(got, tc.wantsAbsent) {
				t.Errorf("arguments %q: want %q and not %q", got, tc.wants, tc.wantsAbsent)
			}
			if want := "--bind-address=" + tc.cluster.Address(); !slices.Contains(got, want) {
				t.Errorf("arguments %q lack %q", got, want)
			}
		})
	}
}

func TestArguments_FurtherFlagsComeLast(t *testing.T) {
	t.Parallel()
	c := simulated("/d")
	c.Flags = map[string][]string{ControllerManager: {"--kube-api-qps=20"}}
	if got := c.Arguments(ControllerManager); got[len(got)-1] != "--kube-api-qps=20" || !slices.Contains(got, limits[0]) {
		t.Errorf("arguments %q: want the cluster's own, and then the further one", got)
	}
	if got := c.Arguments(Scheduler); slices.Contains(got, "--kube-api-qps=20") {
		t.Errorf("arguments %q have the flag of another component", got)
	}
}

func TestProgram(t *testing.T) {
	t.Parallel()
	c := full("/d")
	if got, want := c.Program(Kubelet), filepath.Join(c.Bin, "kubelet"); got != want {
		t.Errorf("Program(kubelet) = %q, want %q", got, want)
	}
	if got := c.Program(Containerd); got != "containerd" {
		t.Errorf("Program(containerd) = %q, want the distribution's", got)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
