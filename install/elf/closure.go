package elf

import (
	"context"
	delf "debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Problem is what is wrong with a library that a file needs.
type Problem string

const (
	Missing    Problem = "not found"
	Broken     Problem = "found, but it is no shared library"
	Outside    Problem = "found outside the closure"
	NotAllowed Problem = "a system library that is not allowed"
	// Stubs is about no library that the file needs, but about its RPATH.
	Stubs Problem = "the RPATH leads to stubs, which stand in for a driver only while linking"
)

// A Finding is a library that a file would not find, or not where it should.
type Finding struct {
	File    string // "/home/ada/.berth/store/hdf5-…/lib/libhdf5.so.310"
	Library string // "libsz.so.2"
	Problem Problem
	Path    string   // where it was found, unless it is Missing
	Looked  []string // where it was looked for, in the loader's order
}

func (f Finding) String() string {
	if f.Problem == Stubs {
		return fmt.Sprintf("%s: %s: %s", f.File, f.Problem, f.Path)
	}
	s := fmt.Sprintf("%s needs %s: %s", f.File, f.Library, f.Problem)
	if f.Path != "" {
		return s + ": " + f.Path
	}
	return s + "; looked in " + strings.Join(f.Looked, ", ")
}

// A Closure is what an installed prefix may use.
type Closure struct {
	Prefix string   // every file below it is checked
	Place  string   // where they will stand, if that is elsewhere: what they need there is looked for below Prefix
	Roots  []string // prefixes of the dependencies, externals included
	System *System  // from LoadSystem

	// AllowSystem says which of the system's libraries may be used, by the name
	// in DT_NEEDED. nil allows all.
	AllowSystem func(soname string) bool

	// AllowMissing says which libraries need not be on this machine: those of a
	// driver, which the machine that runs the programs has. nil allows none.
	AllowMissing func(soname string) bool

	// Machine limits the check to files of one machine: packages install test
	// data for others. The default is this machine's.
	Machine delf.Machine
}

// A Report is the result of a check.
type Report struct {
	Files    int       // programs and libraries of the machine
	Findings []Finding // sorted by file, then in the order of DT_NEEDED
	Damaged  []error   // files that begin like ELF and cannot be read
}

// Check resolves what every program and library below the prefix needs.
//
// A library that does not find something by itself is accepted if every file of
// the prefix that loads it would bring it along: by DT_RPATH, which the loader
// also follows for the libraries of a program, or because it has loaded the
// same library already.
func (c Closure) Check(ctx context.Context) (*Report, error) {
	files, damaged, err := Walk(ctx, c.Prefix)
	if err != nil {
		return nil, err
	}
	if c.Machine == delf.EM_NONE {
		c.Machine = machines[runtime.GOARCH]
	}
	files = slices.DeleteFunc(files, func(f *File) bool { return f.Machine != c.Machine })
	k := &check{Closure: c, res: &resolver{system: c.System, place: c.Place, prefix: c.Prefix}, found: make(map[*File][]search, len(files))}
	if k.res.system == nil {
		k.res.system = &System{}
	}
	k.roots = withRealPaths(append([]string{c.Prefix}, c.Roots...))
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(walkers())
	for _, f := range files {
		k.res.seen.Store(f.Path, match{exists: true, file: f})
	}
	for _, f := range files {
		g.Go(func() error {
			list := make([]search, len(f.Needed))
			for i, lib := range f.Needed {
				list[i] = k.res.find(f, lib)
			}
			mu.Lock()
			k.found[f] = list
			mu.Unlock()
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return &Report{Files: len(files), Findings: k.judge(files), Damaged: damaged}, nil
}

type check struct {
	Closure
	res   *resolver
	roots []string
	found map[*File][]search // beside File.Needed
	users map[string][]*File // real path of a library to the files that load it
}

func (k *check) judge(files []*File) []Finding {
	k.users = make(map[string][]*File)
	for _, f := range files {
		for _, s := range k.found[f] {
			if s.path != "" && !s.broken {
				real := realPath(s.path)
				k.users[real] = append(k.users[real], f)
			}
		}
	}
	var findings []Finding
	for _, f := range files {
		for _, dir := range append(slices.Clone(f.RPath), f.RunPath...) {
			if filepath.Base(dir) == "stubs" {
				findings = append(findings, Finding{File: f.Path, Problem: Stubs, Path: dir})
			}
		}
		for i, lib := range f.Needed {
			s := k.found[f][i]
			if s.path == "" {
				s.path = k.broughtAlong(f, f, lib, map[*File]bool{})
			}
			p := k.problem(s.path, lib)
			if s.broken {
				p = Broken
			}
			if p != "" {
				findings = append(findings, Finding{File: f.Path, Library: lib, Problem: p, Path: s.path, Looked: s.looked})
			}
		}
	}
	return findings
}

// broughtAlong finds lib, which obj needs, by way of the files that load f: obj
// itself or what loads it. It returns "" unless all of them bring it.
func (k *check) broughtAlong(obj, f *File, lib string, seen map[*File]bool) string {
	seen[f] = true
	path := ""
	for _, user := range k.users[realPath(f.Path)] {
		if seen[user] {
			continue
		}
		p := k.broughtBy(obj, user, lib)
		if p == "" {
			p = k.broughtAlong(obj, user, lib, seen)
		}
		if p == "" {
			return ""
		}
		path = p
	}
	return path
}

func (k *check) broughtBy(obj, user *File, lib string) string {
	if i := slices.Index(user.Needed, lib); i >= 0 && k.found[user][i].path != "" {
		return k.found[user][i].path
	}
	var s search
	if obj.RunPath == nil { // an object with a RUNPATH is searched for by that alone
		k.res.inDirs(&s, user, obj, user.RPath, lib)
	}
	return s.path
}

func (k *check) problem(path, lib string) Problem {
	if path == "" && k.AllowMissing != nil && k.AllowMissing(lib) {
		return ""
	}
	if path == "" {
		return Missing
	}
	if k.inside(path) || k.inside(realPath(path)) {
		return ""
	}
	if !k.res.system.Has(path) && !k.res.system.Has(realPath(path)) {
		return Outside
	}
	if k.AllowSystem != nil && !k.AllowSystem(lib) {
		return NotAllowed
	}
	return ""
}

func (k *check) inside(path string) bool {
	return slices.ContainsFunc(k.roots, func(root string) bool {
		return strings.HasPrefix(path, strings.TrimSuffix(root, "/")+"/")
	})
}

// withRealPaths adds what the roots are called without symbolic links: homes
// are often reached by one.
func withRealPaths(roots []string) []string {
	var all []string
	for _, r := range roots {
		all = append(all, filepath.Clean(r), realPath(r))
	}
	return all
}

func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return filepath.Clean(path)
}

// Walk reads every program and library below dir, sorted by path. Symbolic
// links are not followed. Files that cannot be read are in damaged.
func Walk(ctx context.Context, dir string) (files []*File, damaged []error, err error) {
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(walkers())
	walkErr := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("look for ELF files: %w", err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !d.Type().IsRegular() {
			return nil
		}
		g.Go(func() error {
			f, err := Read(path)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				files = append(files, f)
			case !errors.Is(err, ErrNotELF):
				damaged = append(damaged, err)
			}
			return nil
		})
		return nil
	})
	g.Wait() // its functions return no error
	if walkErr != nil {
		return nil, nil, walkErr
	}
	slices.SortFunc(files, func(a, b *File) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(damaged, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return files, damaged, nil
}

// walkers is how many files are read at once: more than there are processors,
// because on a network file system each open waits for a server.
func walkers() int { return max(8, 2*runtime.GOMAXPROCS(0)) }

var machines = map[string]delf.Machine{
	"amd64": delf.EM_X86_64, "arm64": delf.EM_AARCH64, "ppc64le": delf.EM_PPC64, "ppc64": delf.EM_PPC64,
	"riscv64": delf.EM_RISCV, "s390x": delf.EM_S390, "386": delf.EM_386, "arm": delf.EM_ARM, "loong64": delf.EM_LOONGARCH,
}

// multiarch has the directory names of Debian, as one of the values of $LIB.
var multiarch = map[delf.Machine]string{
	delf.EM_X86_64: "x86_64-linux-gnu", delf.EM_AARCH64: "aarch64-linux-gnu", delf.EM_PPC64: "powerpc64le-linux-gnu",
	delf.EM_RISCV: "riscv64-linux-gnu", delf.EM_S390: "s390x-linux-gnu", delf.EM_386: "i386-linux-gnu", delf.EM_ARM: "arm-linux-gnueabihf",
}
