package packages

import (
	"slices"
	"strings"
)

// ApplyEnv returns environ ("NAME=value" entries) with the changes made in order. Entries keep their order, new ones come last in the
// order of their first change; environ itself is not touched.
//
// A list that was unset or empty gets no empty element, which would mean the current directory in PATH; MANPATH is the
// exception where something is put before it: a trailing empty element stands for the system's own pages, as man(1) has it.
func ApplyEnv(environ []string, mods []EnvMod) []string {
	values := map[string]string{}
	var order []string
	for _, entry := range environ {
		name, value, ok := strings.Cut(entry, "=")
		if !ok {
			continue
		}
		if _, seen := values[name]; !seen {
			order = append(order, name)
		}
		values[name] = value
	}
	for _, m := range mods {
		value, set := values[m.Name]
		if m.Op == EnvUnset {
			delete(values, m.Name)
			continue
		}
		if m.Op == EnvRemove && !set {
			continue
		}
		if !slices.Contains(order, m.Name) {
			order = append(order, m.Name)
		}
		values[m.Name] = m.apply(value)
	}
	out := make([]string, 0, len(order))
	for _, name := range order {
		if value, ok := values[name]; ok {
			out = append(out, name+"="+value)
		}
	}
	return out
}

// apply returns what the variable is after the change, from what it was ("" also if it was not set).
func (m EnvMod) apply(old string) string {
	switch {
	case m.Op == EnvSet:
		return m.Value
	case m.Op == EnvRemove:
		elements := strings.Split(old, m.separator())
		return strings.Join(slices.DeleteFunc(elements, func(e string) bool { return e == m.Value }), m.separator())
	case m.Op == EnvPrepend && (old != "" || m.Name == "MANPATH"):
		return m.Value + m.separator() + old
	case m.Op == EnvAppend && old != "":
		return old + m.separator() + m.Value
	}
	return m.Value
}

func (m EnvMod) separator() string {
	if m.Separator == "" {
		return ":"
	}
	return m.Separator
}
