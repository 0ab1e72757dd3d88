package modules

import (
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
)

// Deactivate returns environ ("NAME=value" entries) as berth_deactivate would leave it: what an active environment put in is taken out, by the
// protocol in plan.go. Without an active environment it is what it was. A command that is run in one environment from within
// another begins with it.
func Deactivate(environ []string) []string {
	values := map[string]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		values[name] = value
	}
	lists, sets := strings.Fields(values[stateLists]), strings.Fields(values[stateSets])
	unset, local := strings.Fields(values[stateUnset]), strings.Fields(values[stateLocal])
	if len(sets) == 0 {
		return slices.Clone(environ)
	}
	for _, name := range lists {
		value := cutTail(":"+values[name]+":", values[stateTail+name])
		value = cutHead(value, values[stateHead+name])
		value = strings.TrimSuffix(strings.TrimPrefix(value, ":"), ":")
		values[name] = value
		if value == "" && slices.Contains(unset, name) || slices.Contains(local, name) {
			delete(values, name)
		}
	}
	for _, name := range sets {
		values[name] = values[stateWas+name]
		if slices.Contains(unset, name) || slices.Contains(local, name) { // what was not exported, no command saw
			delete(values, name)
		}
	}
	return rebuild(environ, slices.Concat(lists, sets), values)
}

// cutHead takes elements, first ones first, out of a list that has ":" at both ends.
func cutHead(list, elements string) string {
	for one := range strings.SplitSeq(elements, ":") {
		if one != "" {
			list = strings.Replace(list, ":"+one+":", ":", 1)
		}
	}
	return list
}

// cutTail does the same from the other end.
func cutTail(list, elements string) string {
	all := strings.Split(elements, ":")
	for _, one := range slices.Backward(all) {
		if i := strings.LastIndex(list, ":"+one+":"); i >= 0 && one != "" {
			list = list[:i+1] + list[i+len(one)+2:]
		}
	}
	return list
}

// rebuild is environ with the new values of names and without the protocol's own variables. A variable that environ lacks comes last.
func rebuild(environ, names []string, values map[string]string) []string {
	var out []string
	seen := map[string]bool{}
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		value, ok := values[name]
		if ok && !seen[name] && !strings.HasPrefix(name, "_BERTH_") {
			out = append(out, name+"="+value)
		}
		seen[name] = true
	}
	for _, name := range names {
		if value, ok := values[name]; ok && !seen[name] {
			out = append(out, name+"="+value)
			seen[name] = true
		}
	}
	return out
}

// Activate returns environ as sourcing the activation script leaves it: another environment taken out, the changes made, and noted what
// Deactivate and the scripts need to take them back.
func Activate(environ []string, name string, mods []packages.EnvMod) []string {
	environ = Deactivate(environ)
	values := map[string]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		values[name] = value
	}
	plans, _ := makePlans(withName(mods, name))
	note := func(name, value string) packages.EnvMod {
		return packages.EnvMod{Op: packages.EnvSet, Name: name, Value: value}
	}
	var unset string
	var changes []packages.EnvMod
	for _, p := range plans {
		before, existed := values[p.name]
		if !existed {
			unset += p.name + " "
		}
		changes = append(changes, p.ops...)
		if !p.list {
			changes = append(changes, note(stateWas+p.name, before))
		}
		if p.head != "" {
			changes = append(changes, packages.EnvMod{Op: packages.EnvPrepend, Name: p.name, Value: p.head}, note(stateHead+p.name, p.head))
		}
		if p.tail != "" {
			changes = append(changes, packages.EnvMod{Op: packages.EnvAppend, Name: p.name, Value: p.tail}, note(stateTail+p.name, p.tail))
		}
	}
	changes = append(changes, note(stateLists, namesOf(plans, true)), note(stateSets, namesOf(plans, false)), note(stateUnset, unset), note(stateLocal, ""))
	return packages.ApplyEnv(environ, changes)
}
