package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// kubectl runs kubectl, in a namespace if one is given, and returns what it
// prints.
func kubectl(ctx context.Context, namespace string, arguments ...string) string {
	GinkgoHelper()
	output, err := tryKubectl(ctx, namespace, "", arguments...)
	Expect(err).NotTo(HaveOccurred(), "kubectl %s\n%s", strings.Join(arguments, " "), output)
	return output
}

// apply applies a manifest.
func apply(ctx context.Context, namespace, manifest string) {
	GinkgoHelper()
	output, err := tryApply(ctx, namespace, manifest)
	Expect(err).NotTo(HaveOccurred(), "applying\n%s\n%s", manifest, output)
}

// tryApply applies a manifest and returns what the user is told.
func tryApply(ctx context.Context, namespace, manifest string) (string, error) {
	return tryKubectl(ctx, namespace, manifest, "apply", "--filename=-")
}

func tryKubectl(ctx context.Context, namespace, input string, arguments ...string) (string, error) {
	if namespace != "" {
		arguments = append([]string{"--namespace=" + namespace}, arguments...)
	}
	command := exec.CommandContext(ctx, filepath.Join(env.Bin(), "kubectl"), arguments...)
	command.Env = append(os.Environ(), "KUBECONFIG="+env.Kubeconfig())
	command.Stdin = strings.NewReader(input)
	output, err := command.CombinedOutput()
	return string(output), err
}
