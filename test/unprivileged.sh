#!/usr/bin/env bash
# usage: go test -exec test/unprivileged.sh ...   (as root)
#
# Runs a compiled test binary as the unprivileged user. The binary lies in a
# directory of the go command that only root can enter, so it is linked or copied
# out of it; the working directory stays the tested package's, as tests expect.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

binary=$1
shift
where=$(mktemp -d /tmp/berth-test.XXXXXX)
trap 'rm -rf "$where"' EXIT
chmod 755 "$where"
ln "$binary" "$where/" 2>/dev/null || cp "$binary" "$where/"
program=$where/${binary##*/}
chmod 755 "$program"

# The go command ends a test that hangs with a signal to this script: pass it on,
# so that the test prints its goroutines and ends.
unprivileged
"${AS_USER[@]}" "$program" "$@" &
child=$!
trap 'kill -QUIT "$child" 2>/dev/null || true' QUIT
trap 'kill -TERM "$child" 2>/dev/null || true' INT TERM
while :; do
	status=0
	wait "$child" || status=$?
	kill -0 "$child" 2>/dev/null || exit "$status"
done
