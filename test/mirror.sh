#!/usr/bin/env bash
# usage: test/mirror.sh DIR [PACKAGE...]
#
# Fills DIR, an ordinary berth mirror, with the sources listed in sources.tsv
# beside this script (all of them, or those of the named packages), taken from
# the distribution's source archive. Meant for machines that cannot reach
# upstream: Debian ships many upstream archives byte for byte, and the checksum
# decides, not the name or the version that Debian gave it.
#
# The machine's own apt sources are used, with deb-src switched on in a private
# configuration; neither the system's lists nor its configuration is touched, so
# no root is needed. What DIR already holds is not fetched again; a file appears
# in DIR under its final name only when it is complete and its checksum is right.
#
# Exit status: 0 when every wanted archive is in DIR afterwards, 1 otherwise.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

[ $# -ge 1 ] || die "say where the mirror is: test/mirror.sh DIR [PACKAGE...]"
table=$(cd "$(dirname "$0")" && pwd)/sources.tsv
mkdir -p "$1"
mirror=$(cd "$1" && pwd)
shift

# Rows of the table: package, version, source, file, sha256.
rows=$(grep -v '^#' "$table")
if [ $# -gt 0 ]; then
	for name in "$@"; do
		cut -f1 <<<"$rows" | grep -qxF -- "$name" ||
			die "no source for '$name' in $table; it lists: $(cut -f1 <<<"$rows" | sort -u | xargs)"
	done
	rows=$(awk -F '\t' -v names="$*" 'BEGIN { n = split(names, a, " "); for (i = 1; i <= n; i++) want[a[i]] }
		$1 in want' <<<"$rows")
fi

# place FILE SHA256: where a mirror keeps the archive with this checksum.
place() {
	local ext
	case $1 in
	*.tar.*) ext=tar.${1##*.tar.} ;;
	*) ext=${1##*.} ;;
	esac
	printf '%s/_source-cache/archive/%s/%s.%s' "$mirror" "${2:0:2}" "$2" "$ext"
}

is_sound() { [ -f "$1" ] && [ "$(sha256sum <"$1" | cut -d' ' -f1)" = "$2" ]; }

wanted=""
while IFS=$'\t' read -r package version source file sha; do
	at=$(place "$file" "$sha")
	if is_sound "$at" "$sha"; then continue; fi
	rm -f "$at"
	wanted+="$package"$'\t'"$version"$'\t'"$source"$'\t'"$at"$'\t'"$sha"$'\n'
done <<<"$rows"
if [ -z "$wanted" ]; then
	say "$mirror holds all $(wc -l <<<"$rows") archives"
	exit 0
fi
command -v apt-get >/dev/null 2>&1 || die "no apt-get here, so no distribution archive to fetch from"

work=$(mktemp -d "${TMPDIR:-/tmp}/berth-mirror.XXXXXX")
trap 'rm -rf "$work"' EXIT

# private_apt: writes an apt configuration under $work that has the machine's
# package sources as source-package sources, and lists of its own.
private_apt() {
	mkdir -p "$work"/{parts,lists/partial,cache/archives/partial,state,files}
	local file
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -f "$file" ] || continue
		sed -nE 's/^[[:space:]]*deb([[:space:]])/deb-src\1/p' "$file" >"$work/parts/$(basename "$file" .list)-list.list"
	done
	for file in /etc/apt/sources.list.d/*.sources; do
		[ -f "$file" ] || continue
		sed -E 's/^Types:.*/Types: deb-src/I' "$file" >"$work/parts/$(basename "$file")"
	done
	grep -qsE '^(deb-src|Types)' "$work"/parts/* || die "no package source is configured under /etc/apt"
	cat >"$work/apt.conf" <<-CONF
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		Dir::Etc::sourcelist "/dev/null";
		Dir::Etc::sourceparts "$work/parts";
		Dir::State "$work/state";
		Dir::State::lists "$work/lists";
		Dir::State::status "/var/lib/dpkg/status";
		Dir::Cache "$work/cache";
		Acquire::Languages "none";
		Acquire::Retries "3";
		APT::Sandbox::User "root";
		APT::Get::List-Cleanup "false";
	CONF
}

# carriers: one line "SHA256 SOURCE VERSION" for every file of the source
# packages named on standard input that the archive has, in any version.
carriers() {
	xargs apt-cache -c "$work/apt.conf" showsrc 2>/dev/null | awk '
		/^Package:/ { source = $2 }
		/^Version:/ { version = $2 }
		/^[^ ]/ { sums = /^Checksums-Sha256:/; next }
		/^$/ { sums = 0 }
		sums { file[++n] = $1 }
		/^$/ { for (i = 1; i <= n; i++) print file[i], source, version; n = 0 }
		END { for (i = 1; i <= n; i++) print file[i], source, version }'
}

# put SHA256 AT: publishes the downloaded file with this checksum as AT.
put() {
	local file
	for file in "$work"/files/*; do
		is_sound "$file" "$1" || continue
		mkdir -p "$(dirname "$2")"
		cp "$file" "$2.$$.part" && mv "$2.$$.part" "$2"
		return
	done
	return 1
}

private_apt
apt-get -q -q -c "$work/apt.conf" update >&2 || say "apt-get update was not complete; going on with what came"
cut -f3 <<<"${wanted%$'\n'}" | sort -u | carriers >"$work/carriers"

failed=0
while IFS=$'\t' read -r package version source at sha; do
	carrier=$(awk -v sha="$sha" '$1 == sha { print $2 "=" $3; exit }' "$work/carriers")
	if [ -z "$carrier" ]; then
		say "$package@$version: no version of source package '$source' here has the archive $sha"
		failed=1
		continue
	fi
	rm -rf "$work/files" && mkdir "$work/files"
	if (cd "$work/files" && apt-get -q -q -c "$work/apt.conf" source --download-only --tar-only "$carrier" >&2) &&
		put "$sha" "$at"; then
		say "$package@$version: fetched ($carrier)"
	else
		say "$package@$version: could not fetch $carrier with checksum $sha"
		failed=1
	fi
done <<<"${wanted%$'\n'}"
exit $failed
