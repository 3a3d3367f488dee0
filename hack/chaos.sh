#!/bin/sh
# Runs Tasks on a whole cluster for CHAOS_MINUTES (10) while managers are killed and
# frozen and the API server is restarted, in an order drawn from CHAOS_SEED (a new one,
# which is printed), and fails if a slot was lost or doubled. LEVEL=simulated|full
# chooses the kind of node.
set -eu
cd "$(dirname "$0")/../test/e2e"

exec go test . -count=1 -timeout=0 -v -ginkgo.timeout=24h -ginkgo.label-filter=chaos \
	-chaos.duration="${CHAOS_MINUTES:-10}m" -chaos.seed="${CHAOS_SEED:-0}"
