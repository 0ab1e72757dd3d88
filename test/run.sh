#!/usr/bin/env bash
# usage: test/run.sh [SCRIPT]      (make run builds bin/berth first)
#
# Runs a script of this directory under .run/ in the checkout, as the unprivileged
# user, with what it needs laid out where that user can reach it: job.sh, berth's
# main job, or readme.sh or bench.sh, which start from what job.sh built. A script
# gets the directory as its argument. See lib.sh for why there are two users.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
repo=$(repo_root)
cd "$repo"

need_user
[ -x bin/berth ] || die "no bin/berth; make build makes it"

# run_directory: makes .run the unprivileged user's. Where the checkout is closed to
# that user, .run is a link to a directory under /var/tmp.
run_directory() {
	if [ -L .run ] && [ ! -d .run ]; then rm .run; fi
	mkdir -p .run
	if ! is_root; then
		[ -w .run ] || die ".run belongs to $(stat -L -c %U .run); remove it as root, or run as that user"
		return
	fi
	if ! reachable "$repo" && [ ! -L .run ]; then
		rmdir .run 2>/dev/null || die ".run is in a directory that $BERTH_TEST_USER cannot enter, and not empty; remove it"
		ln -s "$(mktemp -d /var/tmp/berth-run.XXXXXX)" .run
		say "$BERTH_TEST_USER cannot enter $repo; .run is a link to $(readlink .run)"
	fi
	local owner
	owner=$(stat -L -c %U .run)
	[ "$owner" = "$BERTH_TEST_USER" ] || chown -R "$BERTH_TEST_USER:" .run/
}

run_directory
run=$(cd .run && pwd -P)
rm -rf "$run/test"
mkdir -p "$run/bin" "$run/test"
cp -r README.md test/*.sh test/*.tsv test/env.yaml test/programs "$run/test/"
cmp -s bin/berth "$run/bin/berth" || { cp bin/berth "$run/bin/berth.new" && mv "$run/bin/berth.new" "$run/bin/berth"; }
chmod -R u+w,a+rX "$run/bin" "$run/test"

cd "$run"
as_user "$run/test/${1:-job.sh}" "$run" </dev/null
