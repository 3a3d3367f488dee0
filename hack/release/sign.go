package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// What a release is checked by.
const (
	sumsFile       = "SHA256SUMS"
	statementFile  = "provenance.json"
	envelopeFile   = "provenance.intoto.jsonl"
	statementType  = "application/vnd.in-toto+json"
	signatureAdded = ".sig"
)

// writeSums writes the checksums of all files, and a statement about how they were built:
// in-toto's, with the predicate of SLSA.
func (r *release) writeSums(context.Context) error {
	names, err := r.files()
	if err != nil {
		return err
	}
	subjects := []object{{"name": "ghcr.io/carillon-dev/carillon", "digest": object{"sha256": strings.TrimPrefix(r.image, "sha256:")}}}
	for _, name := range names {
		sum, err := r.sum(name)
		if err != nil {
			return err
		}
		subjects = append(subjects, object{"name": name, "digest": object{"sha256": sum}})
	}
	if err := r.write(statementFile, r.statement(subjects)); err != nil {
		return err
	}
	var sums bytes.Buffer
	for _, name := range append(names, statementFile) {
		sum, err := r.sum(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%s  %s\n", sum, name)
	}
	return r.write(sumsFile, sums.Bytes())
}

func (r *release) sum(name string) (string, error) {
	content, err := os.ReadFile(filepath.Join(r.dir, name)) //nolint:gosec // a path of ours
	if err != nil {
		return "", fmt.Errorf("reading the release: %w", err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), nil
}

// statement says from what the files of the release were built, and how.
func (r *release) statement(subjects []object) []byte {
	const repository = "https://github.com/carillon-dev/carillon"
	return encode(object{
		"_type":         "https://in-toto.io/Statement/v1",
		"subject":       subjects,
		"predicateType": "https://slsa.dev/provenance/v1",
		"predicate": object{
			"buildDefinition": object{
				"buildType":          repository + "/blob/main/docs/releasing.md",
				"externalParameters": object{"version": r.version, "platforms": r.platforms, "plugins": r.plugins},
				"internalParameters": object{"go": r.source.toolchain},
				"resolvedDependencies": []object{{
					"uri":    "git+" + repository + "@refs/tags/" + r.version,
					"digest": object{"gitCommit": r.source.commit},
				}},
			},
			"runDetails": object{"builder": object{"id": repository + "/tree/" + r.version + "/hack/release"}},
		},
	})
}

// sign signs the checksums, as "cosign sign-blob" does, and the statement, as an envelope
// of DSSE.
func (r *release) sign() error {
	if r.key == "" {
		fmt.Fprintln(os.Stderr, "release: nothing is signed: there is no -key")
		return nil
	}
	key, err := readKey(r.key)
	if err != nil {
		return fmt.Errorf("reading the key: %w", err)
	}
	sums, err := os.ReadFile(filepath.Join(r.dir, sumsFile))
	if err != nil {
		return fmt.Errorf("reading the checksums: %w", err)
	}
	statement, err := os.ReadFile(filepath.Join(r.dir, statementFile))
	if err != nil {
		return fmt.Errorf("reading the statement: %w", err)
	}
	signature, err := signBytes(key, sums)
	if err != nil {
		return err
	}
	if err := r.write(sumsFile+signatureAdded, []byte(signature)); err != nil {
		return err
	}
	if signature, err = signBytes(key, preAuthEncoding(statement)); err != nil {
		return err
	}
	return r.write(envelopeFile, append(encode(object{
		"payloadType": statementType,
		"payload":     base64.StdEncoding.EncodeToString(statement),
		"signatures":  []object{{"sig": signature}},
	}), '\n'))
}

// preAuthEncoding is what a signature of an envelope is about: the payload and its type.
func preAuthEncoding(payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(statementType), statementType, len(payload), payload)
}

// signBytes returns a signature in base64.
func signBytes(key *ecdsa.PrivateKey, content []byte) (string, error) {
	sum := sha256.Sum256(content)
	signature, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		return "", fmt.Errorf("signing: %w", err)
	}
	return base64.StdEncoding.EncodeToString(signature), nil
}

// readKey reads a private key as openssl writes it.
func readKey(path string) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the key that the caller names
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the file
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, errors.New("it is no private key in PEM: make one with openssl genpkey")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says what is read
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New("it is not of the curve P-256")
	}
	return key, nil
}
