#!/bin/sh
# Runs every fuzz test of the module, one after the other, each for FUZZTIME.
set -eu
cd "$(dirname "$0")/.."

packages=$(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...)
for package in $packages; do
	# Not in a pipe, which would hide that a package does not build.
	tests=$(go test -list '^Fuzz' "$package")
	for name in $(echo "$tests" | grep '^Fuzz' || true); do
		echo "== $package $name"
		go test -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-1m}" "$package"
	done
done
