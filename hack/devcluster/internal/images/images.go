package images

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/distro"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/gobuild"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/progress"
	"github.com/carillon-dev/carillon/hack/devcluster/internal/repo"
)

// Names of the images that a node starts with. A name needs a host part with
// a dot, or else it means another registry, and a tag other than latest, or
// else every Pod would try to pull it.
const (
	// Pause holds the namespaces of a Pod.
	Pause = "devcluster.local/pause:1"
	// Tools has one program that prints, waits, fails and serves.
	Tools = "devcluster.local/tools:1"
	// Busybox has a shell and the usual small programs.
	Busybox = "devcluster.local/busybox:1"
	// DocumentedBusybox is the image of the documents and the samples, which is pulled everywhere
	// else. Here Busybox answers to its name.
	DocumentedBusybox = "docker.io/library/busybox:1.37"
)

// Build writes the archives of all images into dir. Their programs are built
// in cache, where they stay.
func Build(ctx context.Context, root repo.Root, cache, dir string, log *progress.Log) error {
	for program, name := range map[string]string{"pause": Pause, "tools": Tools} {
		binary := filepath.Join(cache, program)
		build := gobuild.Program{Title: "the image " + name, Dir: root.Image(program), LinkFlags: "-s -w", Output: binary}
		if err := build.Ensure(ctx, log); err != nil {
			return err
		}
		content, err := os.ReadFile(binary)
		if err != nil {
			return fmt.Errorf("reading the program of %s: %w", name, err)
		}
		if err := goImage(name, program, content).write(filepath.Join(dir, program+".tar")); err != nil {
			return err
		}
	}
	return buildBusybox(ctx, filepath.Join(dir, "busybox.tar"))
}

// goImage returns an image of one static program, with what programs of the
// restricted kind expect besides: a place for temporary files.
func goImage(name, program string, content []byte) image {
	return image{
		name:       name,
		entrypoint: []string{"/bin/" + program},
		files: []file{
			{path: "bin/", mode: 0o755},
			{path: "bin/" + program, mode: 0o755, content: content},
			{path: "tmp/", mode: 0o1777},
		},
	}
}

// buildBusybox packs the distribution's static busybox, with a link for each
// of the programs that it is.
func buildBusybox(ctx context.Context, path string) error {
	binary := distro.Find("busybox")
	if binary == "" {
		return errors.New("packing " + Busybox + ": no busybox on this machine")
	}
	content, err := os.ReadFile(binary)
	if err != nil {
		return fmt.Errorf("packing %s: %w", Busybox, err)
	}
	applets, err := exec.CommandContext(ctx, binary, "--list").Output()
	if err != nil {
		return fmt.Errorf("listing the programs of busybox: %w", err)
	}
	return busyboxImage(content, applets).write(path)
}

func busyboxImage(content, applets []byte) image {
	packed := image{name: Busybox, alias: DocumentedBusybox, files: []file{
		{path: "bin/", mode: 0o755},
		{path: "bin/busybox", mode: 0o755, content: content},
		{path: "tmp/", mode: 0o1777},
	}}
	for applet := range bytes.FieldsSeq(applets) {
		if name := string(applet); name != "busybox" {
			packed.files = append(packed.files, file{path: "bin/" + name, mode: 0o777, target: "busybox"})
		}
	}
	return packed
}
