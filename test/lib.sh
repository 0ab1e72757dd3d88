# shellcheck shell=bash
# Shared by the scripts beside it; to be sourced, not run.
#
# Two users appear in every script here. The invoking user is root in a
# container or on a CI machine, or yourself on your own computer. The tests and
# the builds always run as someone without privileges, because permission tests
# prove nothing as root and Open MPI refuses to start as root: that is yourself,
# or, when the invoking user is root, the system user $BERTH_TEST_USER.
#
# The checkout may be root's alone (/root is often closed to others). What the
# unprivileged user needs is then laid where it can be reached.

BERTH_TEST_USER=${BERTH_TEST_USER:-berth-test}

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$@"; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }

# repo_root: the repository's root, whatever the working directory.
repo_root() { (cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P); }

# need_user: makes sure that there is an unprivileged user with a home to drop to.
need_user() {
	is_root || return 0
	[ "$BERTH_TEST_USER" != root ] || die "BERTH_TEST_USER must not be root"
	command -v setpriv >/dev/null 2>&1 || die "no setpriv (package util-linux) to leave root with; run as another user"
	id -u "$BERTH_TEST_USER" >/dev/null 2>&1 && return 0
	useradd --system --create-home --home-dir "/var/lib/$BERTH_TEST_USER" --shell /bin/bash "$BERTH_TEST_USER" >&2 ||
		die "could not create the user $BERTH_TEST_USER; create it, or name another one in BERTH_TEST_USER"
}

# unprivileged: sets AS_USER to the words that, put before a command, run it
# without privileges and with the home of that user. Without root there are none.
unprivileged() {
	AS_USER=()
	is_root || return 0
	local home
	home=$(getent passwd "$BERTH_TEST_USER" | cut -d: -f6)
	AS_USER=(
		setpriv --reuid="$BERTH_TEST_USER" --regid="$(id -g "$BERTH_TEST_USER")" --init-groups --inh-caps=-all
		env -u XDG_CACHE_HOME -u XDG_CONFIG_HOME -u XDG_DATA_HOME -u XDG_RUNTIME_DIR -u TMPDIR -u BERTH_ROOT
		-u SUDO_USER -u SUDO_UID -u SUDO_GID -u SUDO_COMMAND -u MAKEFLAGS -u MFLAGS -u MAKELEVEL
		HOME="$home" USER="$BERTH_TEST_USER" LOGNAME="$BERTH_TEST_USER"
	)
}

# as_user COMMAND...: runs it as the unprivileged user.
as_user() {
	unprivileged
	"${AS_USER[@]}" "$@"
}

# reachable PATH (absolute): can the unprivileged user read it (and enter it)?
reachable() {
	if [ -d "$1" ]; then
		(cd / && as_user test -r "$1" -a -x "$1")
	else
		(cd / && as_user test -r "$1")
	fi
}
