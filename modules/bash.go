package modules

import (
	"fmt"
	"strings"

	"github.com/berth-hpc/berth/packages"
)

// Bash writes changes as a script to be sourced by bash (any POSIX shell reads it). Sourcing it starts no process, works under `set -eu`, first takes
// back another environment's activation, and defines berth_deactivate, which restores every variable that it touched as it was.
// name is what BERTH_ENV says while it is active.
func Bash(name string, mods []packages.EnvMod) string {
	var b strings.Builder
	mods = append(mods[:len(mods):len(mods)], packages.EnvMod{Op: packages.EnvSet, Name: "BERTH_ENV", Value: name})
	variables := touched(mods)
	b.WriteString("# Written by berth; source it, do not edit it. `berth_deactivate` takes it back.\n")
	b.WriteString("if command -v berth_deactivate >/dev/null 2>&1; then berth_deactivate; fi\n")
	for _, v := range variables {
		fmt.Fprintf(&b, "_BERTH_WAS_%s=\"${%s-}\" _BERTH_HAD_%s=\"${%s+x}\"\n", v, v, v, v)
	}
	for _, m := range mods {
		b.WriteString(bashChange(m))
	}
	for _, v := range variables {
		fmt.Fprintf(&b, "if [ -n \"${%s+x}\" ]; then export %s; fi\n", v, v)
	}
	b.WriteString("berth_deactivate() {\n")
	for _, v := range variables {
		fmt.Fprintf(&b, "  if [ -n \"${_BERTH_HAD_%s-}\" ]; then %s=\"${_BERTH_WAS_%s-}\"; export %s; else unset %s; fi\n", v, v, v, v, v)
		fmt.Fprintf(&b, "  unset _BERTH_WAS_%s _BERTH_HAD_%s\n", v, v)
	}
	b.WriteString("  unset -f berth_deactivate\n  hash -r 2>/dev/null || :\n}\nhash -r 2>/dev/null || :\n")
	return b.String()
}

// bashChange is one change as a line of shell. It means what packages.ApplyEnv means.
func bashChange(m packages.EnvMod) string {
	separator, value, n := m.Separator, Quote(m.Value), m.Name
	if separator == "" {
		separator = ":"
	}
	switch m.Op {
	case packages.EnvSet:
		return fmt.Sprintf("%s=%s\n", n, value)
	case packages.EnvUnset:
		return fmt.Sprintf("unset %s\n", n)
	case packages.EnvPrepend:
		if n == "MANPATH" {
			return fmt.Sprintf("%s=%s:\"${%s-}\"\n", n, value, n)
		}
		return fmt.Sprintf("%s=%s\"${%s:+%s$%s}\"\n", n, value, n, separator, n)
	case packages.EnvAppend:
		return fmt.Sprintf("%s=\"${%s:+$%s%s}\"%s\n", n, n, n, separator, value)
	}
	return bashRemove(n, value, separator)
}

// bashRemove takes every occurrence of an element out of a list, with nothing but the shell's own expansions.
func bashRemove(n, value, separator string) string {
	return strings.NewReplacer("NAME", n, "VALUE", value, "SEP", separator).Replace(
		`if [ -n "${NAME+x}" ]; then
  _berth_rest="${NAME}SEP" _berth_kept="" _berth_first=1
  while [ -n "$_berth_rest" ]; do
    _berth_one="${_berth_rest%%SEP*}" _berth_rest="${_berth_rest#*SEP}"
    if [ "$_berth_one" != VALUE ]; then
      if [ -n "$_berth_first" ]; then _berth_kept="$_berth_one" _berth_first=""; else _berth_kept="${_berth_kept}SEP$_berth_one"; fi
    fi
  done
  NAME="$_berth_kept"; unset _berth_rest _berth_kept _berth_one _berth_first
fi
`)
}

// touched lists the variables that the changes name, in order of first appearance.
func touched(mods []packages.EnvMod) []string {
	var names []string
	seen := map[string]bool{}
	for _, m := range mods {
		if !seen[m.Name] {
			seen[m.Name] = true
			names = append(names, m.Name)
		}
	}
	return names
}

// Quote is s as one word of a POSIX shell.
func Quote(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=+,@"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
