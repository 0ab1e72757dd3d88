package host

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/arch"
)

// CompilerInfo is what a compiler says and shows of itself beyond what is recorded of it.
type CompilerInfo struct {
	Compiler packages.External
	// Targets are those that this machine runs, with the flags that generate code for them, the machine's own first.
	Targets []TargetFlags
	// ImplicitRPaths are directories with the compiler's runtime libraries that the loader does not search by itself.
	ImplicitRPaths []string
	Runtime        []RuntimeLibrary
}

// TargetFlags are the flags for a microarchitecture, and whether the compiler takes them.
type TargetFlags struct {
	Target string // "zen3"
	Flags  string // "-march=znver3 -mtune=znver3"
	Error  string // "" if it compiled a program with them
}

// RuntimeLibrary is a library that what a compiler makes needs at run time.
type RuntimeLibrary struct {
	Name    string // "libstdc++.so.6"
	Path    string // "/usr/lib/x86_64-linux-gnu/libstdc++.so.6"
	Version string // "6.0.30": of the file that all links lead to; "" has none
	Symbols string // "GLIBCXX_3.4.30": the newest version of a symbol that it has; "" if it has none
}

// runtimeLibraries are those that are asked for, with the versions that their symbols have.
var runtimeLibraries = []struct {
	name    string
	symbols *regexp.Regexp
}{
	{"libgcc_s.so.1", regexp.MustCompile(`GCC_[0-9]+(?:\.[0-9]+)+`)},
	{"libstdc++.so.6", regexp.MustCompile(`GLIBCXX_[0-9]+(?:\.[0-9]+)+`)},
	{"libgfortran.so.5", regexp.MustCompile(`GFORTRAN_[0-9]+(?:\.[0-9]+)*`)},
	{"libquadmath.so.0", nil}, {"libatomic.so.1", nil},
	{"libgomp.so.1", regexp.MustCompile(`GOMP_[0-9]+(?:\.[0-9]+)+`)},
	{"libomp.so", nil}, {"libc++.so.1", nil}, {"libflang.so", nil}, {"libFortranRuntime.so", nil}, // LLVM's and AMD's
	{"libimf.so", nil}, {"libsvml.so", nil}, {"libintlc.so.5", nil}, {"libifcore.so.5", nil}, {"libifport.so.5", nil}, {"libiomp5.so", nil}, // Intel's
	{"libnvc.so", nil}, {"libnvf.so", nil}, {"libnvomp.so", nil}, {"libnvcpumath.so", nil}, // NVIDIA's
	{"libcraymath.so.1", nil}, {"libcsup.so.1", nil}, {"libf.so.1", nil}, {"libfi.so.1", nil}, {"libu.so.1", nil}, // Cray's
}

// DescribeCompiler asks a recorded compiler for what builds need to know, in the environment that loading its modules makes; modules is what that changes.
// The error is about not being able to look at all.
func DescribeCompiler(ctx context.Context, sys System, x packages.External, modules []packages.EnvMod) (CompilerInfo, error) {
	info := CompilerInfo{Compiler: x}
	s := &search{sys: sys, always: madeOf(x.Modules, modules)}
	path, err := s.driverOf(x)
	if err != nil {
		return info, err
	}
	if s.uname, err = sys.Uname(); err != nil {
		return info, err
	}
	s.prepare()
	s.cache = openCache("", s)
	facts, err := GatherFacts(ctx, sys)
	if err != nil {
		return info, err
	}
	version, _ := x.Spec.Versions.Single()
	if info.Targets, err = s.targetFlags(ctx, x.Spec.Name, version, path, facts.Target); err != nil {
		return info, err
	}
	for _, l := range runtimeLibraries {
		if lib, ok := s.runtimeLibrary(ctx, x, path, l.name, l.symbols); ok {
			info.Runtime = append(info.Runtime, lib)
			if dir := filepath.Dir(lib.Path); !s.isSystemLib(dir) && !slices.Contains(info.ImplicitRPaths, dir) {
				info.ImplicitRPaths = append(info.ImplicitRPaths, dir)
			}
		}
	}
	return info, ctx.Err()
}

// madeOf is what changes make of an environment that has nothing else.
func madeOf(names []string, changes []packages.EnvMod) loaded {
	l := loaded{module: strings.Join(names, " "), env: map[string]string{}}
	for _, v := range packages.ApplyEnv(nil, changes) {
		name, value, _ := strings.Cut(v, "=")
		if name == "PATH" {
			l.path = filepath.SplitList(value)
		} else {
			l.env[name] = value
		}
	}
	return l
}

// driverOf is the C compiler of an external: a path, or a name that its modules lead to.
func (s *search) driverOf(x packages.External) (string, error) {
	name := x.Attributes["compilers.c"]
	if name == "" {
		return "", fmt.Errorf("describe %s: it has no C compiler (extra_attributes: compilers: c:)", x.Spec)
	}
	paths := []string{name}
	if !filepath.IsAbs(name) {
		paths = nil
		for _, dir := range s.always.path {
			paths = append(paths, filepath.Join(dir, name))
		}
	}
	for _, path := range paths {
		if file, err := s.sys.Stat(path); err == nil && file.Exec && !file.Dir {
			return path, nil
		}
	}
	if filepath.IsAbs(name) {
		return "", fmt.Errorf("describe %s: its C compiler %s is no program", x.Spec, name)
	}
	return "", fmt.Errorf("describe %s: there is no %s on the PATH that its modules set", x.Spec, name)
}

// targetFlags tries the flags of this machine's target and of the generic ones below it.
func (s *search) targetFlags(ctx context.Context, name string, version spec.Version, path, target string) ([]TargetFlags, error) {
	own, ok := arch.Lookup(target)
	if !ok {
		return nil, nil
	}
	targets := []*arch.Target{own}
	for _, generic := range []string{"x86_64_v4", "x86_64_v3", "x86_64_v2", "x86_64", "armv9.0a", "armv8.4a", "armv8.2a", "aarch64", "ppc64le"} {
		if t, ok := arch.Lookup(generic); ok && t != own && arch.Leq(t, own) {
			targets = append(targets, t)
		}
	}
	var out []TargetFlags
	for _, t := range targets {
		f := TargetFlags{Target: t.Name()}
		flags, err := t.Flags(name, version.String())
		if err != nil {
			f.Error = err.Error()
			out = append(out, f)
			continue
		}
		f.Flags = flags
		p := compilerProbes[C]
		r, err := s.run(ctx, path, Command{
			Argv: slices.Concat([]string{path}, strings.Fields(flags), []string{"-c", p.file}), Files: map[string]string{p.file: p.text}, Timeout: probeTimeout,
		})
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			f.Error = err.Error()
		case !r.OK():
			f.Error = r.Complaint()
		}
		out = append(out, f)
	}
	return out, nil
}

// runtimeLibrary asks the compiler where it has a library, and looks into its own directories where it does not say.
func (s *search) runtimeLibrary(ctx context.Context, x packages.External, compiler, name string, symbols *regexp.Regexp) (RuntimeLibrary, bool) {
	path := ""
	if r, err := s.ask(ctx, compiler, "-print-file-name="+name); err == nil && r.OK() {
		path = strings.TrimSpace(r.Stdout)
	}
	if !filepath.IsAbs(path) {
		path = ""
		for _, dir := range s.libDirs(x.Prefix) {
			if _, err := s.sys.Stat(filepath.Join(dir, name)); err == nil && x.Prefix != "/usr" && x.Prefix != "" {
				path = filepath.Join(dir, name)
				break
			}
		}
	}
	if path == "" {
		return RuntimeLibrary{}, false
	}
	path = filepath.Clean(path)
	real, err := s.sys.EvalSymlinks(path)
	if err != nil {
		return RuntimeLibrary{}, false
	}
	l := RuntimeLibrary{Name: name, Path: real}
	if dir := filepath.Dir(real); dir != "" {
		l.Path = filepath.Join(dir, name)
		if _, err := s.sys.Stat(l.Path); err != nil {
			l.Path = real
		}
	}
	if _, version, ok := strings.Cut(filepath.Base(real), ".so."); ok {
		l.Version = version
	}
	if symbols != nil {
		l.Symbols = s.newestSymbol(real, symbols)
	}
	return l, true
}

// newestSymbol reads the names of versions in a library, which stand in it as text.
func (s *search) newestSymbol(path string, names *regexp.Regexp) string {
	info, err := s.sys.Stat(path)
	if err != nil || info.Size > 64<<20 {
		return ""
	}
	data, err := s.sys.ReadFile(path)
	if err != nil {
		return ""
	}
	newest := ""
	var best spec.Version
	for _, found := range names.FindAll(data, -1) {
		_, number, _ := strings.Cut(string(found), "_")
		v, err := spec.ParseVersion(number)
		if err == nil && (newest == "" || v.Compare(best) > 0) {
			newest, best = string(found), v
		}
	}
	return newest
}

// isSystemLib reports whether the loader searches a directory by itself.
func (s *search) isSystemLib(dir string) bool {
	real, err := s.sys.EvalSymlinks(dir)
	if err != nil {
		return false
	}
	for _, known := range append(s.libDirs("/usr"), s.libDirs("/")...) {
		if k, err := s.sys.EvalSymlinks(known); err == nil && k == real {
			return true
		}
	}
	return false
}
