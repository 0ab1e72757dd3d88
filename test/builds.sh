#!/usr/bin/env bash
# usage: test/run.sh builds.sh      (make test-builds)
#
# Builds packages of builds.tsv for real, by berth install, each in an environment of
# its own: configured, compiled, installed, what it links to found, its recipe's check
# run. Everything goes to the berth root that job.sh uses; what stands there already is
# left as it is, and said so. The sources come from upstream or from DIR/mirror.
#
#   TEST_BUILDS="zstd lua"     these, and what they need
#   TEST_BUILDS_SECONDS=360    as many as fit into so many seconds: another few every
#                              day, or for another TEST_BUILDS_DAY (a number)
#   neither                    all of them
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sources.sh"

run=$1
table=$(cd "$(dirname "$0")" && pwd)/builds.tsv
export PATH="$run/bin:$PATH" BERTH_ROOT="$run/berth"

# The table: names in its order, and by name the spec, the seconds and the needs.
names=()
declare -A spec seconds needs
while IFS=$'\t' read -r text secs needed; do
	name=${text%%[@+~ ]*}
	names+=("$name")
	spec[$name]=$text seconds[$name]=$secs needs[$name]=${needed:-}
done < <(grep -v '^#' "$table")

chosen=() cost=0
declare -A is_chosen

# closure NAME: what it needs, in order, then itself.
closure() {
	local n
	for n in ${needs[$1]}; do
		[ -n "${spec[$n]:-}" ] || die "$table: $1 needs $n, which is not there"
		closure "$n"
	done
	printf '%s\n' "$1"
}

# choose NAME [SECONDS]: takes it and what it needs, unless that takes longer.
choose() {
	local n sum=0 new=()
	for n in $(closure "$1" | awk '!seen[$0]++'); do
		[ -z "${is_chosen[$n]:-}" ] || continue
		new+=("$n")
		sum=$((sum + seconds[$n]))
	done
	[ -z "${2:-}" ] || [ "$sum" -le "$2" ] || return 0
	for n in "${new[@]}"; do
		is_chosen[$n]=1
		chosen+=("$n")
	done
	cost=$((cost + sum))
}

# rotate BUDGET: goes through the table from another row every day and takes what fits.
rotate() {
	local day=${TEST_BUILDS_DAY:-$(date +%j)} i
	day=$((10#$day))
	for ((i = 0; i < ${#names[@]}; i++)); do
		choose "${names[(day * 7 + i) % ${#names[@]}]}" $(($1 - cost))
	done
}

if [ -n "${TEST_BUILDS:-}" ]; then
	for name in $TEST_BUILDS; do
		[ -n "${spec[$name]:-}" ] || die "'$name' is not in $table; it lists: ${names[*]}"
		choose "$name"
	done
elif [ -n "${TEST_BUILDS_SECONDS:-}" ]; then
	rotate "$TEST_BUILDS_SECONDS"
else
	for name in "${names[@]}"; do choose "$name"; done
fi
say "${#chosen[@]} of ${#names[@]} packages, some $cost s on two cores: ${chosen[*]}"

# environment NAME: its env.yaml. Whoever depends on a package of the table gets the
# spec that the table has, because that is the one whose source can be had. What is to
# be built is not taken from the host.
environment() {
	local n
	printf 'berth: 1\nspecs:\n- "%s"\npackages:\n' "${spec[$1]}"
	printf '  mpi: {require: openmpi, buildable: false}\n  blas: {require: netlib-lapack}\n  lapack: {require: netlib-lapack}\n'
	for n in "${names[@]}"; do
		printf '  %s: {require: "%s"' "$n" "${spec[$n]#"$n"}"
		[ "$n" != "$1" ] || printf ', "externals:": []'
		printf '}\n'
	done
}

# lock NAME: writes its environment and resolves it.
lock() {
	mkdir -p "$run/builds/$1" && cd "$run/builds/$1" || return
	environment "$1" >env.yaml
	berth concretize
}

# needed: of the locked environments, the packages whose source upstream does not give.
needed() {
	local name
	for name in "${locked[@]}"; do
		cd "$run/builds/$name"
		! offline || listed
	done | sort -u
}

# install NAME: builds what is locked for it.
install() {
	local from=$SECONDS before after cpu TIMEFORMAT=%U
	cd "$run/builds/$1" || return
	before=$(ls "$BERTH_ROOT/store" 2>/dev/null || true)
	{ cpu=$({ time berth install --locked >&3 2>&4; } 2>&1) || return; } 3>&1 4>&2
	after=$(ls "$BERTH_ROOT/store")
	if [ "$before" = "$after" ]; then
		results+=("$1: was in place")
	else
		results+=("$1: built in $((SECONDS - from)) s, $cpu s of processor time: $(comm -13 <(echo "$before") <(echo "$after") | xargs)")
	fi
}

results=() failed=() locked=()
berth external find
for name in "${chosen[@]}"; do
	if lock "$name"; then locked+=("$name"); else failed+=("$name"); fi
done
mapfile -t packages < <(needed)
use_mirror "$run/mirror" "${packages[@]}"
for name in "${locked[@]}"; do
	printf '\n== %s\n' "${spec[$name]}"
	install "$name" || failed+=("$name")
done
printf '\n'
[ ${#results[@]} = 0 ] || printf '%s\n' "${results[@]}"
[ ${#failed[@]} = 0 ] || die "failed: ${failed[*]}"
printf '%s packages stand; berth install checked each.\n' "${#chosen[@]}"
