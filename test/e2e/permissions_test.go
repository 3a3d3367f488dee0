package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// A permission is a line of the table in docs/operations.md, for one verb and resource.
type permission struct {
	verb, resource string
	// allowed says which of the cluster's roles have it.
	allowed map[string]bool
}

// documentedPermissions reads the table.
func documentedPermissions() (all []permission) {
	GinkgoHelper()
	page, err := os.ReadFile(filepath.Join(env.root, "docs", "operations.md"))
	Expect(err).NotTo(HaveOccurred())
	_, table, found := strings.Cut(string(page), "| Verbs | Resources | `view` | `edit` | `admin` |\n")
	Expect(found).To(BeTrue(), "the head of the table")
	table, _, _ = strings.Cut(table, "\n\n")
	words := regexp.MustCompile("`([^`]+)`")
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(line, "|\n"), "|")
		Expect(cells).To(HaveLen(5), line)
		for _, verb := range words.FindAllStringSubmatch(cells[0], -1) {
			for _, resource := range words.FindAllStringSubmatch(cells[1], -1) {
				p := permission{verb: verb[1], resource: resource[1], allowed: map[string]bool{}}
				for i, role := range []string{"view", "edit", "admin"} {
					p.allowed[role] = strings.TrimSpace(cells[2+i]) == "yes"
				}
				all = append(all, p)
			}
		}
	}
	return all
}

// expectPermissions asks the cluster what people may who have one of its roles in a
// namespace, and compares that with the table.
func expectPermissions(ctx context.Context, namespace string) {
	GinkgoHelper()
	for _, role := range []string{"view", "edit", "admin"} {
		kubectl(ctx, namespace, "create", "rolebinding", "people-"+role, "--clusterrole="+role, "--user=somebody-to-"+role)
	}
	asked := 0
	for _, p := range documentedPermissions() {
		for role, allowed := range p.allowed {
			// With a slash kubectl would take the second word for a name.
			resource, subresource, _ := strings.Cut(p.resource, "/")
			answer, err := tryKubectl(ctx, namespace, "", "auth", "can-i", p.verb, resource, "--subresource="+subresource, "--as=somebody-to-"+role)
			Expect(strings.TrimSpace(answer)).To(Equal(map[bool]string{true: "yes", false: "no"}[allowed]), "%s may %s %s", role, p.verb, p.resource)
			Expect(err == nil).To(Equal(allowed))
			asked++
		}
	}
	Expect(asked).To(BeNumerically(">", 60))
	elsewhere, err := tryKubectl(ctx, "default", "", "auth", "can-i", "get", "tasks.carillon.dev", "--as=somebody-to-admin")
	Expect(err).To(HaveOccurred(), "in another namespace")
	Expect(elsewhere).To(HavePrefix("no"))
}
