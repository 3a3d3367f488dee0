#!/usr/bin/env bash
# Checks the ways to install that need programs which are long in building: the chart, by
# helm, against config/ and on a whole cluster, and the plugin, by krew. Then the alerts,
# by promtool, for which the Debian package prometheus is unpacked if there is none.
set -euo pipefail
cd "$(dirname "$0")/.."

programs=$(mktemp -d)
trap 'rm -rf "$programs"' EXIT

echo "building helm and krew"
go build -modfile=tools/helm/go.mod -o "$programs/helm" helm.sh/helm/v4/cmd/helm
go build -modfile=tools/krew/go.mod -o "$programs/krew" sigs.k8s.io/krew/cmd/krew
KUBEBUILDER_ASSETS=$(go -C hack/devcluster run . assets)
export HELM=$programs/helm KREW=$programs/krew KUBEBUILDER_ASSETS

go test -count=1 -v ./test/install
go -C test/e2e test . -count=1 -timeout=20m -v -ginkgo.label-filter=helm

if ! command -v "${PROMTOOL:=promtool}" >/dev/null && command -v apt-get dpkg-deb >/dev/null; then
  echo "unpacking promtool"
  (cd "$programs" && { apt-get -qq download prometheus || { apt-get -qq update && apt-get -qq download prometheus; }; })
  dpkg-deb --extract "$programs"/prometheus_*.deb "$programs/prometheus"
  PROMTOOL=$programs/prometheus/usr/bin/promtool
fi
make check-alerts PROMTOOL="$PROMTOOL"
