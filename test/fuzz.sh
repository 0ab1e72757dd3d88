#!/usr/bin/env bash
# usage: [FUZZTIME=30s] test/fuzz.sh [PACKAGE...]     (default: ./...)
#
# Runs every fuzz target of the packages for FUZZTIME each. The go command takes
# one target at a time. What a target finds lies in its package's testdata/fuzz.
# Every interesting input is made smaller first, for up to a minute of that time if
# nothing limits it: a target whose inputs are large would try nothing else.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$(repo_root)"
[ $# -gt 0 ] || set -- ./...

targets=$(go list -f '{{range .TestGoFiles}}{{$.ImportPath}} {{$.Dir}}/{{.}}{{"\n"}}{{end}}{{range .XTestGoFiles}}{{$.ImportPath}} {{$.Dir}}/{{.}}{{"\n"}}{{end}}' "$@" |
	while read -r package file; do
		[ -n "$package" ] || continue
		sed -nE "s|^func (Fuzz[A-Za-z0-9_]*)\(.*|$package \1|p" "$file"
	done)
[ -n "$targets" ] || { say "no fuzz target in $*"; exit 0; }

failed=0
while read -r package target; do
	say "$package $target for ${FUZZTIME:-30s}"
	go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-30s}" -fuzzminimizetime 100x "$package" </dev/null || failed=1
done <<<"$targets"
exit $failed
