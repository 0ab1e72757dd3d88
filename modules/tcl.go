package modules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
)

// tcl is the module file for Environment Modules. depends-on, family, extensions and pushenv came with 5.1; older ones get the next best.
func (m *moduleFile) tcl() string {
	var b strings.Builder
	b.WriteString("#%Module1.0\n## Written by berth; `berth module refresh` writes it anew.\n\n")
	for _, w := range m.whatis {
		fmt.Fprintf(&b, "module-whatis %s\n", quoteTcl(w[0]+": "+w[1]))
	}
	fmt.Fprintf(&b, "proc ModulesHelp {} {\n    puts stderr %s\n}\n\nconflict %s\n", quoteTcl(m.help), quoteTcl(m.name))
	if m.family != "" {
		fmt.Fprintf(&b, "if {[info commands family] ne \"\"} { family %s }\n", quoteTcl(m.family))
	}
	if len(m.depends) > 0 {
		b.WriteString("if {[info commands depends-on] ne \"\"} {\n")
		for _, name := range m.depends {
			fmt.Fprintf(&b, "    depends-on %s\n", quoteTcl(name))
		}
		b.WriteString("} else {\n")
		for _, name := range m.depends {
			fmt.Fprintf(&b, "    module load %s\n", quoteTcl(name))
		}
		b.WriteString("}\n")
	}
	if len(m.extensions) > 0 {
		fmt.Fprintf(&b, "if {[info commands extensions] ne \"\"} { extensions %s }\n", quoteTcl(strings.Join(m.extensions, ", ")))
	}
	if slices.ContainsFunc(m.mods, func(e packages.EnvMod) bool { return e.Op == packages.EnvSet }) {
		b.WriteString(tclPushenv)
	}
	for _, e := range m.mods {
		if strings.Contains(e.Value, "\n") {
			fmt.Fprintf(&b, "# Left out: the value of %s has a line break.\n", e.Name)
			continue
		}
		b.WriteString(tclChange(e))
	}
	if m.hasManual() {
		b.WriteString("append-path MANPATH \"\"\n")
	}
	return b.String()
}

// tclPushenv makes setenv of pushenv where it does not work: before 5.1, and in Lmod, whose pushenv in Tcl files forgets the old value.
// Unloading then unsets.
const tclPushenv = `if {![info exists ModuleTool] || $ModuleTool ne "Modules" || [info commands pushenv] eq ""} {
    proc pushenv {name value} { setenv $name $value }
}
`

// tclChange is one change. Unloading takes it back; what was unset or removed from a list, Environment Modules does not bring back.
func tclChange(e packages.EnvMod) string {
	args := quoteTcl(e.Name) + " " + quoteTcl(e.Value) + "\n"
	list := " "
	if separator(e) != ":" {
		list = " -d " + quoteTcl(e.Separator) + " "
	}
	switch e.Op {
	case packages.EnvSet:
		return "pushenv " + args
	case packages.EnvUnset:
		return "unsetenv " + quoteTcl(e.Name) + "\n"
	case packages.EnvPrepend:
		return "prepend-path" + list + args
	case packages.EnvAppend:
		return "append-path" + list + args
	}
	return "remove-path" + list + args
}

// quoteTcl is s as one word of Tcl.
func quoteTcl(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:+,@=%"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, `[`, `\[`, `]`, `\]`, `{`, `\{`, `}`, `\}`, "\n", `\n`).Replace(s) + `"`
}
