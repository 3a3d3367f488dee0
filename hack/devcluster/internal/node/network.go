package node

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/config"
)

// nodePrefix is the length of the prefix of [config.PodCIDR].
const nodePrefix = "/16"

// configureNetwork makes the bridge that Pods are connected to, in the private
// network namespace.
func configureNetwork(ctx context.Context) error {
	commands := []string{
		"link set lo up",
		"link add " + config.Bridge + " type bridge",
		"addr add " + config.NodeAddress + nodePrefix + " dev " + config.Bridge,
		"link set " + config.Bridge + " up",
		// Without a route nothing on the node itself, the API server
		// included, could reach a Service.
		"route add " + config.ServiceCIDR + " dev " + config.Bridge,
	}
	for _, command := range commands {
		output, err := exec.CommandContext(ctx, "ip", strings.Fields(command)...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("ip %s: %w: %s", command, err, output)
		}
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644); err != nil {
		return fmt.Errorf("letting the node forward packets: %w", err)
	}
	return nil
}
