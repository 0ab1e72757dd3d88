#!/usr/bin/env bash
# usage: test/run.sh overhead.sh      (make bench)
#
# What berth adds to a build: a package installed by berth install, against the same
# commands (configure, make, make install, as berth noted them in the stage) by hand, with
# the same compiler, flags, directories and number of jobs. By hand the target's flags are
# part of CC and CXX, not of CFLAGS: many a configure script decides by CFLAGS whether to
# optimise. Both begin with an archive on the disk and end with a prefix; berth's part has
# everything that it does beside: resolving, checksums, the compiler wrapper, confinement,
# the checks of what was installed, fsync, the index.
#
# The two take turns, RUNS times (5), and the median of each counts. Beside the time on
# the clock stands the processor time, which a busy machine changes less. The figures pass
# or fail nothing. PACKAGE is one of those below.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sources.sh"

run=$1
runs=${RUNS:-5}
package=${PACKAGE:-libffi}
jobs=${JOBS:-$(nproc)}
case $package in
libsigsegv) version=2.14 ;;
libffi) version=3.4.4 ;;
diffutils) version=3.8 ;;
jemalloc) version=5.3.0 ;;
*) die "PACKAGE is libsigsegv, libffi, diffutils or jemalloc, not $package" ;;
esac
export PATH="$run/bin:$PATH"

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
export BERTH_ROOT=$work/berth
mkdir -p "$BERTH_ROOT"
echo 'nice: 0' >"$BERTH_ROOT/config.yaml" # as the build by hand
berth mirror add "file://$run/mirror" 2>/dev/null
"$(dirname "$sources_tsv")/mirror.sh" "$run/mirror" "$package" >/dev/null
printf 'berth: 1\nspecs: ["%s@%s"]\npackages: {%s: {"externals:": []}}\n' "$package" "$version" "$package" >env.yaml
# Once beforehand: the host is searched, the source fetched, the build's own settings are seen.
berth install --keep-stage --jobs "$jobs" >first.log 2>&1 || { cat first.log >&2; die "berth could not build $package"; }
shell=$(echo "$BERTH_ROOT"/stage/"$package"-*/berth-shell)
archive=$(find "$BERTH_ROOT/cache/sources" -type f | head -1)
# The flags that the wrapper adds, as the compiler itself is told them.
target=$("$shell" sh -c 'echo >"$TMPDIR/e.c"; "$CC" -v -c -o /dev/null "$TMPDIR/e.c"' 2>&1 | grep -oE -- ' -m(arch|tune)=[A-Za-z0-9_.+-]+' | sort -u | xargs)
[ -n "$target" ] || die "the compiler was told no target"

# The commands that berth ran, for another source and prefix. Whatever is in quotes in
# them stays as it is: the paths have no characters that a shell would take for its own.
stage=$(dirname "$shell")
source=$(echo "$stage"/src/*)
built=$(echo "$BERTH_ROOT"/store/"$package"-*)
by_hand=$work/src/$(basename "$source")
sed "s|$source|$by_hand|g; s|$stage/build|$work/build|g; s|$built|$work/hand|g" "$stage/commands.sh" >commands.sh
grep -qE '/(configure|cmake)' commands.sh || die "berth noted no commands: $(cat commands.sh)"
! grep -qF "$BERTH_ROOT" commands.sh || die "berth's own files are in the commands: $(grep -F "$BERTH_ROOT" commands.sh)"

# by_hand: the same without berth. Its make asks for jobs, as with berth.
by_hand() {
	rm -rf hand src build
	mkdir src build
	tar -C src -xf "$archive"
	env -i PATH=/usr/bin:/bin HOME="$work" LC_ALL=C MAKEFLAGS="-j$jobs" \
		CC="gcc $target" CXX="g++ $target" FC="gfortran $target" LDFLAGS="-Wl,-rpath,$work/hand/lib" sh commands.sh </dev/null
}

# with_berth: the package alone is built anew; what it needs stands.
with_berth() { berth install --jobs "$jobs"; }

# measure FUNCTION FILE: adds a line with its seconds on the clock and of the processor.
measure() {
	local TIMEFORMAT='%R %U %S'
	{ time "$1" >output.log 2>&1; } 2>>"$2" || { cat output.log >&2; die "$1 failed"; }
}

# median FILE COLUMN...: of the sums of the columns.
median() {
	local file=$1
	shift
	awk -v columns="$*" 'BEGIN { n = split(columns, c, " ") } { s = 0; for (i = 1; i <= n; i++) s += $c[i]; print s }' "$file" |
		sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

for ((i = 0; i < runs; i++)); do
	measure by_hand hand.times
	berth uninstall --force "$package" >/dev/null 2>&1
	measure with_berth berth.times
done
printf '%s %s, %s jobs, median of %s runs, %s\n' "$package" "$version" "$jobs" "$runs" "$target"
printf '%-44s %8s %8s %9s\n' seconds 'by hand' berth 'more'
compare() { awk -v name="$1" -v a="$2" -v b="$3" 'BEGIN { printf "%-44s %8.2f %8.2f %+8.1f%%\n", name, a, b, 100 * (b - a) / a }'; }
compare 'on the clock' "$(median hand.times 1)" "$(median berth.times 1)"
compare 'of the processor' "$(median hand.times 2 3)" "$(median berth.times 2 3)"
