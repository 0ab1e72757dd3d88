#!/usr/bin/env bash
# usage: test/run.sh [job.sh]
#
# berth's main job, in DIR: env.yaml to env.lock to real builds, then programs that
# use them on two processes, whose results are checked. DIR/berth is the berth root,
# DIR/env the project, DIR/mirror the sources where upstream does not answer.
# Nothing here is built twice: what stands is left as it is.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sources.sh"

run=$1
here=$(cd "$(dirname "$0")" && pwd)
export PATH="$run/bin:$PATH" BERTH_ROOT="$run/berth"
started=$SECONDS

# Two processes on any machine: on one core, in a container, without a fabric.
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
export OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_hwloc_base_binding_policy=none
export OMP_NUM_THREADS=1

# prefix_of PACKAGE: where it stands, as the environment says it.
prefix_of() {
	berth run -- printenv "$(tr a-z- A-Z_ <<<"$1")_ROOT" || die "the environment does not say where $1 is"
}

# compile NAME PACKAGE LIBRARY...: programs/NAME.c against a package of the
# environment, with the MPI that the environment is for.
compile() {
	local name=$1 prefix
	prefix=$(prefix_of "$2")
	shift 2
	show berth run -- mpicc -O2 -o "$run/programs/$name" "$here/programs/$name.c" \
		"-I$prefix/include" "-L$prefix/lib" "-Wl,-rpath,$prefix/lib" "$@" -lm
}

# check_hpcc: runs the benchmark at a size of no use but to check the answers.
check_hpcc() {
	local dir=$run/hpcc
	rm -rf "$dir"
	mkdir "$dir"
	cp "$here/programs/hpccinf.txt" "$dir/"
	(cd "$dir" && show berth -C "$run/env" run -- sh -c 'cd "$1" && exec mpirun -np 2 hpcc' sh "$dir")
	local out=$dir/hpccoutf.txt
	if ! grep -q '^End of HPC Challenge tests' "$out" || ! grep -qx 'Success=1' "$out"; then
		die "hpcc did not come to its end; see $out"
	fi
	if grep FAILED "$out" || ! grep -q PASSED "$out"; then
		die "hpcc found wrong answers; see $out"
	fi
	say "hpcc: $(grep -c PASSED "$out") residual checks passed, none failed"
}

mkdir -p "$run/env" "$run/programs" "$BERTH_ROOT"
cd "$run/env"
cmp -s "$here/env.yaml" env.yaml || cp "$here/env.yaml" env.yaml
show cat env.yaml

show berth external find
show berth concretize
# Sources are needed once: when what is locked was installed, nothing asks the network.
new=true
if cmp -s env.lock "$run/installed.lock"; then new=false; fi
if $new && offline; then
	say "upstream is out of reach from here"
	mapfile -t packages < <(listed)
	use_mirror "$run/mirror" "${packages[@]}"
fi
standing=$(ls "$BERTH_ROOT/store" 2>/dev/null || true)
show berth install
$new || [ "$standing" = "$(ls "$BERTH_ROOT/store")" ] ||
	die "env.lock was installed before, but berth install changed $BERTH_ROOT/store"

compile laplace hypre -lHYPRE
compile wave fftw -lfftw3_mpi -lfftw3
show berth run -- mpirun -np 2 "$run/programs/laplace"
show berth run -- mpirun -np 2 "$run/programs/wave"
if $new; then
	check_hpcc
fi
cp env.lock "$run/installed.lock"

if $new; then done="built what env.lock names"; else done="found all that env.lock names in place"; fi
printf '\nberth %s on the host'\''s own MPI; the programs that use it ran on two processes and their results are right (%d s).\n' \
	"$done" $((SECONDS - started))
