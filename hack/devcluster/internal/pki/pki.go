// Package pki makes the certificates and keys of one cluster: one authority,
// the certificates that its servers show and its clients present, and the key
// pair that signs ServiceAccount tokens.
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

const (
	// Lifetime is how long every certificate is valid; a cluster that lives
	// longer has to be started again.
	Lifetime = 365 * 24 * time.Hour

	// clockSkew dates certificates back, for clocks that are stepped back a
	// little while the cluster runs.
	clockSkew = time.Hour

	certificateBlock = "CERTIFICATE"
	privateKeyBlock  = "PRIVATE KEY"
	publicKeyBlock   = "PUBLIC KEY"

	// CAFile is the name of the authority's files.
	CAFile = "ca"
	// ServiceAccountKeyFile is the name of those of the key for tokens.
	ServiceAccountKeyFile = "sa"
)

// Pair is a certificate and its private key, both in PEM.
type Pair struct {
	Certificate []byte
	Key         []byte
}

// Leaf describes one certificate to be signed by the authority.
type Leaf struct {
	// CommonName is the user name of a client.
	CommonName string
	// Organizations are the groups of a client.
	Organizations []string
	// IPs and DNSNames are what a server may be called; a certificate with
	// either is a server's, any other one is a client's.
	IPs      []string
	DNSNames []string
}

// server reports whether the certificate is one that a server shows.
func (l Leaf) server() bool { return len(l.IPs)+len(l.DNSNames) > 0 }

// Authority signs the certificates of one cluster.
type Authority struct {
	pair        Pair
	certificate *x509.Certificate
	key         crypto.Signer
	now         time.Time
}

// NewAuthority makes an authority whose certificates are valid from now on.
func NewAuthority(now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generating the key of the authority: %w", err)
	}
	template, err := newTemplate(pkix.Name{CommonName: "devcluster-ca"}, now)
	if err != nil {
		return nil, err
	}
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature

	pair, der, err := sign(template, template, key, key)
	if err != nil {
		return nil, fmt.Errorf("signing the certificate of the authority: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate of the authority back: %w", err)
	}
	return &Authority{pair: pair, certificate: certificate, key: key, now: now}, nil
}

// Pair returns the certificate and the key of the authority itself.
func (a *Authority) Pair() Pair { return a.pair }

// Issue signs a new certificate for leaf.
func (a *Authority) Issue(leaf Leaf) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, fmt.Errorf("generating the key of %s: %w", leaf.CommonName, err)
	}
	template, err := newTemplate(pkix.Name{CommonName: leaf.CommonName, Organization: leaf.Organizations}, a.now)
	if err != nil {
		return Pair{}, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if leaf.server() {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		template.DNSNames = leaf.DNSNames
		for _, ip := range leaf.IPs {
			template.IPAddresses = append(template.IPAddresses, net.ParseIP(ip))
		}
	}
	pair, _, err := sign(template, a.certificate, key, a.key)
	if err != nil {
		return Pair{}, fmt.Errorf("signing the certificate of %s: %w", leaf.CommonName, err)
	}
	return pair, nil
}

// WriteAll makes a new authority and writes it, a certificate for each of
// leaves and the key pair for ServiceAccount tokens into dir, as NAME.crt and
// NAME.key (sa.pub and sa.key). It returns the pairs by the name of their
// files, the authority's included.
func WriteAll(dir string, leaves map[string]Leaf, now time.Time) (map[string]Pair, error) {
	authority, err := NewAuthority(now)
	if err != nil {
		return nil, err
	}
	pairs := map[string]Pair{CAFile: authority.Pair()}
	for name, leaf := range leaves {
		if pairs[name], err = authority.Issue(leaf); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the directory for certificates: %w", err)
	}
	for name, pair := range pairs {
		if err := writeFiles(dir, map[string][]byte{name + ".crt": pair.Certificate, name + ".key": pair.Key}); err != nil {
			return nil, err
		}
	}
	return pairs, writeServiceAccountKey(dir)
}

// writeServiceAccountKey writes the key pair of the token issuer. It is RSA
// because that is what every verifier of such tokens understands.
func writeServiceAccountKey(dir string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return fmt.Errorf("generating the key for ServiceAccount tokens: %w", err)
	}
	private, err := encodeKey(key)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return fmt.Errorf("encoding the public key for ServiceAccount tokens: %w", err)
	}
	return writeFiles(dir, map[string][]byte{
		ServiceAccountKeyFile + ".key": private,
		ServiceAccountKeyFile + ".pub": pem.EncodeToMemory(&pem.Block{Type: publicKeyBlock, Bytes: der}),
	})
}

// writeFiles writes files that only their owner may read.
func writeFiles(dir string, files map[string][]byte) error {
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
	}
	return nil
}

// newTemplate returns what all certificates have in common.
func newTemplate(subject pkix.Name, now time.Time) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("drawing a serial number: %w", err)
	}
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      subject,
		NotBefore:    now.Add(-clockSkew),
		NotAfter:     now.Add(Lifetime),
	}, nil
}

// sign signs template by parent's key and returns it in PEM and in DER.
func sign(template, parent *x509.Certificate, key, parentKey crypto.Signer) (Pair, []byte, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		return Pair{}, nil, err
	}
	private, err := encodeKey(key)
	if err != nil {
		return Pair{}, nil, err
	}
	return Pair{Certificate: pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: der}), Key: private}, der, nil
}

func encodeKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encoding a private key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: privateKeyBlock, Bytes: der}), nil
}
