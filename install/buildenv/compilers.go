package buildenv

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/install/wrapper"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/arch"
	"github.com/berth-hpc/berth/spec/dag"
)

// programs are the compilers of packages that are no externals, or externals that do not say, below bin of their prefix.
var programs = map[string]map[wrapper.Language]string{
	"gcc":                    {wrapper.C: "gcc", wrapper.CXX: "g++", wrapper.Fortran: "gfortran"},
	"llvm":                   {wrapper.C: "clang", wrapper.CXX: "clang++", wrapper.Fortran: "flang"},
	"intel-oneapi-compilers": {wrapper.C: "icx", wrapper.CXX: "icpx", wrapper.Fortran: "ifx"},
	"nvhpc":                  {wrapper.C: "nvc", wrapper.CXX: "nvc++", wrapper.Fortran: "nvfortran"},
	"aocc":                   {wrapper.C: "clang", wrapper.CXX: "clang++", wrapper.Fortran: "flang"},
}

// wrapperConfig says what the compiler wrappers of this build do.
func (e *Environment) wrapperConfig() (*wrapper.Config, error) {
	c := &wrapper.Config{
		Compilers:  map[wrapper.Language]wrapper.Compiler{},
		Flags:      map[string][]string{},
		SystemDirs: systemDirs(),
		OwnDirs:    []string{e.in.StoreDir, e.in.Stage.Dir},
		DebugLog:   e.in.DebugLog,
	}
	prefix := e.in.Prefix(e.in.Node)
	c.RPaths = []string{filepath.Join(prefix, "lib"), filepath.Join(prefix, "lib64")}
	newer, older := e.runtimes()
	c.RPaths = append(c.RPaths, newer...)
	for _, lang := range []wrapper.Language{wrapper.C, wrapper.CXX, wrapper.Fortran} {
		if err := e.addCompiler(c, lang); err != nil {
			return nil, err
		}
	}
	c.RPaths = append(c.RPaths, older...)
	if ld := systemProgram("ld"); ld != "" {
		c.Compilers[wrapper.Linker] = wrapper.Compiler{Path: ld}
	}
	for _, f := range e.in.Node.Attrs().Flags {
		c.Flags[f.Type] = append(c.Flags[f.Type], f.Words...)
	}
	e.addDependencies(c)
	if err := e.addStubs(c); err != nil {
		return nil, err
	}
	return c, nil
}

// addCompiler fills in the compiler of one language, if the node has one.
func (e *Environment) addCompiler(c *wrapper.Config, lang wrapper.Language) error {
	n := e.deps.virtuals[string(lang)]
	if n == nil {
		return nil
	}
	path, err := e.compilerPath(n, lang)
	if err != nil {
		return err
	}
	flags, err := targetFlags(e.in.Node, n)
	if err != nil {
		return err
	}
	c.Compilers[lang] = wrapper.Compiler{Path: path, TargetFlags: flags}
	if ext := n.External(); ext != nil {
		for _, f := range []string{"cflags", "cppflags", "cxxflags", "fflags", "ldflags", "ldlibs"} {
			if _, done := c.Flags[f]; !done && ext.Attributes["flags."+f] != "" {
				c.Flags[f] = strings.Fields(ext.Attributes["flags."+f])
			}
		}
	}
	c.RPaths = append(c.RPaths, e.runtimeDirs(n)...)
	return nil
}

// compilerPath is the real compiler.
func (e *Environment) compilerPath(n *dag.Node, lang wrapper.Language) (string, error) {
	var path string
	if ext := n.External(); ext != nil {
		path = ext.Attributes["compilers."+string(lang)]
	}
	if name := programs[n.Name()][lang]; path == "" && name != "" {
		path = filepath.Join(e.in.Prefix(n), "bin", name)
	}
	if path == "" {
		return "", fmt.Errorf("find the %s compiler of %s: neither its packages.yaml entry (extra_attributes: compilers: %s:) nor berth says where it is", lang, n, lang)
	}
	if !filepath.IsAbs(path) {
		found, ok := e.lookInModules(path)
		if !ok {
			return "", fmt.Errorf("find the %s compiler of %s: there is no %s on the PATH that its modules set", lang, n, path)
		}
		path = found
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("find the %s compiler of %s: %w; `berth external find` looks again at what this machine has", lang, n, err)
	}
	return path, nil
}

// targetFlags makes the compiler generate code for the node's target. A compiler that does not know the target, or a target
// that nothing is known about, is left to its default.
func targetFlags(n, compiler *dag.Node) ([]string, error) {
	target, ok := arch.Lookup(n.Attrs().Target)
	if !ok {
		return nil, nil
	}
	flags, err := target.Flags(compiler.Name(), compiler.Version().String())
	if err != nil {
		return nil, fmt.Errorf("compile %s with %s: %w", n, compiler, err)
	}
	return strings.Fields(flags), nil
}

// runtimeDirs are the directories of a compiler's own libraries (libstdc++, libgfortran), where the loader does not look by itself.
func (e *Environment) runtimeDirs(n *dag.Node) []string {
	var dirs []string
	if ext := n.External(); ext != nil {
		for _, key := range []string{"extra_rpaths", "implicit_rpaths"} {
			dirs = append(dirs, strings.FieldsFunc(ext.Attributes[key], func(r rune) bool { return r == ':' || r == ',' || r == ' ' })...)
		}
	}
	prefix := e.in.Prefix(n)
	if isSystemPrefix(prefix) {
		return dirs
	}
	for _, lib := range []string{"lib64", "lib"} {
		dir := filepath.Join(prefix, lib)
		if found, _ := filepath.Glob(filepath.Join(dir, "libgcc_s.so*")); len(found) > 0 {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// runtimes are the directories of the runtime libraries that what is linked needs, newest first: of those that are not older than the node's own
// compilers, and of the others. One process has one libstdc++, and the newest serves all.
func (e *Environment) runtimes() (newer, older []string) {
	nodes := slices.DeleteFunc(slices.Clone(e.deps.link), func(n *dag.Node) bool { return !packages.IsRuntime(n.Name()) })
	slices.SortStableFunc(nodes, func(a, b *dag.Node) int { return b.Version().Compare(a.Version()) })
	isOlder := func(n *dag.Node) bool {
		for _, lang := range []wrapper.Language{wrapper.C, wrapper.CXX, wrapper.Fortran} {
			c := e.deps.virtuals[string(lang)]
			if c != nil && packages.RuntimeOf(c.Name()) == n.Name() && n.Version().Compare(c.Version()) < 0 {
				return true
			}
		}
		return false
	}
	for _, n := range nodes {
		if isOlder(n) {
			older = append(older, e.runtimeDirs(n)...)
		} else {
			newer = append(newer, e.runtimeDirs(n)...)
		}
	}
	return newer, older
}

// addDependencies adds the directories of what is linked, and the headers of what is only needed to build.
func (e *Environment) addDependencies(c *wrapper.Config) {
	for _, n := range e.deps.link {
		prefix := e.in.Prefix(n)
		if isSystemPrefix(prefix) || packages.IsRuntime(n.Name()) {
			continue
		}
		if inc := filepath.Join(prefix, "include"); isDir(inc) {
			c.IncludeDirs = append(c.IncludeDirs, inc)
		}
		for _, lib := range []string{"lib", "lib64"} {
			if dir := filepath.Join(prefix, lib); isDir(dir) {
				c.LibDirs = append(c.LibDirs, dir)
				c.RPaths = append(c.RPaths, dir)
			}
		}
	}
}

func systemProgram(name string) string {
	for _, dir := range []string{"/usr/bin", "/bin"} {
		if path := filepath.Join(dir, name); isProgram(path) {
			return path
		}
	}
	return ""
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
