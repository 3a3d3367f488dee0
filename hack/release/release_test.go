package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carillon-dev/carillon/internal/testutil/pages"
)

const (
	root    = "../.."
	page    = "docs/releasing.md"
	version = "v0.99.0"
)

// desk is where a release is made: a repository, a directory for keys, and one to build
// the release in once more.
type desk struct {
	t                 *testing.T
	repository, again string
	keys              string
	blocks            map[string]string
}

// newDesk copies the working tree into a repository of its own.
func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, repository: filepath.Join(t.TempDir(), "first"), again: filepath.Join(t.TempDir(), "another", "place"), keys: t.TempDir(), blocks: map[string]string{}}
	found, err := pages.Read(root, page, "sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range found {
		d.blocks[block.Title] = block.Text
	}
	if err := os.MkdirAll(d.repository, 0o700); err != nil {
		t.Fatal(err)
	}
	copied := exec.CommandContext(t.Context(), "sh", "-c", `git ls-files -z --cached --others --exclude-standard | xargs -0 ls -d 2>/dev/null | tar -cf - -T - | tar -xf - -C "$0"`, d.repository)
	copied.Dir = root
	if out, err := copied.CombinedOutput(); err != nil {
		t.Fatalf("copying the working tree: %v\n%s", err, out)
	}
	d.mustRun("git init --quiet && git add --all && git commit --quiet --message all")
	return d
}

// run runs a script in the repository, as a person would.
func (d *desk) run(dir, script string) (string, error) {
	d.t.Helper()
	command := exec.CommandContext(d.t.Context(), "bash", "-euo", "pipefail", "-c", script)
	command.Dir = dir
	platform := runtime.GOOS + "/" + runtime.GOARCH
	command.Env = append(os.Environ(),
		"VERSION="+version, "KEYS="+d.keys, "REPOSITORY="+d.repository, "AGAIN="+d.again,
		"RELEASE_FLAGS=-platforms="+platform+" -plugins="+platform,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	out, err := command.CombinedOutput()
	return string(out), err
}

// mustRun runs a script, or a block of the page by its title.
func (d *desk) mustRun(what string) string {
	d.t.Helper()
	script := what
	if block, ok := d.blocks[what]; ok {
		script = block
	}
	out, err := d.run(d.repository, script)
	if err != nil {
		d.t.Fatalf("%s: %v\n%s", what, err, out)
	}
	return out
}

// mustFail runs a script that is to fail with a message.
func (d *desk) mustFail(what, dir, script, message string) {
	d.t.Helper()
	if out, err := d.run(dir, script); err == nil || !strings.Contains(out, message) {
		d.t.Errorf("%s: %v, want a failure with %q:\n%s", what, err, message, out)
	}
}

// TestRelease follows docs/releasing.md, and then attacks what it has made.
func TestRelease(t *testing.T) {
	d := newDesk(t)
	d.mustFail("without a tag", d.repository, d.blocks["build"], "is not tagged "+version)
	d.mustRun("prepare")
	d.mustRun("key")
	d.mustRun("echo >>LICENSE")
	d.mustFail("with changes", d.repository, d.blocks["build"], "changes that are not committed")
	d.mustRun("git checkout --quiet LICENSE")
	d.mustFail("with another Go", d.repository, "GOTOOLCHAIN=local; sed -i 's/^toolchain .*/toolchain go1.26.1/' go.mod; git commit -qam other; git tag -f "+version+" >/dev/null; "+d.blocks["build"], "go.mod pins go1.26.1")
	d.mustRun("git reset --quiet --hard HEAD~1; git tag -f " + version)

	d.mustRun("build")
	dist := filepath.Join(d.repository, "dist")
	verify := d.blocks["verify"]
	if out, err := d.run(dist, verify); err != nil || !strings.Contains(out, "Verified OK") {
		t.Fatalf("verifying: %v\n%s", err, out)
	}
	checkFiles(t, dist)
	checkImage(t, filepath.Join(dist, "carillon-image_"+version+".tar"), dist)
	checkEnvelope(t, dist, filepath.Join(d.keys, "release.pub"))
	d.mustRun("reproduce")

	d.mustRun("echo '# more' >>dist/install.yaml")
	d.mustFail("a file that is not the one that was signed", dist, verify, "install.yaml: FAILED")
	d.mustRun("cd dist && sha256sum -- *.* >SHA256SUMS")
	d.mustFail("checksums that are not those that were signed", dist, verify, "Verification failure")
}

// checkFiles shows that the manifests name the image by its digest, and that the programs
// are described.
func checkFiles(t *testing.T, dist string) {
	t.Helper()
	digest := imageDigest(t, dist)
	install := readFile(t, dist, "install.yaml")
	if want := "image: ghcr.io/carillon-dev/carillon:" + version + "@" + digest; !strings.Contains(install, want) {
		t.Errorf("install.yaml does not have %q", want)
	}
	chart := exec.CommandContext(t.Context(), "tar", "-xzOf", filepath.Join(dist, "carillon-0.99.0.tgz"), "carillon/values.yaml")
	values, err := chart.Output()
	if err != nil || !strings.Contains(string(values), "digest: "+digest) {
		t.Errorf("the values of the chart do not have %s: %v", digest, err)
	}
	for _, program := range []string{"carillon-manager_", "kubectl-carillon_"} {
		var bom struct {
			BOMFormat  string
			Metadata   struct{ Component struct{ Version string } }
			Components []struct{ Name, Version string }
		}
		name := program + version + "_" + runtime.GOOS + "_" + runtime.GOARCH + ".cdx.json"
		if err := json.Unmarshal([]byte(readFile(t, dist, name)), &bom); err != nil {
			t.Fatal(err)
		}
		known := map[string]string{}
		for _, component := range bom.Components {
			known[component.Name] = component.Version
		}
		if bom.BOMFormat != "CycloneDX" || bom.Metadata.Component.Version != version || known["k8s.io/api"] == "" || known["std"] != runtime.Version() {
			t.Errorf("%s: %s of %s, with k8s.io/api %q and std %q", name, bom.BOMFormat, bom.Metadata.Component.Version, known["k8s.io/api"], known["std"])
		}
	}
}

// checkEnvelope verifies the signed statement about the build, as any tool does that knows
// DSSE, and shows that it is about all files.
func checkEnvelope(t *testing.T, dist, publicKey string) {
	t.Helper()
	var envelope struct {
		PayloadType, Payload string
		Signatures           []struct{ Sig string }
	}
	if err := json.Unmarshal([]byte(readFile(t, dist, envelopeFile)), &envelope); err != nil {
		t.Fatal(err)
	}
	payload, err := base64.StdEncoding.DecodeString(envelope.Payload)
	if err != nil || len(envelope.Signatures) != 1 {
		t.Fatalf("%d signatures of a payload: %v", len(envelope.Signatures), err)
	}
	block, _ := pem.Decode([]byte(readFile(t, filepath.Dir(publicKey), filepath.Base(publicKey))))
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(envelope.Signatures[0].Sig)
	if err != nil {
		t.Fatal(err)
	}
	signed := sha256.Sum256(preAuthEncoding(payload))
	if !ecdsa.VerifyASN1(key.(*ecdsa.PublicKey), signed[:], signature) {
		t.Error("the signature of the statement is wrong")
	}
	if other := sha256.Sum256(preAuthEncoding(append(payload, ' '))); ecdsa.VerifyASN1(key.(*ecdsa.PublicKey), other[:], signature) {
		t.Error("the signature is not about the statement")
	}
	var statement struct {
		Type, PredicateType string
		Subject             []struct {
			Name   string
			Digest map[string]string
		}
	}
	if err := json.Unmarshal(bytes.Replace(payload, []byte(`"_type"`), []byte(`"type"`), 1), &statement); err != nil {
		t.Fatal(err)
	}
	stated := map[string]string{}
	for _, subject := range statement.Subject {
		stated[subject.Name] = subject.Digest["sha256"]
	}
	want := map[string]string{"ghcr.io/carillon-dev/carillon": strings.TrimPrefix(imageDigest(t, dist), "sha256:")}
	for line := range strings.Lines(readFile(t, dist, sumsFile)) {
		if sum, name, _ := strings.Cut(strings.TrimSpace(line), "  "); name != statementFile {
			want[name] = sum
		}
	}
	if diff := cmp.Diff(want, stated); diff != "" || statement.Type != "https://in-toto.io/Statement/v1" || statement.PredicateType != "https://slsa.dev/provenance/v1" {
		t.Errorf("a %s of %s (-files +subjects):\n%s", statement.Type, statement.PredicateType, diff)
	}
}

func readFile(t *testing.T, dir, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestKeysThatAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, tc := range map[string]struct{ arguments, message string }{
		"another curve":     {"-algorithm EC -pkeyopt ec_paramgen_curve:P-384", "P-256"},
		"another algorithm": {"-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "P-256"},
	} {
		path := filepath.Join(dir, name)
		args := append(append([]string{"genpkey", "-quiet"}, strings.Fields(tc.arguments)...), "-out", path)
		if out, err := exec.CommandContext(context.Background(), "openssl", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if _, err := readKey(path); err == nil || !strings.Contains(err.Error(), tc.message) {
			t.Errorf("%s: %v, want an error with %q", name, err, tc.message)
		}
	}
	path := filepath.Join(dir, "no key")
	if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readKey(path); err == nil || !strings.Contains(err.Error(), "no private key in PEM") {
		t.Errorf("a text: %v", err)
	}
}
