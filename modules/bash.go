package modules

import (
	"fmt"
	"strings"

	"github.com/berth-hpc/berth/packages"
)

// Bash writes changes as a script to be sourced by bash, zsh or dash. Sourcing it starts no process, works under `set -eu`, first takes
// back another environment's activation (plan.go says how), and defines berth_deactivate, which restores every variable that it touched.
// name is what BERTH_ENV says while it is active.
func Bash(name string, mods []packages.EnvMod) string {
	plans, unusable := makePlans(withName(mods, name))
	var b strings.Builder
	b.WriteString(header("bash, zsh and dash", unusable))
	b.WriteString(bashFunctions)
	fmt.Fprintf(&b, "export %s=%s %s=%s %s='' %s=''\n", stateLists, packages.ShellWord(namesOf(plans, true)), stateSets, packages.ShellWord(namesOf(plans, false)), stateUnset, stateLocal)
	for _, p := range plans {
		fmt.Fprintf(&b, "_berth_save %s\n", p.name)
		if p.list {
			b.WriteString(p.bashList())
			continue
		}
		fmt.Fprintf(&b, "export %s%s=\"${%s-}\"\n", stateWas, p.name, p.name)
		for _, m := range p.ops {
			b.WriteString(bashChange(m))
		}
		fmt.Fprintf(&b, "if [ -n \"${%s+x}\" ]; then export %s; fi\n", p.name, p.name)
	}
	b.WriteString("unset -f _berth_save\nhash -r 2>/dev/null || :\n")
	return b.String()
}

func withName(mods []packages.EnvMod, name string) []packages.EnvMod {
	return append(mods[:len(mods):len(mods)], packages.EnvMod{Op: packages.EnvSet, Name: activeVariable, Value: name})
}

// bashFunctions is the part of the script that is the same in all. It uses nothing that splits words, so that neither IFS nor zsh's own rules matter.
const bashFunctions = `_berth_head() { # takes the elements $_berth_cut, first ones first, out of the list $_berth_value, which has ":" at both ends
  if [ -n "$_berth_cut" ] && [ -n "${ZSH_VERSION-}${BASH_VERSION-}" ]; then # mostly they stand where they were put; patterns are slow on long lists
    eval 'if [ "${_berth_value:0:${#_berth_cut}+2}" = ":${_berth_cut}:" ]; then _berth_value="${_berth_value:${#_berth_cut}+1}" _berth_cut=""; fi'
  fi
  while [ -n "$_berth_cut" ]; do
    _berth_one="${_berth_cut%%:*}"
    case "$_berth_cut" in *:*) _berth_cut="${_berth_cut#*:}" ;; *) _berth_cut="" ;; esac
    case "$_berth_value" in *":$_berth_one:"*) _berth_value="${_berth_value%%":$_berth_one:"*}:${_berth_value#*":$_berth_one:"}" ;; esac
  done
}
_berth_tail() { # the same from the other end
  while [ -n "$_berth_cut" ]; do
    _berth_one="${_berth_cut##*:}"
    case "$_berth_cut" in *:*) _berth_cut="${_berth_cut%:*}" ;; *) _berth_cut="" ;; esac
    case "$_berth_value" in *":$_berth_one:"*) _berth_value="${_berth_value%":$_berth_one:"*}:${_berth_value##*":$_berth_one:"}" ;; esac
  done
}
_berth_restore() { # gives the variable $_berth_name the value $_berth_value
  case " ${_BERTH_LOCAL-}" in
  *" $_berth_name "*)
    # zsh keeps its own variables exported over an unset.
    if [ -n "${ZSH_VERSION-}" ]; then typeset -g +x "$_berth_name"; else unset "$_berth_name"; fi
    eval "$_berth_name=\"\$_berth_value\"" ;;
  *) eval "export $_berth_name=\"\$_berth_value\"" ;;
  esac
}
_berth_undo() {
  local _berth_rest _berth_name _berth_value _berth_cut _berth_one
  _berth_rest="${_BERTH_LISTS-}"
  while [ -n "$_berth_rest" ]; do
    _berth_name="${_berth_rest%% *}" _berth_rest="${_berth_rest#* }"
    eval "_berth_value=\":\${$_berth_name-}:\" _berth_cut=\"\${_BERTH_TAIL_$_berth_name-}\""
    _berth_tail
    eval "_berth_cut=\"\${_BERTH_HEAD_$_berth_name-}\""
    _berth_head
    _berth_value="${_berth_value#:}" _berth_value="${_berth_value%:}"
    case " ${_BERTH_UNSET-}" in
    *" $_berth_name "*) if [ -n "$_berth_value" ]; then _berth_restore; else unset "$_berth_name"; fi ;;
    *) _berth_restore ;;
    esac
    unset "_BERTH_HEAD_$_berth_name" "_BERTH_TAIL_$_berth_name"
  done
  _berth_rest="${_BERTH_SETS-}"
  while [ -n "$_berth_rest" ]; do
    _berth_name="${_berth_rest%% *}" _berth_rest="${_berth_rest#* }"
    eval "_berth_value=\"\${_BERTH_WAS_$_berth_name-}\""
    case " ${_BERTH_UNSET-}" in *" $_berth_name "*) unset "$_berth_name" ;; *) _berth_restore ;; esac
    unset "_BERTH_WAS_$_berth_name"
  done
  unset _BERTH_LISTS _BERTH_SETS _BERTH_UNSET _BERTH_LOCAL
}
berth_deactivate() {
  _berth_undo
  unset -f _berth_head _berth_tail _berth_restore _berth_undo berth_deactivate
  hash -r 2>/dev/null || :
}
_berth_save() { # notes whether the variable $1 exists, and whether it is exported
  local _berth_set
  eval "_berth_set=\"\${$1+x}\""
  if [ -z "$_berth_set" ]; then
    _BERTH_UNSET="${_BERTH_UNSET}$1 "
    return 0
  fi
  if [ -n "${ZSH_VERSION-}" ]; then
    eval "case \"\${(t)$1}\" in *export*) _berth_set='' ;; esac"
  else
    case "${BASH_VERSION-}" in
    "" | [1-3].* | 4.[0-3].*) _berth_set="" ;; # cannot tell; nearly all are
    *) eval "case \"\${$1@a}\" in *x*) _berth_set='' ;; esac" ;;
    esac
  fi
  if [ -n "$_berth_set" ]; then _BERTH_LOCAL="${_BERTH_LOCAL}$1 "; fi
}
if [ -n "${_BERTH_SETS-}" ]; then _berth_undo; fi
`

// bashList puts the elements of a list around it.
func (p *plan) bashList() string {
	var b strings.Builder
	n := p.name
	if p.head != "" {
		fmt.Fprintf(&b, "export %s%s=%s\n", stateHead, n, packages.ShellWord(p.head))
		if n == "MANPATH" {
			fmt.Fprintf(&b, "%s=\"${%s%s}:${%s-}\"\n", n, stateHead, n, n)
		} else {
			fmt.Fprintf(&b, "%s=\"${%s%s}${%s:+:${%s}}\"\n", n, stateHead, n, n, n)
		}
	}
	if p.tail != "" {
		fmt.Fprintf(&b, "export %s%s=%s\n", stateTail, n, packages.ShellWord(p.tail))
		fmt.Fprintf(&b, "%s=\"${%s:+${%s}:}${%s%s}\"\n", n, n, n, stateTail, n)
	}
	return b.String() + "export " + n + "\n"
}

// bashChange is one change as a line of shell. It means what packages.ApplyEnv means.
func bashChange(m packages.EnvMod) string {
	sep, value, n := packages.ShellWord(separator(m)), packages.ShellWord(m.Value), m.Name
	switch m.Op {
	case packages.EnvSet:
		return fmt.Sprintf("%s=%s\n", n, value)
	case packages.EnvUnset:
		return fmt.Sprintf("unset %s\n", n)
	case packages.EnvPrepend:
		if n == "MANPATH" {
			return fmt.Sprintf("%s=%s%s\"${%s-}\"\n", n, value, sep, n)
		}
		return fmt.Sprintf("if [ -n \"${%s-}\" ]; then %s=%s%s\"${%s}\"; else %s=%s; fi\n", n, n, value, sep, n, n, value)
	case packages.EnvAppend:
		return fmt.Sprintf("if [ -n \"${%s-}\" ]; then %s=\"${%s}\"%s%s; else %s=%s; fi\n", n, n, n, sep, value, n, value)
	}
	return bashRemove(n, value, sep)
}

// bashRemove takes every occurrence of an element out of a list, with nothing but the shell's own expansions.
func bashRemove(n, value, sep string) string {
	return strings.NewReplacer("NAME", n, "VALUE", value, "SEP", sep).Replace(
		`if [ -n "${NAME+x}" ]; then
  _berth_sep=SEP _berth_rest="${NAME}"SEP _berth_kept="" _berth_first=1
  while [ -n "$_berth_rest" ]; do
    _berth_one="${_berth_rest%%"$_berth_sep"*}" _berth_rest="${_berth_rest#*"$_berth_sep"}"
    if [ "$_berth_one" != VALUE ]; then
      if [ -n "$_berth_first" ]; then _berth_kept="$_berth_one" _berth_first=""; else _berth_kept="${_berth_kept}${_berth_sep}${_berth_one}"; fi
    fi
  done
  NAME="$_berth_kept"; unset _berth_sep _berth_rest _berth_kept _berth_one _berth_first
fi
`)
}
