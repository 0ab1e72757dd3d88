#compdef berth
# Completion of berth's command lines for zsh. In ~/.zshrc, below compinit: eval "$(berth completion zsh)"
_berth() {
	local line
	local -a found open
	for line in "${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
		[[ -n $line ]] || continue
		if [[ ${line%%$'\t'*} == *= ]]; then # the value follows at once
			open+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
		else
			found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
		fi
	done
	if (( ${#found} + ${#open} )); then
		if (( ${#found} )); then _describe berth found; fi
		if (( ${#open} )); then _describe berth open -S ''; fi
	else
		_files
	fi
}
compdef _berth berth
