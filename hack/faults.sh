#!/bin/sh
# Injects every fault between a whole manager and a real API server. CASE takes one case
# alone, by the name under which it fails: scenario/kind/step. Without it all are gone
# through thoroughly, and then bugs are planted that they have to find: those whose names
# match FAULTS_MUTANTS (all), or none.
set -eu
cd "$(dirname "$0")/.."

KUBEBUILDER_ASSETS="$(go -C hack/devcluster run . assets)"
export KUBEBUILDER_ASSETS CARILLON_TEST_ALL_FAULTS=1

if [ -n "${CASE:-}" ]; then
	exec go test ./test/faults -count=1 -v -run "^TestFaults\$/^$(echo "$CASE" | sed 's|/|$/^|g')\$"
fi
go test ./test/faults -count=1 -timeout=30m

if [ "${FAULTS_MUTANTS:-}" != none ]; then
	CARILLON_TEST_ALL_FAULTS='' go run ./hack/mutants -by faults -run "${FAULTS_MUTANTS:-}"
fi
