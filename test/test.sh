#!/usr/bin/env bash
# usage: test/test.sh [GO-TEST-ARGUMENT...]     (default: ./...)
#
# Runs the tests without privileges, whoever calls it; see lib.sh. The go command
# itself runs as the invoking user, so that its caches are used, and nothing is
# compiled twice.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$(repo_root)"
[ $# -gt 0 ] || set -- ./...

if ! is_root; then
	exec go test -count=1 "$@"
fi
need_user

# Tests read their package's directory. Where the checkout is closed to the
# unprivileged user, they run in a copy of it.
if ! reachable "$PWD" || ! reachable "$PWD/go.mod"; then
	copy=$(mktemp -d /var/tmp/berth-checkout.XXXXXX)
	trap 'rm -rf "$copy"' EXIT
	say "$BERTH_TEST_USER cannot read $PWD; testing a copy in $copy"
	tar -c --exclude=./.git --exclude=./.run --exclude=./bin . | tar -x -C "$copy"
	chmod -R u+w,a+rX "$copy"
	cd "$copy"
fi
# -count=1: the go command cannot keep the results of tests that another user ran.
go test -count=1 -exec "$PWD/test/unprivileged.sh" "$@"
