// Package distro finds the programs that a real node needs besides those of
// Kubernetes and installs the distribution's packages of them.
package distro

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/progress"
)

// searchPath is where programs are looked for, besides PATH: that of a user
// who became root may lack the directories of administrators.
var searchPath = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}

// cniDirs are the directories that packages of CNI plugins install into.
var cniDirs = []string{"/usr/lib/cni", "/opt/cni/bin"}

// requirement is a program and the package of Debian and Ubuntu that has it.
type requirement struct{ program, pkg string }

var requirements = []requirement{
	{"containerd", "containerd"},
	{"ctr", "containerd"},
	{"runc", "runc"},
	{"iptables", "iptables"},
	{"nft", "nftables"},
	{"ip", "iproute2"},
	{"bridge", "containernetworking-plugins"},
	{"host-local", "containernetworking-plugins"},
	{"busybox", "busybox-static"},
}

// cniPlugins are the programs among the requirements that lie in a directory
// of their own; the PATH has a different program named bridge.
var cniPlugins = []string{"bridge", "host-local"}

// Path returns a PATH for the programs of a node.
func Path() string {
	dirs := filepath.SplitList(os.Getenv("PATH"))
	for _, dir := range searchPath {
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return strings.Join(dirs, string(filepath.ListSeparator))
}

// Find returns the path of a program, or an empty string.
func Find(program string) string {
	if slices.Contains(cniPlugins, program) {
		return findIn(cniDirs, program)
	}
	return findIn(filepath.SplitList(Path()), program)
}

// CNIDir returns the directory of the CNI plugins, or an empty string.
func CNIDir() string {
	plugin := Find(cniPlugins[0])
	if plugin == "" {
		return ""
	}
	return filepath.Dir(plugin)
}

func findIn(dirs []string, program string) string {
	for _, dir := range dirs {
		path := filepath.Join(dir, program)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

// Missing returns the packages whose programs are not on this machine.
func Missing() []string { return missing(func(program string) bool { return Find(program) != "" }) }

func missing(found func(program string) bool) []string {
	var packages []string
	for _, required := range requirements {
		if !found(required.program) && !slices.Contains(packages, required.pkg) {
			packages = append(packages, required.pkg)
		}
	}
	return packages
}

// UsesAPT reports whether this is Debian, Ubuntu or made from one of them.
func UsesAPT() bool {
	release, err := os.Open("/etc/os-release")
	if err != nil {
		return false
	}
	defer func() { _ = release.Close() }() // It is only read.
	return usesAPT(release)
}

func usesAPT(release io.Reader) bool {
	lines := bufio.NewScanner(release)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), "=")
		if name != "ID" && name != "ID_LIKE" {
			continue
		}
		for id := range strings.FieldsSeq(strings.Trim(value, `"'`)) {
			if id == "debian" || id == "ubuntu" {
				return true
			}
		}
	}
	return false
}

// installScript runs its arguments in a mount namespace where the two programs
// by which packages start services do nothing, so that none is started: the
// node runs its own containerd. Nothing outside of the namespace changes but
// what the packages install.
const installScript = `set -e
mount --no-mtab --make-rprivate /
for starter in /usr/bin/deb-systemd-invoke /usr/sbin/invoke-rc.d; do
	if [ -e "$starter" ]; then mount --no-mtab --bind /bin/true "$starter"; fi
done
exec "$@"`

// Install installs packages of Debian or Ubuntu without starting the services
// that they bring. It needs root.
func Install(ctx context.Context, packages []string, log *progress.Log) error {
	log.Printf("installing the distribution's packages %s (their services are not started)", strings.Join(packages, ", "))
	install := slices.Concat([]string{"install", "--yes", "--no-install-recommends"}, packages)
	if _, err := apt(ctx, install...); err == nil {
		return nil
	}
	log.Printf("the list of packages may be out of date: apt-get update, and once more")
	if output, err := apt(ctx, "update"); err != nil {
		return fmt.Errorf("apt-get update: %w\n%s", err, output)
	}
	if output, err := apt(ctx, install...); err != nil {
		return fmt.Errorf("apt-get install: %w\n%s", err, output)
	}
	return nil
}

func apt(ctx context.Context, arguments ...string) ([]byte, error) {
	arguments = slices.Concat([]string{"--mount", "sh", "-c", installScript, "sh", "apt-get", "-qq"}, arguments)
	command := exec.CommandContext(ctx, "unshare", arguments...)
	command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "PATH="+Path())
	return command.CombinedOutput()
}
