// Package modules turns installed packages into an environment: one list of changes to environment variables, written as an
// activation script or as module files.
//
// It decides nothing about which packages; it is handed them.
//
// Read environment.go (packages to changes); then plan.go, bash.go, fish.go and environ.go (activation scripts); modulefile.go, lua.go,
// tcl.go (module files) and tree.go (a directory of them).
package modules

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// Package is one package of an environment and where it stands.
type Package struct {
	Node   *dag.Node
	Prefix string // "" is nowhere: the package then only brings its RunEnv
	// RunEnv is what the recipe declares beyond the prefix's directories; values may hold {prefix}, {name} and {version}.
	RunEnv []packages.EnvMod
	// View is where the directories of the prefix are looked for instead, if not "": a tree that holds those of several packages.
	View string
	// Root says that the environment asked for it; only such packages get a <NAME>_ROOT.
	Root bool
	// About is one line on the package, Homepage where to read more; both may be "". Module files tell them.
	About, Homepage string
}

// inspections are the directories of a prefix that put it into a list variable, if they exist. (formats.md, "Module files that users expect")
var inspections = []struct{ dir, variable string }{
	{"bin", "PATH"},
	{"share/man", "MANPATH"},
	{"man", "MANPATH"},
	{"share/aclocal", "ACLOCAL_PATH"},
	{"lib/pkgconfig", "PKG_CONFIG_PATH"},
	{"lib64/pkgconfig", "PKG_CONFIG_PATH"},
	{"share/pkgconfig", "PKG_CONFIG_PATH"},
}

// Environment lists the changes that put packages into a shell, so that the first of them is found first. Directories that every
// process searches anyway (/usr, /) are left out: putting them before others would hide what the user has there.
func Environment(list []Package) []packages.EnvMod {
	var mods []packages.EnvMod
	for i := len(list) - 1; i >= 0; i-- { // the last prepended is found first
		p := list[i]
		if p.Prefix != "" && !IsSystemPrefix(p.Prefix) {
			mods = append(mods, directories(list, i)...)
			if p.Root {
				mods = append(mods, packages.EnvMod{Op: packages.EnvSet, Name: rootVariable(p.Node.Name()), Value: p.Prefix})
			}
		}
		for _, m := range p.RunEnv {
			mods = append(mods, m.Expand(p.Node, p.Prefix))
		}
	}
	return mods
}

// directories lists what the i-th package brings by the directories that it has. Those of a view come with the first package that is in it.
func directories(list []Package, i int) []packages.EnvMod {
	view := list[i].View
	switch {
	case view == "":
		return inspect(list[i].Prefix)
	case slices.ContainsFunc(list[:i], func(p Package) bool { return p.View == view }):
		return nil
	}
	return inspect(view)
}

// inspect lists what a prefix or view brings by the directories that it has.
func inspect(prefix string) []packages.EnvMod {
	var mods []packages.EnvMod
	for _, ins := range inspections {
		dir := filepath.Join(prefix, ins.dir)
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			mods = append(mods, packages.EnvMod{Op: packages.EnvPrepend, Name: ins.variable, Value: dir})
		}
	}
	mods = append(mods, packages.EnvMod{Op: packages.EnvPrepend, Name: "CMAKE_PREFIX_PATH", Value: prefix})
	return mods
}

// IsSystemPrefix reports whether a prefix is searched by every process without being told. (Compilers and loaders do not search /usr/local everywhere:
// package install/buildenv draws the line elsewhere.)
func IsSystemPrefix(prefix string) bool {
	switch filepath.Clean(prefix) {
	case "/", "/usr", "/usr/local":
		return true
	}
	return false
}

// rootVariable is the variable that names a package's prefix: NETCDF_C_ROOT for netcdf-c.
func rootVariable(name string) string {
	upper := strings.ToUpper(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name))
	if upper[0] >= '0' && upper[0] <= '9' {
		upper = "_" + upper // 3proxy: a variable's name begins with no digit
	}
	return upper + "_ROOT"
}
