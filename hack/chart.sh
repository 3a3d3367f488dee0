#!/usr/bin/env bash
# Copies what the chart takes from config/ into charts/carillon/files: a chart can hold
# nothing that lies outside of it.
set -euo pipefail
cd "$(dirname "$0")/.."

files=charts/carillon/files
rm -rf "$files"
mkdir -p "$files/crd" "$files/manager"
cp config/crd/bases/*.yaml "$files/crd"
cp config/manager/{metrics_service,namespace,pod_disruption_budget}.yaml "$files/manager"
cp -R config/rbac config/components "$files"
find "$files" -name kustomization.yaml -delete
find "$files" -type d -empty -delete
