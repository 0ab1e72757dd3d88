package wrapper

import "syscall"

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

// ReadConfig reads the configuration of a wrapper directory.
func ReadConfig(dir string) (*Config, error) {
	file := dir + "/" + ConfigName
	data, err := readFile(file)
	if err != nil {
		return nil, failure("read the configuration: " + err.Error())
	}
	return parseConfig(file, string(data))
}

// parseConfig reads lines of a key and a value; of what is given by language or type, its name stands between them:
//
//	compiler c /usr/bin/gcc-12
//	target c -march=x86-64-v3
//	flag cflags -O3
//	include /home/u/.berth/store/...
//
// This is read thousands of times a build. It takes no package that reads formats of any kind.
func parseConfig(file, text string) (*Config, error) {
	c := &Config{Compilers: map[Language]Compiler{}, Flags: map[string][]string{}}
	lists := map[string]*[]string{"include": &c.IncludeDirs, "lib": &c.LibDirs, "rpath": &c.RPaths, "system": &c.SystemDirs, "own": &c.OwnDirs}
	for rest := text; rest != ""; {
		var line string
		line, rest, _ = cut(rest, '\n')
		key, value, ok := cut(line, ' ')
		if list := lists[key]; list != nil {
			*list = append(*list, value)
			continue
		}
		if key == "log" {
			c.DebugLog = value
			continue
		}
		name, value, named := cut(value, ' ')
		comp := c.Compilers[Language(name)]
		switch {
		case !ok || !named:
			return nil, failure("read " + file + ": it has a line that means nothing: " + line)
		case key == "compiler":
			comp.Path = value
			c.Compilers[Language(name)] = comp
		case key == "target":
			comp.TargetFlags = append(comp.TargetFlags, value)
			c.Compilers[Language(name)] = comp
		case key == "flag":
			c.Flags[name] = append(c.Flags[name], value)
		default:
			return nil, failure("read " + file + ": it has a line that means nothing: " + line)
		}
	}
	return c, nil
}

// text is what parseConfig reads.
func (c *Config) text() (string, error) {
	var b []byte
	var bad error
	put := func(key string, values ...string) {
		for _, v := range values {
			if indexByte(v, '\n') >= 0 || indexByte(v, 0) >= 0 {
				bad = failure("make compiler wrappers: there is a line break in " + v)
			}
			b = append(b, key+" "+v+"\n"...)
		}
	}
	for _, l := range []Language{C, CXX, Fortran, Linker} {
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
	return string(b), bad
}

// Create makes a wrapper directory: the configuration, and a link to berth (its absolute path) for each name of each compiler.
// The directory must not have been one before.
func Create(dir, berth string, c *Config) error {
	text, err := c.text()
	if err == nil {
		err = mkdirAll(dir)
	}
	if err == nil {
		err = writeFile(dir+"/"+ConfigName, text, syscall.O_TRUNC)
	}
	if err != nil {
		return failure("make compiler wrappers: " + err.Error())
	}
	for _, name := range c.names() {
		if err := syscall.Symlink(berth, dir+"/"+name); err != nil {
			return failed("make compiler wrappers: link", dir+"/"+name, err)
		}
	}
	return nil
}

// names lists what the directory offers. A language without a compiler is offered too, under its first alias: its
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
	return names
}
