#!/bin/sh
# Simulates the core over SIM_DAYS (365) with SIM_TASKS (1000), for SIM_SEEDS (1) seeds
# from SIM_SEED (1) on, and then plants bugs that a week of it has to find: those whose
# names match SIM_MUTANTS (all), or none.
set -eu
cd "$(dirname "$0")/.."

# What is alive is little, and what is made in passing is much.
GOGC=400 go test ./internal/scheduler/sim -run '^TestSim$' -count=1 -timeout=0 -v \
	-sim.days="${SIM_DAYS:-365}" -sim.tasks="${SIM_TASKS:-1000}" -sim.seed="${SIM_SEED:-1}" -sim.seeds="${SIM_SEEDS:-1}"

if [ "${SIM_MUTANTS:-}" != none ]; then
	go run ./hack/mutants -run "${SIM_MUTANTS:-}"
fi
