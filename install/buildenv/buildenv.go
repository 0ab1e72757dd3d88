// Package buildenv makes the environment that a build runs in: nothing of the user's but a short list of variables, the
// tools and libraries of the node's dependencies, the compiler wrappers, and the wrappers of the one MPI that the node uses.
//
// System directories (/usr/lib and the like) are searched by every compiler and loader anyway; they are never named, since
// naming them would put the system's copy of a library before a dependency's.
//
// Read buildenv.go (what goes in and comes out), closure.go (which dependencies a build sees), modules.go, compilers.go, mpi.go,
// variables.go, reads.go (what a confined build must be let read).
package buildenv

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/install/stage"
	"github.com/berth-hpc/berth/install/wrapper"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// Input is what an environment is made of.
type Input struct {
	Node   *dag.Node
	Recipe *packages.Recipe // of the node
	// RecipeOf gives the recipe of a dependency, or nil where there is none: an external, or one that was reused.
	RecipeOf func(*dag.Node) *packages.Recipe
	// Prefix says where a node stands.
	Prefix   func(*dag.Node) string
	Stage    *stage.Stage
	StoreDir string   // "/home/u/.berth/store"
	Berth    string   // the berth binary, which the compiler wrappers are links to: "/home/u/bin/berth"
	UserEnv  []string // os.Environ(), of which little is taken
	DebugLog string   // of the compiler wrappers; "" for none
	// LoadModules says what loading modules of the site's changes; nil: externals that need modules go without.
	LoadModules func(names []string) ([]packages.EnvMod, error)
}

// Environment is the surroundings of one build.
type Environment struct {
	Vars []string // "NAME=value", sorted by name
	// Wrapper is what the compiler wrappers were told; Compilers in it are the real ones.
	Wrapper *wrapper.Config

	in   Input
	deps closure
	site []string // of Vars, what the user and the site put there
	// modules are the changes of the modules that externals need.
	modules []packages.EnvMod
	tools   map[string]string // by the names that Build.Tool knows: "cc", "mpicc"
	mpi     map[string]string // the scripts in the tool directory, and the real MPI wrappers behind them
}

// New lays the environment out: it makes the wrapper directory and the tool directory in the stage. Dependencies must stand.
func New(in Input) (*Environment, error) {
	e := &Environment{in: in, deps: newClosure(in.Node), tools: map[string]string{}, mpi: map[string]string{}}
	if err := e.loadModules(); err != nil {
		return nil, err
	}
	config, err := e.wrapperConfig()
	if err != nil {
		return nil, err
	}
	e.Wrapper = config
	if err := wrapper.Create(in.Stage.WrapperDir(), in.Berth, config); err != nil {
		return nil, err
	}
	for lang, name := range map[wrapper.Language]string{wrapper.C: "cc", wrapper.CXX: "cxx", wrapper.Fortran: "fc"} {
		if path := config.Compilers[lang].Path; path != "" {
			e.tools[name] = filepath.Join(in.Stage.WrapperDir(), wrapper.NameFor(path, lang))
		}
	}
	if err := e.makeMPITools(); err != nil {
		return nil, err
	}
	e.Vars = e.variables()
	return e, nil
}

// Dep is a dependency that the build can see, by package name or by virtual: at any depth of link and run edges, direct for build.
func (e *Environment) Dep(name string) (*dag.Node, bool) { return e.deps.find(name) }

// DepPrefix is where that dependency stands.
func (e *Environment) DepPrefix(name string) (string, bool) {
	n, ok := e.Dep(name)
	if !ok {
		return "", false
	}
	return e.in.Prefix(n), true
}

// Tool is the path of a program: "cc", "cxx" and "fc" are the compiler wrappers, "mpicc", "mpicxx", "mpifort" and "mpirun" belong to the
// MPI of the node, anything else is looked for on the build's PATH.
func (e *Environment) Tool(name string) (string, error) {
	if path := e.tools[name]; path != "" {
		return path, nil
	}
	switch name {
	case "cc", "cxx", "fc":
		virtual := map[string]string{"cc": "c", "cxx": "cxx", "fc": "fortran"}[name]
		return "", fmt.Errorf("find %s: %s has no compiler for it; its recipe must depend on %q", name, e.in.Node, virtual)
	case "mpicc", "mpicxx", "mpifort":
		return "", fmt.Errorf("find %s: %s", name, e.noMPITool(name))
	}
	if path, ok := e.look(name); ok {
		return path, nil
	}
	return "", fmt.Errorf("find %s: it is neither in a dependency's bin directory nor in /usr/bin", name)
}

// StandIns maps the programs of the stage that stand in for others (the compiler wrappers, the MPI wrappers) to the real ones.
// What was built may have kept the paths of the former.
func (e *Environment) StandIns() map[string]string {
	real := maps.Clone(e.mpi)
	for _, lang := range []wrapper.Language{wrapper.C, wrapper.CXX, wrapper.Fortran, wrapper.Linker} {
		path := e.Wrapper.Compilers[lang].Path
		if path == "" {
			continue
		}
		for _, name := range append([]string{wrapper.NameFor(path, lang)}, wrapper.Aliases(lang)...) {
			real[filepath.Join(e.in.Stage.WrapperDir(), name)] = path
		}
	}
	return real
}

// look finds a program on the build's PATH. Several names are known for make.
func (e *Environment) look(name string) (string, bool) {
	names := []string{name}
	if name == "make" {
		names = []string{"gmake", "make"} // a make that we depend on may be installed as gmake
	}
	for _, dir := range filepath.SplitList(e.Get("PATH")) {
		for _, n := range names {
			path := filepath.Join(dir, n)
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				return path, true
			}
		}
	}
	return "", false
}

// Get returns a variable of the environment, "" if it is not set.
func (e *Environment) Get(name string) string {
	for _, v := range e.Vars {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

// systemRoots are the prefixes whose directories are the system's.
var systemRoots = []string{"/", "/usr"}

// isSystemPrefix reports whether what stands in prefix is found without being told: there, or by way of the modules that an external without a
// prefix has.
func isSystemPrefix(prefix string) bool {
	return prefix == "" || slices.Contains(systemRoots, filepath.Clean(prefix))
}

// systemDirs lists the directories that compilers and the loader search by themselves, Debian's own kind included
// ("/usr/lib/x86_64-linux-gnu").
func systemDirs() []string {
	dirs := []string{"/usr/include", "/include", "/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64"}
	for _, pattern := range []string{"/usr/lib/*-linux-gnu*", "/lib/*-linux-gnu*", "/usr/include/*-linux-gnu*"} {
		more, _ := filepath.Glob(pattern)
		dirs = append(dirs, more...)
	}
	return dirs
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
