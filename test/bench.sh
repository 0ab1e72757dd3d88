#!/usr/bin/env bash
# usage: [RUNS=20] test/run.sh bench.sh
#
# Times what a person waits for, with the environment that job.sh built: start-up,
# resolving (with the lock deleted and with it in place), an install with nothing to
# do, and a command run in the environment. Prints the least, the median and the
# greatest of RUNS runs, in milliseconds. The figures pass or fail nothing.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

run=$1
runs=${RUNS:-20}
[ -e "$run/installed.lock" ] || die "nothing to time: make run builds the environment first"
export PATH="$run/bin:$PATH" BERTH_ROOT="$run/berth"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$run/env/env.yaml" "$run/env/env.lock" "$work/"
cd "$work"

# time_of NAME PREPARE COMMAND...: the times of COMMAND, each run after PREPARE.
time_of() {
	local name=$1 prepare=$2 i from to
	shift 2
	for ((i = 0; i < runs; i++)); do
		$prepare
		from=${EPOCHREALTIME/[.,]/}
		"$@" >"$work/output" 2>&1 </dev/null || { cat "$work/output" >&2; die "$* failed"; }
		to=${EPOCHREALTIME/[.,]/}
		echo $((to - from))
	done | sort -n | awk -v name="$name" '
		{ t[NR] = $1 / 1000 }
		END { printf "%-44s %8.1f %8.1f %8.1f\n", name, t[1], t[int((NR + 1) / 2)], t[NR] }'
}

printf '%-44s %8s %8s %8s\n' "milliseconds, of $runs runs" least median greatest
time_of 'berth --version' : berth --version
time_of 'berth concretize, without env.lock' 'rm -f env.lock' berth concretize
time_of 'berth concretize, nothing to change' : berth concretize
time_of 'berth install, nothing to build' : berth install
time_of 'berth run -- true' : berth run -- true
