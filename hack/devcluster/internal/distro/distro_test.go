package distro

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMissing(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		absent []string
		want   []string
	}{
		"nothing":                         {},
		"one program":                     {absent: []string{"nft"}, want: []string{"nftables"}},
		"two programs of one package":     {absent: []string{"containerd", "ctr"}, want: []string{"containerd"}},
		"half of a package":               {absent: []string{"host-local"}, want: []string{"containernetworking-plugins"}},
		"programs of different packages ": {absent: []string{"busybox", "runc"}, want: []string{"runc", "busybox-static"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := missing(func(program string) bool { return !slices.Contains(tc.absent, program) })
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("missing packages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUsesAPT(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		release string
		want    bool
	}{
		"Debian":            {release: "NAME=\"Debian GNU/Linux\"\nID=debian\n", want: true},
		"Ubuntu":            {release: "ID=ubuntu\nID_LIKE=debian\n", want: true},
		"a child of Ubuntu": {release: "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", want: true},
		"Fedora":            {release: "ID=fedora\nVERSION_ID=42\n"},
		"a name alone":      {release: "PRETTY_NAME=debian\nID=arch\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := usesAPT(strings.NewReader(tc.release)); got != tc.want {
				t.Errorf("usesAPT() = %t, want %t", got, tc.want)
			}
		})
	}
}
