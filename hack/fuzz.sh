#!/bin/sh
# Runs every fuzz test of the module, one after the other, each for FUZZTIME.
set -eu
cd "$(dirname "$0")/.."

for package in $(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...); do
	go test -list '^Fuzz' "$package" | grep '^Fuzz' | while read -r name; do
		echo "== $package $name"
		go test -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-1m}" "$package" </dev/null
	done
done
