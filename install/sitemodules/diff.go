package sitemodules

import (
	"maps"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
)

// difference is what leads from one environment to another, sorted by variable. A list that grew at its ends keeps what else is in it where the
// changes are made.
func difference(before, after map[string]string) []packages.EnvMod {
	var mods []packages.EnvMod
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if isOwn(name) {
			continue
		}
		old, was := before[name]
		if now := after[name]; !was || now != old {
			mods = append(mods, change(name, old, now)...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, is := after[name]; !is && !isOwn(name) {
			mods = append(mods, packages.EnvMod{Op: packages.EnvUnset, Name: name})
		}
	}
	return mods
}

// change is how a variable got from one value to another.
func change(name, old, now string) []packages.EnvMod {
	put := func(op packages.EnvOp, value string) []packages.EnvMod {
		// One change an element, so that each can be taken out again.
		var mods []packages.EnvMod
		elements := strings.Split(value, ":")
		if op == packages.EnvPrepend {
			slices.Reverse(elements)
		}
		for _, e := range elements {
			if e != "" {
				mods = append(mods, packages.EnvMod{Op: op, Name: name, Value: e})
			}
		}
		return mods
	}
	if old == "" {
		if strings.HasSuffix(name, "PATH") && strings.HasPrefix(now, "/") { // PATH, LD_LIBRARY_PATH, CPATH, MANPATH
			return put(packages.EnvPrepend, now)
		}
		return []packages.EnvMod{{Op: packages.EnvSet, Name: name, Value: now}}
	}
	if before, behind, ok := strings.Cut(":"+now+":", ":"+old+":"); ok {
		return append(put(packages.EnvPrepend, before), put(packages.EnvAppend, behind)...)
	}
	return []packages.EnvMod{{Op: packages.EnvSet, Name: name, Value: now}}
}

// isOwn reports whether a variable is the module system's or the shell's own, and says nothing of what was loaded.
func isOwn(name string) bool {
	switch name {
	case "_", "SHLVL", "PWD", "OLDPWD", "HOME", "TMPDIR", "TERM", "LOADEDMODULES", "_LMFILES_", "MODULEPATH", "MODULEPATH_modshare", "MODULESHOME", "BASH_ENV", "ENV", "FPATH":
		return true
	}
	for _, prefix := range []string{"_ModuleTable", "__LMOD_", "LMOD_", "__MODULES_", "MODULES_", "_LMFILES_", "LOADEDMODULES_", "BASH_FUNC_", "BASH_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return strings.HasSuffix(name, "_modshare") || strings.HasSuffix(name, "_modquar")
}
