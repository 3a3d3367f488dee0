package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/components"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/config"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/distro"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/images"
)

// Ports of a full node, which has a network of its own.
const (
	apiPort      = 6443
	etcdPort     = 2379
	etcdPeerPort = 2380
)

// prepare makes everything that the node finds when it starts: its files and,
// at the full level, packages, images and a listener on the machine's loopback
// address, through which the API server is reached.
func (c *Cluster) prepare(ctx context.Context, p plan, bin string) (config.Cluster, *os.File, error) {
	described := config.Cluster{Level: p.level, Dir: p.dir, Bin: bin, Flags: p.flags}
	if !described.Full() {
		ports, err := freePorts(3)
		if err != nil {
			return described, nil, err
		}
		described.APIPort, described.EtcdPort, described.EtcdPeerPort = ports[0], ports[1], ports[2]
		described.HostPort = described.APIPort
		return described, nil, described.Write(time.Now())
	}
	if missing := distro.Missing(); len(missing) > 0 {
		if err := distro.Install(ctx, missing, c.log); err != nil {
			return described, nil, err
		}
	}
	listener, port, err := listen()
	if err != nil {
		return described, nil, err
	}
	described.Cgroup, described.CNIDir = cgroupName(p.dir), distro.CNIDir()
	described.HostPort = port
	described.APIPort, described.EtcdPort, described.EtcdPeerPort = apiPort, etcdPort, etcdPeerPort
	if err := c.prepareFull(ctx, p, described); err != nil {
		_ = listener.Close() // The first error is the one to report.
		return described, nil, err
	}
	return described, listener, nil
}

func (c *Cluster) prepareFull(ctx context.Context, p plan, described config.Cluster) error {
	if err := described.Write(time.Now()); err != nil {
		return err
	}
	cache, err := components.CacheDir()
	if err != nil {
		return err
	}
	if err := images.Build(ctx, p.root, filepath.Join(cache, "images"), described.Images(), c.log); err != nil {
		return err
	}
	return c.directory.update(func(s *state) { s.Cgroup = described.Cgroup })
}

// cgroupName returns a name that no cluster in another directory has.
func cgroupName(dir string) string {
	digest := sha256.Sum256([]byte(dir))
	return "devcluster-" + hex.EncodeToString(digest[:4])
}

// listen returns a socket on a free port of the loopback address, in a form
// that a child can inherit.
func listen() (*os.File, int, error) {
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, 0, fmt.Errorf("listening for clients of the API server: %w", err)
	}
	defer func() { _ = listener.Close() }() // The file is a socket of its own.
	file, err := listener.File()
	if err != nil {
		return nil, 0, fmt.Errorf("listening for clients of the API server: %w", err)
	}
	return file, listener.Addr().(*net.TCPAddr).Port, nil
}

// freePorts returns different ports that nobody listens on just now.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		file, port, err := listen()
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }() // Not before the other ones are found.
		ports = append(ports, port)
	}
	return ports, nil
}
