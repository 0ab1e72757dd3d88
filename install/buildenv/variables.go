package buildenv

import (
	"cmp"
	"maps"
	"os/user"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/berth-hpc/berth/install/wrapper"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// fromUser are the variables that builds get from the user: where licensed compilers find their licence server. Everything
// else would make builds differ, or leak.
var fromUser = map[string]bool{
	"LM_LICENSE_FILE": true, "INTEL_LICENSE_FILE": true, "NVIDIA_LICENSE_FILE": true, "PGROUPD_LICENSE_FILE": true, "ALLINEA_LICENSE_DIR": true,
}

// sourceDateEpoch is the time that builds write into their results: 1980-01-02, the first day that zip archives can hold in all
// time zones.
const sourceDateEpoch = "315619200"

// variables makes the whole environment.
func (e *Environment) variables() []string {
	s := e.in.Stage
	mods := []packages.EnvMod{
		set("HOME", s.HomeDir()), set("TMPDIR", s.TmpDir()), set("TMP", s.TmpDir()), set("TEMP", s.TmpDir()),
		set("LC_ALL", "C"), set("LANG", "C"), set("TZ", "UTC"), set("TERM", "dumb"), set("SHELL", "/bin/sh"),
		set("USER", userName(e.in.UserEnv)), set("LOGNAME", userName(e.in.UserEnv)),
		set("SOURCE_DATE_EPOCH", sourceDateEpoch), set("PYTHONNOUSERSITE", "1"), set("GIT_CONFIG_NOSYSTEM", "1"), set("GIT_TERMINAL_PROMPT", "0"),
		// A git that looks for the repository of an unpacked archive must not find one in which berth's root lies.
		set("GIT_CEILING_DIRECTORIES", s.Dir),
		set("PATH", "/usr/bin:/bin"), set(wrapper.DirVar, s.WrapperDir()),
	}
	site := e.siteMods()
	e.site = packages.ApplyEnv(nil, site)
	mods = append(mods, site...)
	mods = append(mods, e.dependencyMods()...)
	mods = append(mods, e.compilerMods()...)
	mods = append(mods, e.recipeMods()...)
	// The wrappers come first whatever a recipe put before them.
	mods = append(mods, prepend("PATH", s.ToolDir()), prepend("PATH", s.WrapperDir()))
	vars := packages.ApplyEnv(nil, mods)
	sort.Strings(vars)
	return vars
}

// dependencyMods puts the dependencies into the search paths of build tools; the nearest is found first.
func (e *Environment) dependencyMods() []packages.EnvMod {
	var mods []packages.EnvMod
	list := e.deps.build
	for i := len(list) - 1; i >= 0; i-- {
		if packages.IsRuntime(list[i].Name()) {
			continue // beside it stands a whole compiler, which is not for this build to find
		}
		prefix := e.in.Prefix(list[i])
		if bin := filepath.Join(prefix, "bin"); prefix != "" && bin != "/usr/bin" && bin != "/bin" && isDir(bin) {
			mods = append(mods, prepend("PATH", bin))
		}
		if isSystemPrefix(prefix) {
			continue
		}
		for _, dir := range []string{"share/pkgconfig", "lib64/pkgconfig", "lib/pkgconfig"} {
			if p := filepath.Join(prefix, dir); isDir(p) {
				mods = append(mods, prepend("PKG_CONFIG_PATH", p))
			}
		}
		if p := filepath.Join(prefix, "share/aclocal"); isDir(p) {
			mods = append(mods, prepend("ACLOCAL_PATH", p))
		}
		mods = append(mods, prepend("CMAKE_PREFIX_PATH", prefix))
	}
	return mods
}

// compilerMods names the wrappers to build systems, and to the MPI wrappers.
func (e *Environment) compilerMods() []packages.EnvMod {
	var mods []packages.EnvMod
	for _, l := range []struct {
		lang wrapper.Language
		tool string
		vars []string
	}{
		{wrapper.C, "cc", []string{"CC"}}, {wrapper.CXX, "cxx", []string{"CXX"}}, {wrapper.Fortran, "fc", []string{"FC", "F77", "F90"}},
	} {
		path := e.tools[l.tool]
		if path == "" {
			continue
		}
		for _, v := range append(l.vars, mpiCompilerVars[l.lang]...) {
			mods = append(mods, set(v, path))
		}
	}
	return mods
}

// siteMods are what the user and the site have in the environment of builds: licences, and what the modules and entries of externals ask for.
func (e *Environment) siteMods() []packages.EnvMod {
	mods := slices.Clone(e.modules)
	for _, v := range e.in.UserEnv {
		if name, value, _ := strings.Cut(v, "="); fromUser[name] {
			mods = append(mods, set(name, value))
		}
	}
	for _, lang := range []wrapper.Language{wrapper.C, wrapper.CXX, wrapper.Fortran} {
		if n := e.deps.virtuals[string(lang)]; n != nil && n.External() != nil {
			mods = append(mods, externalMods(n)...)
		}
	}
	return mods
}

// externalMods are the changes that an external's packages.yaml entry asks for: extra_attributes: environment: {set: ..., prepend_path: ..., unset: [...]}.
func externalMods(n *dag.Node) []packages.EnvMod {
	ops := map[string]packages.EnvOp{
		"set": packages.EnvSet, "unset": packages.EnvUnset, "prepend_path": packages.EnvPrepend, "append_path": packages.EnvAppend, "remove_path": packages.EnvRemove,
	}
	var mods []packages.EnvMod
	attrs := n.External().Attributes
	for _, name := range strings.FieldsFunc(attrs["environment.unset"], func(r rune) bool { return r == ':' || r == ' ' }) {
		mods = append(mods, packages.EnvMod{Op: packages.EnvUnset, Name: name})
	}
	for _, key := range slices.Sorted(maps.Keys(attrs)) {
		parts := strings.SplitN(key, ".", 3)
		if len(parts) != 3 || parts[0] != "environment" {
			continue
		}
		if op, ok := ops[parts[1]]; ok {
			mods = append(mods, packages.EnvMod{Op: op, Name: parts[2], Value: attrs[key]})
		}
	}
	// What sets a variable comes before what adds to it.
	order := []packages.EnvOp{packages.EnvUnset, packages.EnvSet, packages.EnvRemove, packages.EnvAppend, packages.EnvPrepend}
	slices.SortStableFunc(mods, func(a, b packages.EnvMod) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(slices.Index(order, a.Op), slices.Index(order, b.Op)))
	})
	return mods
}

// recipeMods are what recipes declare: of dependencies for running them and for those who build with them, and the node's own for its
// build. The nearest has the last word.
func (e *Environment) recipeMods() []packages.EnvMod {
	var mods []packages.EnvMod
	list := e.deps.build
	for i := len(list) - 1; i >= 0; i-- {
		r := e.in.RecipeOf(list[i])
		if r == nil {
			continue
		}
		mods = append(mods, e.expand(r.RunEnv, list[i])...)
		mods = append(mods, e.expand(r.DepEnv, list[i])...)
	}
	if e.in.Recipe != nil {
		mods = append(mods, e.expand(e.in.Recipe.BuildEnv, e.in.Node)...)
	}
	return mods
}

func (e *Environment) expand(list []packages.ConditionalEnv, n *dag.Node) []packages.EnvMod {
	var mods []packages.EnvMod
	for _, c := range list {
		if !holds(c.When, n) {
			continue
		}
		for _, m := range c.Mods {
			mods = append(mods, m.Expand(n, e.in.Prefix(n)))
		}
	}
	return mods
}

// userName is who we are; a user whom this machine's look-ups do not find has a number.
func userName(env []string) string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	for _, v := range env {
		if name, ok := strings.CutPrefix(v, "USER="); ok {
			return name
		}
	}
	return "unknown"
}

func set(name, value string) packages.EnvMod {
	return packages.EnvMod{Op: packages.EnvSet, Name: name, Value: value}
}

func prepend(name, value string) packages.EnvMod {
	return packages.EnvMod{Op: packages.EnvPrepend, Name: name, Value: value}
}

func holds(w packages.When, n *dag.Node) bool {
	for _, s := range w {
		if !n.Satisfies(s) {
			return false
		}
	}
	return true
}
