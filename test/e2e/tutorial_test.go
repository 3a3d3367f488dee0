package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/internal/testutil/pages"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// tutorialPage builds a custom manager. test/tutorial follows it up to the image, and the spec below
// from there on.
const tutorialPage = "docs/handlers.md"

// tutorialImage begins the commands that need an image.
const tutorialImage = "CGO_ENABLED=0 "

var _ = Describe("A custom manager", Label(needsContainers), func() {
	It("is deployed as "+tutorialPage+" says", func(ctx SpecContext) {
		ensureImageTool(ctx)
		fromNothing(ctx)
		user, archive := newTutorialReader()
		DeferCleanup(func(ctx SpecContext) {
			if CurrentSpecReport().Failed() {
				describeNamespace(ctx, "orders")
				describeNamespace(ctx, systemNamespace)
			}
			kubectl(ctx, "", "delete", "namespace", "orders", "--ignore-not-found", "--timeout=60s")
		}, NodeTimeout(2*time.Minute))
		for _, d := range tutorialCommands() {
			if strings.HasPrefix(d.command, "kubectl apply -f ") { // a reader has started a manager, which waits for the CRDs
				Eventually(func() (string, error) { return user.types(ctx, "kubectl get tasks.carillon.dev") }).Should(ContainSubstring("No resources"))
			}
			By(d.String() + ": " + strings.TrimSpace(d.command))
			output, err := user.types(ctx, d.command)
			Expect(err).NotTo(HaveOccurred(), "%s: %s\n%s", d, d.command, output)
			if strings.HasPrefix(d.command, tutorialImage) {
				Expect(env.LoadImage(ctx, archive)).To(Succeed())
			}
		}
		Expect(kubectl(ctx, "orders", "get", "task", "nightly", "--output=jsonpath={.status.recentRuns[0].message}")).To(Equal("archived 3 orders"))
	}, SpecTimeout(10*time.Minute))
})

// tutorialCommands are those that make the module and the objects, and all from the image on.
func tutorialCommands() (all []documented) {
	GinkgoHelper()
	withImage := false
	for _, d := range documentedCommands(tutorialPage) {
		withImage = withImage || strings.HasPrefix(d.command, tutorialImage)
		prepares := strings.HasPrefix(d.command, "go mod ") || strings.HasPrefix(d.command, "kubectl apply ")
		if prepares || withImage {
			all = append(all, d)
		}
	}
	Expect(withImage).To(BeTrue(), "a command builds the program for the image")
	return all
}

// newTutorialReader returns a reader with a checkout beside their directory, and the path of the
// archive that they push images to: there is no registry.
func newTutorialReader() (user *reader, archive string) {
	GinkgoHelper()
	parent, err := os.MkdirTemp("", "carillon-tutorial-")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(os.RemoveAll, parent)
	archive = filepath.Join(parent, "image.tar")
	user = &reader{dir: filepath.Join(parent, "orders-manager"), variables: append(os.Environ(),
		"GOWORK=off", "KUBECONFIG="+env.Kubeconfig(), "ARCHIVE="+archive, "CONTAINERS_STORAGE_CONF="+filepath.Join(parent, "storage.conf"),
		"PATH="+filepath.Join(parent, "bin")+":"+filepath.Dir(env.plugin)+":"+env.Bin()+":"+os.Getenv("PATH"))}
	write := func(path, text string, mode os.FileMode) {
		path = filepath.Join(parent, path)
		Expect(os.MkdirAll(filepath.Dir(path), 0o755)).To(Succeed())
		Expect(os.WriteFile(path, []byte(text), mode)).To(Succeed())
	}
	write("bin/docker", dockerInItsPlace, 0o755)
	write("storage.conf", "[storage]\ndriver = \"vfs\"\ngraphroot = \""+parent+"/graph\"\nrunroot = \""+parent+"/run\"\n", 0o600)
	files, err := pages.Read(env.root, tutorialPage, "go", "yaml", "dockerfile")
	Expect(err).NotTo(HaveOccurred())
	for _, file := range files {
		write("orders-manager/"+file.Title, file.Text, 0o600)
	}
	Expect(os.Symlink(env.root, filepath.Join(parent, "carillon"))).To(Succeed())
	return user, archive
}

// dockerInItsPlace builds by the program that there is, as hack/image.sh does, and pushes to an archive.
const dockerInItsPlace = `#!/usr/bin/env bash
set -euo pipefail
PATH=${PATH#*:} # the real docker, if there is one
for tool in buildah podman docker; do "$tool" info >/dev/null 2>&1 && break; done
case $tool-$1 in
buildah-build) exec buildah build --isolation chroot "${@:2}" ;;
buildah-push) exec buildah push "$2" "docker-archive:$ARCHIVE:$2" ;;
*-build) exec "$tool" "$@" ;;
*-push) exec "$tool" save --output "$ARCHIVE" "$2" ;;
esac
`
