# shellcheck shell=bash
# Shared by the scripts beside it; to be sourced, not run.
#
# Two users appear in every script here. The invoking user is root in a
# container or on a CI machine, or yourself on your own computer. The tests and
# the builds always run as someone without privileges, because permission tests
# prove nothing as root and Open MPI refuses to start as root: that is yourself,
# or, when the invoking user is root, the system user $BERTH_TEST_USER.

BERTH_TEST_USER=${BERTH_TEST_USER:-berth-test}

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$@"; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }

# The repository's root, whatever the working directory.
repo_root() { (cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P); }
