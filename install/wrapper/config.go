package wrapper

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ConfigName is the file in a wrapper directory that tells the wrappers what to do.
const ConfigName = "berth-wrapper.conf"

// DirVar names the wrapper directory to a wrapper that was called by bare name with another PATH.
const DirVar = "BERTH_WRAPPER_DIR"

// Config is what the wrappers of one build do.
type Config struct {
	Compilers map[Language]Compiler
	// Flags are the spec's, by spec.FlagTypes: "cflags": {"-O3"}.
	Flags map[string][]string
	// IncludeDirs and LibDirs belong to the dependencies, in the order in which they are to be searched. No system directories.
	IncludeDirs []string
	LibDirs     []string
	// RPaths are written into what is linked: the package's own library directories and those of its dependencies.
	RPaths []string
	// SystemDirs are searched by the compiler and the loader anyway, and never named on a command line: "/usr/include", "/usr/lib".
	SystemDirs []string
	// OwnDirs are the roots of the store and the stage: directories below them keep their place before the dependencies',
	// all other absolute ones come after.
	OwnDirs []string
	// DebugLog, if not "", gets each command line before and after.
	DebugLog string
}

// Compiler is the real thing behind a wrapper.
type Compiler struct {
	Path        string   // "/usr/bin/gcc-12"
	TargetFlags []string // "-march=x86-64-v3", "-mtune=generic"
}

// text is the configuration as the wrapper reads it: lines of a key and a value; of what is given by language or type, its name stands between them:
//
//	compiler c /usr/bin/gcc-12
//	target c -march=x86-64-v3
//	flag cflags -O3
//	include /home/u/.berth/store/...
func (c *Config) text() (string, error) {
	var b strings.Builder
	var bad error
	put := func(key string, values ...string) {
		for _, v := range values {
			if strings.ContainsAny(v, "\n\x00") {
				bad = fmt.Errorf("make compiler wrappers: there is a line break in %s", v)
			}
			b.WriteString(key + " " + v + "\n")
		}
	}
	for _, l := range languages {
		if comp := c.Compilers[l]; comp.Path != "" {
			put("compiler "+string(l), comp.Path)
			put("target "+string(l), comp.TargetFlags...)
		}
	}
	for _, kind := range []string{"cflags", "cppflags", "cxxflags", "fflags", "ldflags", "ldlibs"} {
		put("flag "+kind, c.Flags[kind]...)
	}
	put("include", c.IncludeDirs...)
	put("lib", c.LibDirs...)
	put("rpath", c.RPaths...)
	put("system", c.SystemDirs...)
	put("own", c.OwnDirs...)
	if c.DebugLog != "" {
		put("log", c.DebugLog)
	}
	return b.String(), bad
}

// Create makes a wrapper directory: the configuration, and a link to berth (its absolute path) for each name of each compiler.
// The directory must not have been one before.
func Create(dir, berth string, c *Config) error {
	text, err := c.text()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make compiler wrappers: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, ConfigName), []byte(text), 0o644); err != nil {
		return fmt.Errorf("make compiler wrappers: %w", err)
	}
	for name := range c.names() {
		if err := os.Symlink(berth, filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("make compiler wrappers: %w", err)
		}
	}
	return nil
}

// names are what the directory offers. A language without a compiler is offered too, under its first alias: its
// wrapper says that the recipe lacks the dependency, where the system's compiler would do harm unseen.
func (c *Config) names() map[string]bool {
	names := map[string]bool{"gcc": true, "g++": true, "gfortran": true}
	for _, l := range languages {
		comp := c.Compilers[l]
		if comp.Path != "" {
			names[NameFor(comp.Path, l)] = true
		}
		if l == Linker && comp.Path == "" {
			continue
		}
		for _, a := range Aliases(l) {
			names[a] = true
		}
	}
	return names
}
