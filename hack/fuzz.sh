#!/bin/sh
# Runs every fuzz test of the module, one after the other, each for FUZZTIME.
set -eu
cd "$(dirname "$0")/.."

# By the source: a package whose tests need an API server cannot be asked without one.
for directory in $(git grep -lE '^func Fuzz' -- '*_test.go' | xargs -n 1 dirname | sort -u); do
	package=./$directory
	# Not in a pipe, which would hide that a package does not build.
	tests=$(go test -list '^Fuzz' "$package")
	for name in $(echo "$tests" | grep '^Fuzz'); do
		echo "== $package $name"
		go test -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-1m}" "$package"
	done
done
