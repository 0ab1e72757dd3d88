# shellcheck shell=bash
# Shared by job.sh and builds.sh, to be sourced after lib.sh: where the sources of an
# environment come from. That is upstream, as env.lock names it; where upstream does
# not answer, a mirror that is filled from the distribution's source archive.

sources_tsv=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/sources.tsv

# show COMMAND...: says what runs, then runs it.
show() {
	printf '\n$ %s\n' "$*"
	"$@"
}

# answers URL: does the host of the URL answer? A connection is all that is tried,
# with the shell alone: whether the file is there, berth finds out.
answers() {
	local rest=${1#*://} port=443
	[ "${1%%://*}" = https ] || port=80
	rest=${rest%%/*}
	case $rest in
	*:*) port=${rest##*:} rest=${rest%:*} ;;
	esac
	timeout 5 bash -c ': >/dev/tcp/"$0"/"$1"' "$rest" "$port" 2>/dev/null
}

# offline: is any host that env.lock names as a source out of reach?
offline() {
	local url
	while read -r url; do
		answers "$url" || return 0
	done < <(grep -oE '"(https?)://[^"]+' env.lock | tr -d '"' | awk -F/ '!seen[$3]++')
	return 1
}

# listed: the packages whose source env.lock names and sources.tsv has.
listed() {
	local package sha
	while IFS=$'\t' read -r package _ _ _ sha; do
		! grep -qF "$sha" env.lock || printf '%s\n' "$package"
	done < <(grep -v '^#' "$sources_tsv") | sort -u
}

# use_mirror DIR PACKAGE...: fills a mirror with their sources and configures it. What is
# in the mirror already is left alone.
use_mirror() {
	[ $# -gt 1 ] || return 0
	show "$(dirname "$sources_tsv")/mirror.sh" "$@"
	if ! berth mirror list 2>/dev/null | grep -q "$1"; then
		show berth mirror add "file://$1"
	fi
}
