package modules

import (
	"fmt"
	"strings"

	"github.com/berth-hpc/berth/packages"
)

// Fish writes changes as a script to be sourced by fish, 3.1 or later: the counterpart of Bash, by the same protocol (plan.go), so that a fish
// started from an activated bash can take the activation back.
func Fish(name string, mods []packages.EnvMod) string {
	plans, unusable := makePlans(withName(mods, name))
	var b strings.Builder
	b.WriteString(header("fish", unusable))
	b.WriteString(fishFunctions)
	fmt.Fprintf(&b, "set -gx %s %s\nset -gx %s %s\nset -gx %s ''\nset -gx %s ''\n",
		stateLists, QuoteFish(namesOf(plans, true)), stateSets, QuoteFish(namesOf(plans, false)), stateUnset, stateLocal)
	for _, p := range plans {
		fmt.Fprintf(&b, "_berth_save %s\n", p.name)
		if p.list {
			b.WriteString(p.fishList())
			continue
		}
		fmt.Fprintf(&b, "set -gx %s%s \"$%s\"\n", stateWas, p.name, p.name)
		for _, m := range p.ops {
			b.WriteString(fishChange(m))
		}
	}
	b.WriteString("functions -e _berth_save\n")
	return b.String()
}

// fishFunctions is the part of the script that is the same in all. "$$name" joins a list by colons if it is one of paths; string replace
// keeps line breaks in values, where string split would not.
const fishFunctions = `function _berth_head --no-scope-shadowing # takes the elements $_berth_cut, first ones first, out of the list $_berth_value, which has ":" at both ends
    if test -z "$_berth_cut"
        return
    end
    set -l _berth_rest (string replace -- ":$_berth_cut:" : "$_berth_value" | string collect)
    if test "$_berth_rest" != "$_berth_value" # mostly they still stand together
        set _berth_value "$_berth_rest"
        return
    end
    for _berth_one in (string replace -a -- \n \x01 "$_berth_cut" | string split -n -- :) # by lines is how fish splits what it substitutes
        set _berth_one (string replace -a -- \x01 \n "$_berth_one" | string collect)
        set _berth_value (string replace -- ":$_berth_one:" : "$_berth_value" | string collect)
    end
end
function _berth_tail --no-scope-shadowing # the same from the other end
    for _berth_one in (string replace -a -- \n \x01 "$_berth_cut" | string split -n -- :)[-1..1]
        set _berth_one (string replace -a -- \x01 \n "$_berth_one" | string collect)
        set _berth_one (string escape --style=regex -- "$_berth_one" | string collect)
        set _berth_value (string replace -r -- "(?s)^(.*):$_berth_one:" '$1:' "$_berth_value" | string collect)
    end
end
function _berth_restore # gives the variable $argv[1] the value $argv[2]
    if contains -- $argv[1] (string split ' ' -- "$_BERTH_LOCAL")
        set -e -g $argv[1]
        set -gu $argv[1] $argv[2]
    else
        set -gx $argv[1] $argv[2]
    end
end
function _berth_undo
    for _berth_name in (string split -n ' ' -- "$_BERTH_LISTS")
        set -l _berth_value ":$$_berth_name:"
        set -l _berth_part _BERTH_TAIL_$_berth_name
        set -l _berth_cut "$$_berth_part"
        _berth_tail
        set -e -g $_berth_part
        set _berth_part _BERTH_HEAD_$_berth_name
        set _berth_cut "$$_berth_part"
        _berth_head
        set -e -g $_berth_part
        set _berth_value (string replace -r '^:' '' -- "$_berth_value" | string collect)
        set _berth_value (string replace -r ':\z' '' -- "$_berth_value" | string collect)
        if contains -- $_berth_name (string split ' ' -- "$_BERTH_UNSET")
            set -e -g $_berth_name # then a universal variable shows again
            if test "$$_berth_name" != "$_berth_value"
                _berth_restore $_berth_name "$_berth_value"
            end
        else
            _berth_restore $_berth_name "$_berth_value"
        end
    end
    for _berth_name in (string split -n ' ' -- "$_BERTH_SETS")
        set -l _berth_was _BERTH_WAS_$_berth_name
        if contains -- $_berth_name (string split ' ' -- "$_BERTH_UNSET")
            set -e -g $_berth_name
        else
            _berth_restore $_berth_name "$$_berth_was"
        end
        set -e -g $_berth_was
    end
    set -e -g _BERTH_LISTS
    set -e -g _BERTH_SETS
    set -e -g _BERTH_UNSET
    set -e -g _BERTH_LOCAL
end
function berth_deactivate
    _berth_undo
    functions -e _berth_head _berth_tail _berth_restore _berth_undo berth_deactivate
end
function _berth_save # notes whether the variable $argv[1] exists, and whether it is exported
    if not set -qg $argv[1]
        set -gx _BERTH_UNSET "$_BERTH_UNSET$argv[1] "
    else if not set -qgx $argv[1]
        set -gx _BERTH_LOCAL "$_BERTH_LOCAL$argv[1] "
    end
end
if test -n "$_BERTH_SETS"
    _berth_undo
end
`

// fishList puts the elements of a list around it.
func (p *plan) fishList() string {
	var b strings.Builder
	n := p.name
	if p.head != "" {
		fmt.Fprintf(&b, "set -gx %s%s %s\n", stateHead, n, QuoteFish(p.head))
		b.WriteString(fishChange(packages.EnvMod{Op: packages.EnvPrepend, Name: n, Value: p.head}))
	}
	if p.tail != "" {
		fmt.Fprintf(&b, "set -gx %s%s %s\n", stateTail, n, QuoteFish(p.tail))
		b.WriteString(fishChange(packages.EnvMod{Op: packages.EnvAppend, Name: n, Value: p.tail}))
	}
	return b.String()
}

// fishChange is one change as a line of fish. It means what packages.ApplyEnv means.
func fishChange(m packages.EnvMod) string {
	sep, value, n := QuoteFish(separator(m)), QuoteFish(m.Value), m.Name
	switch m.Op {
	case packages.EnvSet:
		return fmt.Sprintf("set -gx %s %s\n", n, value)
	case packages.EnvUnset:
		return fmt.Sprintf("set -e -g %s\n", n)
	case packages.EnvPrepend:
		if n == "MANPATH" {
			return fmt.Sprintf("set -gx %s %s%s\"$%s\"\n", n, value, sep, n)
		}
		return fmt.Sprintf("if test -n \"$%s\"; set -gx %s %s%s\"$%s\"; else; set -gx %s %s; end\n", n, n, value, sep, n, n, value)
	case packages.EnvAppend:
		return fmt.Sprintf("if test -n \"$%s\"; set -gx %s \"$%s\"%s%s; else; set -gx %s %s; end\n", n, n, n, sep, value, n, value)
	}
	return fishRemove(n, value, sep)
}

// fishRemove takes every occurrence of an element out of a list. Line breaks are replaced by a character that stands in no value while the list is split.
func fishRemove(n, value, sep string) string {
	return strings.NewReplacer("NAME", n, "VALUE", value, "SEP", sep).Replace(
		`if set -q NAME
    set -l _berth_kept
    set -l _berth_first yes
    for _berth_one in (string replace -a -- \n \x01 "$NAME" | string split -- SEP)
        set _berth_one (string replace -a -- \x01 \n "$_berth_one" | string collect)
        if test "$_berth_one" != VALUE
            if test -n "$_berth_first"; set _berth_kept "$_berth_one"; set _berth_first; else; set _berth_kept "$_berth_kept"SEP"$_berth_one"; end
        end
    end
    set -gx NAME "$_berth_kept"
end
`)
}

// QuoteFish is s as one word of fish.
func QuoteFish(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
