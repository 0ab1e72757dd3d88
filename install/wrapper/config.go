package wrapper

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
)

// ConfigName is the file in a wrapper directory that tells the wrappers what to do.
const ConfigName = "berth-wrapper.json"

// DirVar names the wrapper directory to a wrapper that was called by bare name with another PATH.
const DirVar = "BERTH_WRAPPER_DIR"

// Config is what the wrappers of one build do.
type Config struct {
	Compilers map[Language]Compiler
	// Flags are the spec's, by spec.FlagTypes: "cflags": {"-O3"}.
	Flags map[string][]string `json:",omitempty"`
	// IncludeDirs and LibDirs belong to the dependencies, in the order in which they are to be searched. No system directories.
	IncludeDirs []string `json:",omitempty"`
	LibDirs     []string `json:",omitempty"`
	// RPaths are written into what is linked: the package's own library directories and those of its dependencies.
	RPaths []string `json:",omitempty"`
	// SystemDirs are searched by the compiler and the loader anyway, and never named on a command line: "/usr/include", "/usr/lib".
	SystemDirs []string `json:",omitempty"`
	// OwnDirs are the roots of the store and the stage: directories below them keep their place before the dependencies',
	// all other absolute ones come after.
	OwnDirs []string `json:",omitempty"`
	// DebugLog, if not "", gets each command line before and after.
	DebugLog string `json:",omitempty"`
}

// Compiler is the real thing behind a wrapper.
type Compiler struct {
	Path        string   // "/usr/bin/gcc-12"
	TargetFlags []string `json:",omitempty"` // "-march=x86-64-v3", "-mtune=generic"
}

// ReadConfig reads the configuration of a wrapper directory.
func ReadConfig(dir string) (*Config, error) {
	path := filepath.Join(dir, ConfigName)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	c := &Config{}
	if err := json.Unmarshal(data, c); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return c, nil
}

// Create makes a wrapper directory: the configuration, and a link to berth (its absolute path) for each name of each compiler.
// The directory must not have been one before.
func Create(dir, berth string, c *Config) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make compiler wrappers: %w", err)
	}
	data, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		return fmt.Errorf("make compiler wrappers: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, ConfigName), data, 0o644); err != nil {
		return fmt.Errorf("make compiler wrappers: %w", err)
	}
	for _, name := range c.names() {
		if err := os.Symlink(berth, filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("make compiler wrappers: %w", err)
		}
	}
	return nil
}

// names lists what the directory offers, sorted. A language without a compiler is offered too, under its first alias: its
// wrapper says that the recipe lacks the dependency, where the system's compiler would do harm unseen.
func (c *Config) names() []string {
	set := map[string]bool{"gcc": true, "g++": true, "gfortran": true}
	for _, l := range []Language{C, CXX, Fortran, Linker} {
		comp := c.Compilers[l]
		if comp.Path != "" {
			set[NameFor(comp.Path, l)] = true
		}
		if l == Linker && comp.Path == "" {
			continue
		}
		for _, a := range Aliases(l) {
			set[a] = true
		}
	}
	var names []string
	for n := range set {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}
