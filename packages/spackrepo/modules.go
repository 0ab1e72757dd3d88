package spackrepo

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/packages/python/stdlib"
)

// shared holds what many recipes import: the module spack.package, the build systems, recipes that others inherit from. Each is
// evaluated once, frozen, and then seen by all evaluations.
type shared struct {
	repo    *Repo
	core    *core
	loading sync.Mutex // one module is loaded at a time, with all that it imports
	modules sync.Map   // name to *loaded
	digests sync.Map   // file to sha256 in hex
}

// loaded is a module, or why there is none.
type loaded struct {
	module *python.Module // nil with a nil err: there is no such module
	files  []string       // what it depends on
	err    error
}

func newShared(r *Repo) (*shared, error) {
	c, err := newCore(r.host)
	return &shared{repo: r, core: c}, err
}

// importer answers the import statements of one evaluation, and notes which files it depends on.
type importer struct {
	shared *shared
	files  map[string]bool
	chain  []string // modules that are being loaded, the outermost first; empty in the evaluation of a recipe itself
}

// Import implements python.Importer.
func (i *importer) Import(in *python.Interp, name string) (*python.Module, error) {
	l := i.shared.get(name, i.chain)
	for _, f := range l.files {
		i.files[f] = true
	}
	return l.module, l.err
}

func (s *shared) get(name string, chain []string) *loaded {
	if l, ok := s.modules.Load(name); ok {
		return l.(*loaded)
	}
	if slices.Contains(chain, name) {
		return &loaded{err: python.Raise(python.ImportError, "modules import each other: %s", strings.Join(append(slices.Clone(chain), name), " -> "))}
	}
	if len(chain) == 0 {
		s.loading.Lock()
		defer s.loading.Unlock()
		if l, ok := s.modules.Load(name); ok {
			return l.(*loaded)
		}
	}
	l := s.load(name, append(slices.Clip(chain), name))
	s.modules.Store(name, l)
	return l
}

// load makes a module: of a file of the repository, of another repository, or of what is written in Go.
func (s *shared) load(name string, chain []string) *loaded {
	if file, ok := s.repo.moduleFile(name); ok {
		return s.loadFile(name, file, chain)
	}
	for _, other := range s.repo.others {
		if strings.HasPrefix(name+".", modulesV2+other.layout.namespace+".") || strings.HasPrefix(name+".", modulesV1+other.layout.namespace+".") {
			l := other.shared.get(name, nil)
			return &loaded{module: l.module, err: l.err} // its files are not this repository's
		}
	}
	m, err := s.nativeModule(name, chain)
	if m != nil {
		python.Freeze(m)
	}
	return &loaded{module: m, err: err}
}

// loadFile evaluates a module of the repository.
func (s *shared) loadFile(name, file string, chain []string) *loaded {
	i := &importer{shared: s, files: map[string]bool{file: true}, chain: chain}
	module, err := s.repo.execute(context.Background(), i, file, name)
	if err == nil {
		freeze(module)
	}
	l := &loaded{module: module, files: slices.Sorted(maps.Keys(i.files)), err: err}
	if err != nil {
		l.module = nil
	}
	return l
}

// execute evaluates a file as a module.
func (r *Repo) execute(ctx context.Context, i *importer, file, name string) (m *python.Module, err error) {
	defer guard(r.shownAs(file), &err)
	text, err := fs.ReadFile(r.fsys, file)
	if err != nil {
		return nil, err
	}
	parsed, err := python.Parse(r.shownAs(file), text)
	if err != nil {
		return nil, err
	}
	in := python.New(python.Options{Importer: i, OnClass: r.onClass})
	defer in.Close()
	m, err = in.Exec(ctx, parsed, name)
	r.tellUsed(in, file)
	return m, err
}

// shownAs is how places name a file: "hdf5/package.py", "build_systems/cmake.py".
func (r *Repo) shownAs(file string) string {
	if rest, ok := strings.CutPrefix(file, r.layout.packages+"/"); ok {
		return rest
	}
	if r.layout.systems != "" {
		if rest, ok := strings.CutPrefix(file, r.layout.systems+"/"); ok {
			return "build_systems/" + rest
		}
	}
	return strings.TrimPrefix(file, r.layout.root+"/")
}

// moduleFile is the file of the repository that a module is.
func (r *Repo) moduleFile(name string) (string, bool) {
	if rest, ok := strings.CutPrefix(name, modulesV2+r.layout.namespace+"."); ok && r.layout.api.major >= 2 {
		parts := strings.Split(rest, ".")
		switch {
		case len(parts) == 3 && parts[0] == "packages" && parts[2] == "package":
			return r.existing(path.Join(r.layout.packages, parts[1], recipeFile))
		case parts[0] == "packages":
			return "", false // a directory
		}
		return r.existing(path.Join(r.layout.root, path.Join(parts...)) + ".py")
	}
	if rest, ok := strings.CutPrefix(name, "spack.build_systems."); ok && r.layout.systems != "" {
		return r.existing(path.Join(r.layout.systems, rest+".py"))
	}
	if rest, ok := strings.CutPrefix(name, modulesV1+r.layout.namespace+"."); ok && r.layout.api.major < 2 {
		if dir, ok := r.dirOfModule(rest); ok {
			return r.existing(path.Join(r.layout.packages, dir, recipeFile))
		}
	}
	return "", false
}

func (r *Repo) existing(file string) (string, bool) {
	return file, fs.ValidPath(file) && exists(r.fsys, file)
}

// dirOfModule is the package that package API v1 imports as a module of that name: qt_base is qt-base, num3proxy is 3proxy.
func (r *Repo) dirOfModule(module string) (string, bool) {
	if rest, ok := strings.CutPrefix(module, "num"); ok && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
		module = rest
	}
	for _, name := range []string{module, strings.ReplaceAll(module, "_", "-")} {
		if _, ok := r.dirs[name]; ok {
			return name, true
		}
	}
	for name := range r.dirs { // some of both
		if strings.ReplaceAll(name, "-", "_") == module {
			return name, true
		}
	}
	return "", false
}

// moduleName is the module that a package's recipe is.
func (r *Repo) moduleName(name string) string {
	if r.layout.api.major < 2 {
		module := strings.ReplaceAll(name, "-", "_")
		if module[0] >= '0' && module[0] <= '9' {
			module = "num" + module
		}
		return modulesV1 + r.layout.namespace + "." + module
	}
	return modulesV2 + r.layout.namespace + ".packages." + r.dirs[name] + ".package"
}

// nativeModule is a module that no file of a repository is. The nil module is one that does not exist.
func (s *shared) nativeModule(name string, chain []string) (*python.Module, error) {
	root, _, _ := strings.Cut(name, ".")
	switch {
	case name == coreModule:
		return s.coreModule(chain)
	case strings.HasPrefix(name, coreModule+"."):
		return nil, nil // a name that spack.package has not
	case strings.HasPrefix(name+".", modulesV2):
		return s.packageModule(name), nil
	case root == "spack" || root == "llnl" || root == "archspec":
		return s.spackModule(name), nil
	case name == "typing_extensions":
		return stdlib.Module("typing"), nil
	}
	std := stdlib.Module(name)
	if own := s.core.hostModule(name); own != nil {
		members := map[string]python.Value{}
		if std != nil {
			for _, n := range std.Names() {
				members[n], _ = std.Get(n)
			}
		}
		maps.Copy(members, own)
		if name == "os" {
			members["path"] = s.get("os.path", chain).module
		}
		return fallbackModule(name, members, func(member string) python.Value {
			if name == "pathlib" || slices.Contains(osFunctions, member) && name == "os" {
				return &unavailable{name: name + "." + member}
			}
			return nil
		}), nil
	}
	if std != nil {
		return std, nil
	}
	if slices.Contains(buildModules, name) {
		return fallbackModule(name, nil, s.unavailableIn(name)), nil
	}
	return nil, nil
}

// buildModules are modules of Python's own that methods use and that mean nothing when a recipe is read.
var buildModules = []string{
	"abc", "argparse", "ast", "base64", "collections", "collections.abc", "configparser", "contextlib", "copy", "ctypes", "datetime", "difflib", "distutils", "distutils.dir_util",
	"errno", "fcntl", "filecmp", "fnmatch", "getpass", "glob", "grp", "gzip", "hashlib", "html", "importlib", "inspect", "io", "json", "locale", "logging", "macholib", "macholib.MachO", "macholib.mach_o", "math",
	"multiprocessing", "numbers", "operator", "pathlib", "pickle", "plistlib", "pprint", "pwd", "queue", "random", "select", "shlex", "shutil", "signal", "site",
	"socket", "ssl", "stat", "string", "struct", "subprocess", "sysconfig", "tarfile", "tempfile", "textwrap", "threading", "time", "traceback", "types", "urllib",
	"urllib.error", "urllib.request", "uuid", "warnings", "weakref", "winreg", "xml", "xml.dom", "xml.dom.minidom", "xml.etree", "xml.etree.ElementTree",
	"zipfile", "zlib",
}

// unavailableIn answers for what a module has for builds only. A module within it is left to the import of that.
func (s *shared) unavailableIn(module string) func(string) python.Value {
	return func(name string) python.Value {
		full := module + "." + name
		if slices.Contains(buildModules, full) || s.core.hostModule(full) != nil || stdlib.Module(full) != nil {
			return nil
		}
		return &unavailable{name: full}
	}
}

// freeze lets many evaluations share a module: also the functions that values of ours hold.
func freeze(m *python.Module) {
	python.Freeze(m)
	for _, name := range m.Names() {
		v, _ := m.Get(name)
		class, ok := v.(*python.Class)
		if !ok {
			continue
		}
		for _, attr := range class.OwnNames() {
			v, _ := class.Own(attr)
			switch v.(type) {
			case *multiMethod, *classProperty:
				for _, f := range functionsBehind(v) {
					python.Freeze(f)
				}
			}
		}
	}
}

// fallbackModule is a module that has every name.
func fallbackModule(name string, members map[string]python.Value, missing func(string) python.Value) *python.Module {
	m := python.NewModule(name, members)
	m.SetFallback(func(name string) (python.Value, bool) {
		if strings.HasPrefix(name, "__") {
			return nil, false
		}
		v := missing(name)
		return v, v != nil
	})
	return m
}

// packageModule is a directory of modules: spack_repo, spack_repo.builtin, spack_repo.builtin.packages.boost. It is nil for what is none.
func (s *shared) packageModule(name string) *python.Module {
	l := s.repo.layout
	rest, inside := strings.CutPrefix(name+".", modulesV2+l.namespace+".")
	parts := strings.Split(strings.TrimSuffix(rest, "."), ".")
	switch {
	case strings.HasPrefix(modulesV2+l.namespace+".", name+"."):
	case !inside || l.api.major < 2:
		return nil
	case len(parts) == 1 && (parts[0] == "packages" || parts[0] == "build_systems" && l.systems != ""):
	case len(parts) == 2 && parts[0] == "packages" && exists(s.repo.fsys, path.Join(l.packages, parts[1], recipeFile)):
	default:
		return nil
	}
	return python.NewModule(name, nil)
}

// spackModule is a module of Spack itself, as package API v1 imports them: spack.directives, llnl.util.lang. What recipes need of them when
// they are read is what spack.package has, whatever the module.
func (s *shared) spackModule(name string) *python.Module {
	return fallbackModule(name, nil, func(member string) python.Value {
		if _, isFile := s.repo.moduleFile(name + "." + member); isFile {
			return nil
		}
		if v, ok := s.core.names[member]; ok && !slices.Contains(packagesOfSpack, name) {
			return v
		}
		if name+"."+member == "archspec.cpu" {
			return s.spackModule("archspec.cpu")
		}
		if special := s.core.spackSpecial(name, member); special != nil {
			return special
		}
		return &unavailable{name: name + "." + member}
	})
}

// packagesOfSpack have modules and nothing else: spack.builder is the module, and not the function of that name.
var packagesOfSpack = []string{"spack", "spack.util", "spack.pkg", "spack.platforms", "llnl", "llnl.util"}

// coreModule is spack.package. For package API v1 it has the build systems' classes, too.
func (s *shared) coreModule(chain []string) (*python.Module, error) {
	names := maps.Clone(s.core.names)
	if s.repo.layout.api.major >= 2 {
		return python.NewModule(coreModule, names), nil
	}
	systems, err := s.buildSystems(chain)
	if err != nil {
		return nil, err
	}
	maps.Copy(names, systems)
	return python.NewModule(coreModule, names), nil
}

// buildSystems are the public names of all build systems: of those beside the repository, or of another repository's.
func (s *shared) buildSystems(chain []string) (map[string]python.Value, error) {
	names := map[string]python.Value{}
	if s.repo.layout.systems == "" {
		for _, other := range s.repo.others {
			if other.layout.api.major >= 2 {
				l := other.shared.get(modulesV2+other.layout.namespace+".build_systems._package_api_v1", nil)
				if l.err != nil || l.module == nil {
					return nil, l.err
				}
				addPublic(names, l.module)
				return names, nil
			}
		}
		return nil, fmt.Errorf("repository %s is of package API %s, whose build systems are part of Spack: it needs the repository builtin beside it, and builtin itself the checkout of Spack that it is in",
			s.repo.layout.namespace, s.repo.layout.api)
	}
	entries, err := fs.ReadDir(s.repo.fsys, s.repo.layout.systems)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		module, ok := strings.CutSuffix(e.Name(), ".py")
		if !ok || strings.HasPrefix(module, "_") {
			continue
		}
		l := s.get("spack.build_systems."+module, chain)
		if l.err != nil {
			return nil, l.err
		}
		addPublic(names, l.module)
	}
	return names, nil
}

// addPublic takes over what a module of build systems is there for: its classes, its functions and its constants.
func addPublic(names map[string]python.Value, m *python.Module) {
	for _, name := range m.Names() {
		v, _ := m.Get(name)
		switch v := v.(type) {
		case *python.Module, *unavailable:
			continue
		case *python.Class:
			if v.Module != m.Name && v.Module != coreModule && !strings.Contains(v.Module, "build_systems") {
				continue
			}
		}
		if !strings.HasPrefix(name, "_") {
			names[name] = v
		}
	}
}
