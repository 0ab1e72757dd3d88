# Completion of berth's command lines for bash. In ~/.bashrc: eval "$(berth completion bash)"
_berth() {
	local line=${COMP_LINE:0:COMP_POINT} word
	local -a words=()
	COMPREPLY=()
	# bash would split hdf5@1.14 and api=v18 at @ and =; berth wants the words whole.
	read -ra words <<<"$line"
	case $line in *[[:space:]]) words+=("") ;; esac
	while IFS=$'\t' read -r word _; do
		COMPREPLY+=("$word")
	done < <("${words[0]}" __complete -- "${words[@]:1}" 2>/dev/null)
	# Behind "api=" the value follows at once.
	case ${COMPREPLY[*]-} in *=) compopt -o nospace 2>/dev/null ;; esac
	# What is replaced begins behind the last character that bash splits at.
	local current=${words[-1]}
	local before=${current%"${current##*[@=:]}"}
	COMPREPLY=("${COMPREPLY[@]#"$before"}")
}
complete -o default -F _berth berth
