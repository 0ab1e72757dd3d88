package modules

import (
	"fmt"
	"strings"

	"github.com/berth-hpc/berth/packages"
)

// lua is the module file for Lmod. What only later releases know is asked for first: extensions came with 8.2.
func (m *moduleFile) lua() string {
	var b strings.Builder
	b.WriteString("-- -*- lua -*-\n-- Written by berth; `berth module refresh` writes it anew.\n\n")
	for _, w := range m.whatis {
		fmt.Fprintf(&b, "whatis(%s)\n", quoteLua(w[0]+": "+w[1]))
	}
	fmt.Fprintf(&b, "help(%s)\n\n", quoteLua(m.help))
	if m.family != "" {
		fmt.Fprintf(&b, "family(%s)\n", quoteLua(m.family))
	}
	for _, name := range m.depends {
		fmt.Fprintf(&b, "depends_on(%s)\n", quoteLua(name))
	}
	if len(m.extensions) > 0 {
		fmt.Fprintf(&b, "if extensions then extensions(%s) end\n", quoteLua(strings.Join(m.extensions, ", ")))
	}
	for _, e := range m.mods {
		if strings.Contains(e.Value, "\n") { // Lmod gives it to the shell unquoted
			fmt.Fprintf(&b, "-- Left out: the value of %s has a line break.\n", e.Name)
			continue
		}
		b.WriteString(luaChange(e))
	}
	if m.hasManual() {
		b.WriteString("append_path(\"MANPATH\", \"\")\n")
	}
	return b.String()
}

// luaChange is one change. Unloading takes it back; what was removed from a list, Lmod does not bring back.
func luaChange(e packages.EnvMod) string {
	args := quoteLua(e.Name) + ", " + quoteLua(e.Value)
	list := args
	if separator(e) != ":" {
		list += ", " + quoteLua(e.Separator)
	}
	switch e.Op {
	case packages.EnvSet:
		return "pushenv(" + args + ")\n"
	case packages.EnvUnset:
		return "pushenv(" + quoteLua(e.Name) + ", false)\n"
	case packages.EnvPrepend:
		return "prepend_path(" + list + ")\n"
	case packages.EnvAppend:
		return "append_path(" + list + ")\n"
	}
	return "remove_path(" + list + ")\n"
}

// quoteLua is s as a string of Lua, any version.
func quoteLua(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\%03d`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
