#compdef berth
# Completion of berth's command lines for zsh. In ~/.zshrc, below compinit: eval "$(berth completion zsh)"
_berth() {
	local line
	local -a found
	for line in "${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
		[[ -n $line ]] || continue
		found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
	done
	if (( ${#found} )); then
		_describe berth found
	else
		_files
	fi
}
compdef _berth berth
