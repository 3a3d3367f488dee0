package pki

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestIssuedCertificatesAreGoodForTheirPurposeOnly(t *testing.T) {
	t.Parallel()
	authority, err := NewAuthority(now)
	if err != nil {
		t.Fatal(err)
	}
	server := Leaf{CommonName: "server", IPs: []string{"10.96.0.1"}, DNSNames: []string{"kubernetes"}}
	client := Leaf{CommonName: "system:node:devnode", Organizations: []string{"system:nodes"}}

	for name, tc := range map[string]struct {
		leaf    Leaf
		host    string
		usage   x509.ExtKeyUsage
		at      time.Time
		wantErr bool
	}{
		"server by name":           {leaf: server, host: "kubernetes", usage: x509.ExtKeyUsageServerAuth, at: now},
		"server by address":        {leaf: server, host: "10.96.0.1", usage: x509.ExtKeyUsageServerAuth, at: now},
		"server by another name":   {leaf: server, host: "example.com", usage: x509.ExtKeyUsageServerAuth, at: now, wantErr: true},
		"server as a client":       {leaf: server, usage: x509.ExtKeyUsageClientAuth, at: now, wantErr: true},
		"client":                   {leaf: client, usage: x509.ExtKeyUsageClientAuth, at: now},
		"client as a server":       {leaf: client, usage: x509.ExtKeyUsageServerAuth, at: now, wantErr: true},
		"client, clock set back":   {leaf: client, usage: x509.ExtKeyUsageClientAuth, at: now.Add(-time.Minute)},
		"client after its time":    {leaf: client, usage: x509.ExtKeyUsageClientAuth, at: now.Add(Lifetime + time.Minute), wantErr: true},
		"client before its making": {leaf: client, usage: x509.ExtKeyUsageClientAuth, at: now.Add(-2 * time.Hour), wantErr: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pair, err := authority.Issue(tc.leaf)
			if err != nil {
				t.Fatal(err)
			}
			roots := x509.NewCertPool()
			roots.AppendCertsFromPEM(authority.Pair().Certificate)
			_, err = parse(t, pair).Verify(x509.VerifyOptions{
				Roots: roots, DNSName: tc.host, CurrentTime: tc.at, KeyUsages: []x509.ExtKeyUsage{tc.usage},
			})
			if (err != nil) != tc.wantErr {
				t.Errorf("Verify() = %v, want an error: %t", err, tc.wantErr)
			}
		})
	}
}

func TestIssueNamesUserAndGroups(t *testing.T) {
	t.Parallel()
	authority, err := NewAuthority(now)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := authority.Issue(Leaf{CommonName: "admin", Organizations: []string{"system:masters"}})
	if err != nil {
		t.Fatal(err)
	}
	subject := parse(t, pair).Subject
	if got, want := subject.String(), "CN=admin,O=system:masters"; got != want {
		t.Errorf("subject %q, want %q", got, want)
	}
}

func TestWriteAll(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pki")
	pairs, err := WriteAll(dir, map[string]Leaf{"admin": {CommonName: "admin"}}, now)
	if err != nil {
		t.Fatal(err)
	}
	if len(pairs) != 2 {
		t.Errorf("%d pairs, want those of ca and admin", len(pairs))
	}
	for _, name := range []string{"ca", "admin"} {
		if _, err := tls.LoadX509KeyPair(filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s may be read by others: %v", entry.Name(), mode)
		}
	}
	checkServiceAccountKey(t, dir)
}

// checkServiceAccountKey checks that the two halves belong together.
func checkServiceAccountKey(t *testing.T, dir string) {
	t.Helper()
	private, err := x509.ParsePKCS8PrivateKey(decode(t, filepath.Join(dir, "sa.key")))
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.ParsePKIXPublicKey(decode(t, filepath.Join(dir, "sa.pub")))
	if err != nil {
		t.Fatal(err)
	}
	key, ok := private.(*rsa.PrivateKey)
	if !ok {
		t.Fatalf("the key for tokens is a %T, want RSA", private)
	}
	if !key.PublicKey.Equal(public) {
		t.Error("sa.pub does not belong to sa.key")
	}
}

func decode(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(content)
	if block == nil {
		t.Fatalf("%s is not PEM", path)
	}
	return block.Bytes
}

func parse(t *testing.T, pair Pair) *x509.Certificate {
	t.Helper()
	loaded, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := loaded.PrivateKey.(*ecdsa.PrivateKey); !ok {
		t.Errorf("a %T, want ECDSA", loaded.PrivateKey)
	}
	return loaded.Leaf
}
