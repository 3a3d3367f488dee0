package e2e_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// ensureImage sees to it that the node has the image of config/default, which is built
// once from the Dockerfile as a user does.
func ensureImage(ctx context.Context) {
	GinkgoHelper()
	if env.hasImage {
		return
	}
	begun := time.Now()
	Expect(env.LoadImage(ctx, buildImage(ctx, env.root, ""))).To(Succeed())
	env.hasImage = true
	report("the image", fmt.Sprintf("built and imported in %s", time.Since(begun).Round(100*time.Millisecond)))
}

// buildImage builds the image of a checkout in a storage of its own, and returns the path
// of its archive. It is called as config/default says unless it is given a name.
func buildImage(ctx context.Context, root, name string) string {
	GinkgoHelper()
	ensureImageTool(ctx)
	dir, err := os.MkdirTemp("", "carillon-image-")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(os.RemoveAll, dir)
	storage := filepath.Join(dir, "storage.conf")
	settings := fmt.Sprintf("[storage]\ndriver = \"vfs\"\ngraphroot = %q\nrunroot = %q\n", filepath.Join(dir, "graph"), filepath.Join(dir, "run"))
	Expect(os.WriteFile(storage, []byte(settings), 0o600)).To(Succeed())
	archive := filepath.Join(dir, "manager.tar")
	variables := []string{"CONTAINERS_STORAGE_CONF=" + storage, "ARCHIVE=" + archive}
	if name != "" {
		variables = append(variables, "IMAGE="+name)
	}
	env.runWith(ctx, variables, "make", "-C", root, "image")
	return archive
}

// ensureImageTool installs a program that builds images if there is none.
func ensureImageTool(ctx context.Context) {
	GinkgoHelper()
	for _, tool := range []string{"buildah", "podman", "docker"} {
		// A client whose daemon does not run is none.
		if exec.CommandContext(ctx, tool, "info").Run() == nil {
			return
		}
	}
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		Skip("it needs buildah, podman or docker; only as root on Debian or Ubuntu they can be installed from here")
	}
	By("installing buildah by apt-get")
	env.run(ctx, "apt-get", "update")
	env.runWith(ctx, []string{"DEBIAN_FRONTEND=noninteractive"}, "apt-get", "install", "--yes", "--no-install-recommends", "buildah")
}
