package node

import "testing"

func TestCheckDir(t *testing.T) {
	t.Parallel()
	for path, wantErr := range map[string]bool{
		"/home/someone/.cache/carillon/devcluster": false,
		"/var/lib/someone/.cache":                  false,
		"/runs/devcluster":                         false,
		"/run":                                     true,
		"/run/user/0/devcluster":                   true,
		"/var/log/devcluster":                      true,
		"/var/lib/kubelet/devcluster":              true,
	} {
		if err := CheckDir(path); (err != nil) != wantErr {
			t.Errorf("CheckDir(%q) = %v, want an error: %t", path, err, wantErr)
		}
	}
}
