#!/usr/bin/env bash
# usage: test/setup.sh [all|build|builds]
#
# Installs what building and testing berth needs besides Go, make and git, with
# apt-get as root. Only what is missing is installed, so a second call costs
# milliseconds. Without root or without apt-get it names what is missing and goes
# on: the commands may be there under another package name.
#
#   build   what compiling berth itself needs: a C compiler and libc (for sqlite)
#   all     that, and what the end-to-end tests build and run with (the default)
#   builds  that, and what test-builds finds on the host because it cannot build it
set -euo pipefail
. "$(dirname "$0")/lib.sh"

# Debian package, and a file or command that proves it where dpkg is not at hand.
build_needs=(
	gcc:gcc
	libc6-dev:/usr/include/stdio.h
)
test_needs=(
	g++:g++
	gfortran:gfortran
	clang:clang
	make:make
	cmake:cmake
	patch:patch
	perl:perl
	pkg-config:pkg-config
	python3:python3
	python3-pip:pip3
	binutils:ld
	file:file
	bzip2:bzip2
	xz-utils:xz
	tar:tar
	openmpi-bin:mpirun.openmpi
	libopenmpi-dev:mpicc.openmpi
	mpich:mpirun.mpich
	libmpich-dev:mpicc.mpich
	dash:dash
	zsh:zsh
	fish:fish
	tcl:tclsh
	util-linux:setpriv
	ca-certificates:/etc/ssl/certs/ca-certificates.crt
)

builds_needs=(
	autoconf:autoconf
	automake:automake
	libtool:libtoolize
	m4:m4
	bison:bison
	python3-minimal:python3
)

# proven NAME: is the command or the absolute path NAME there?
proven() {
	case $1 in
	/*) [ -e "$1" ] ;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

# missing PACKAGE:PROOF...: the packages that are not installed, one a line.
missing() {
	local need
	if command -v dpkg-query >/dev/null 2>&1; then
		local have
		have=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${@%%:*}" 2>/dev/null | sed -n 's/^ii *//p' || true)
		for need in "$@"; do
			grep -qxF -- "${need%%:*}" <<<"$have" || printf '%s\n' "${need%%:*}"
		done
	else
		for need in "$@"; do
			proven "${need#*:}" || printf '%s\n' "${need%%:*}"
		done
	fi
}

apt_get() {
	DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

# Debian's lmod and environment-modules exclude each other. The tests load module files with both, so the second
# one is only unpacked, where modules/load_test.go finds it; what is installed already stays.
unpack_modules() {
	local dir=/usr/local/lib/berth-test/environment-modules temp
	[ ! -d "$dir" ] && [ ! -d /etc/environment-modules ] && is_root && command -v apt-get >/dev/null 2>&1 || return 0
	say "unpacking environment-modules into $dir"
	mkdir -p "${dir%/*}"
	temp=$(mktemp -d "${dir%/*}/new.XXXXXX")
	chmod 755 "$temp"
	if (cd "$temp" && apt_get download environment-modules >&2 && dpkg -x environment-modules_*.deb x); then
		mv "$temp/x" "$dir"
	else
		say "could not get environment-modules; module files are tried with Lmod alone"
	fi
	rm -rf "$temp"
}

# A test asks a node behind Slurm what it is, by a controller and a node that it starts itself. Installed, Slurm would want services of its own, so it is only
# unpacked, where cmd/berth/slurm_test.go finds it.
unpack_slurm() {
	local dir=/usr/local/lib/berth-test/slurm temp
	[ ! -d "$dir" ] && is_root && command -v apt-get >/dev/null 2>&1 || return 0
	say "unpacking slurm into $dir"
	mkdir -p "${dir%/*}"
	temp=$(mktemp -d "${dir%/*}/new.XXXXXX")
	chmod 755 "$temp"
	if (cd "$temp" && apt_get download slurmctld slurmd slurm-client slurm-wlm-basic-plugins >&2 &&
		for deb in *.deb; do dpkg -x "$deb" x; done &&
		lib=$(dirname "$(find "$PWD/x" -name libslurmfull.so)") && LD_LIBRARY_PATH=$lib x/usr/sbin/slurmctld-wlm -V >&2); then
		mv "$temp/x" "$dir"
	else
		say "could not get slurm; berth arch --probe is tried with a stand-in for srun alone"
	fi
	rm -rf "$temp"
}

# Scripts that use two GCCs side by side want an older one beside the distribution's own. Releases that have none do without.
second_gcc() {
	local wanted=(gcc-11 g++-11 gfortran-11)
	! proven gfortran-11 && is_root && command -v apt-get >/dev/null 2>&1 || return 0
	[ -n "$(apt-cache madison gfortran-11 2>/dev/null)" ] || apt_get update >&2 || true
	[ -n "$(apt-cache madison gfortran-11 2>/dev/null)" ] || return 0
	say "installing ${wanted[*]}"
	apt_get install --no-install-recommends "${wanted[@]}" >&2 ||
		say "could not get ${wanted[*]}; what is built with two GCCs is not tried"
}

case ${1:-all} in
build) needs=("${build_needs[@]}") ;;
all | builds)
	needs=("${build_needs[@]}" "${test_needs[@]}")
	[ "${1:-all}" != builds ] || needs+=("${builds_needs[@]}")
	[ -d /etc/environment-modules ] || needs+=(lmod:/usr/share/lmod/lmod/libexec/lmod)
	;;
*) die "unknown set '$1': say build, all or builds" ;;
esac

mapfile -t lacking < <(missing "${needs[@]}")
if [ ${#lacking[@]} = 0 ]; then
	[ "${1:-all}" = build ] || { second_gcc; unpack_modules; unpack_slurm; }
	exit 0
fi

if ! is_root; then
	say "not root, so nothing is installed; on Debian these packages are missing: ${lacking[*]}"
	say "install them (apt-get install ${lacking[*]}) if a later step misses a command"
	exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
	say "no apt-get here, so nothing is installed; missing (Debian's names): ${lacking[*]}"
	exit 0
fi

say "installing ${lacking[*]}"
# An image's package lists are often old or absent; fetch them once, here.
apt_get update >&2 || say "apt-get update failed; trying with the lists that are there"
apt_get install --no-install-recommends "${lacking[@]}" >&2 ||
	die "apt-get could not install: ${lacking[*]}"
mapfile -t lacking < <(missing "${needs[@]}")
[ ${#lacking[@]} = 0 ] || die "still missing after apt-get: ${lacking[*]}"
[ "${1:-all}" = build ] || { second_gcc; unpack_modules; unpack_slurm; }
