#!/usr/bin/env bash
# usage: test/run.sh readme.sh
#
# Runs what README.md shows, as printed: every line of its sh blocks but those that
# call make, in one shell, with the berth root that job.sh filled. Then the yaml block
# becomes env.yaml and is installed. Directories under /tmp are made elsewhere. What a
# command's comment promises after "# ..." must stand in the output.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

run=$1
here=$(cd "$(dirname "$0")" && pwd)
export PATH="$run/bin:$PATH" BERTH_ROOT="$run/berth"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/tmp"

# blocks LANGUAGE: the text of the README's code blocks in that language.
blocks() {
	awk -v open="\`\`\`$1" '
		$0 == open { inside = 1; next }
		/^```/ { inside = 0 }
		inside' "$here/README.md"
}

blocks sh | grep -v '^make' | sed "s|/tmp/|$work/tmp/|g" >"$work/commands"
[ -s "$work/commands" ] || die "README.md has no sh block"
# After the last command the shell tells where it is: there env.yaml is.
# shellcheck disable=SC2016 # for the shell that runs the file
echo 'printf %s "$PWD" >"$HERE"' >>"$work/commands"
HERE=$work/here bash -e -u -o pipefail -v "$work/commands" </dev/null | tee "$work/output"
while read -r promised; do
	grep -qF -- "$promised" "$work/output" || die "README.md promises \"$promised\", which its commands did not print"
done < <(sed -n 's/.*# \.\.\. //p' "$work/commands")

cd "$(cat "$work/here")"
[ -e env.yaml ] || die "the README's commands left no env.yaml in $PWD"
blocks yaml >env.yaml
say "env.yaml as the README has it:"
cat env.yaml >&2
berth install
say "README.md does what it says"
