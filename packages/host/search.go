package host

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Program directories that are searched on every machine, in this order, before the user's PATH. A * is one path element.
var systemDirs = []string{
	"/usr/bin", "/bin", "/usr/local/bin",
	"/usr/lib64/openmpi*/bin", "/usr/lib64/mpich*/bin", // Red Hat keeps MPIs off the PATH
	"/usr/lib64/mpi/gcc/*/bin", // SUSE, likewise
	"/usr/lib/llvm-*/bin",      // Debian's LLVM
	"/opt/rh/*/root/usr/bin",   // Red Hat's newer compilers
	"/opt/*/bin", "/opt/*/*/bin",
	"/opt/intel/oneapi/compiler/*/bin", "/opt/intel/oneapi/compiler/*/linux/bin", "/opt/intel/oneapi/mpi/*/bin",
	"/opt/nvidia/hpc_sdk/Linux_*/*/compilers/bin",
	"/opt/AMD/*/bin", "/opt/rocm*/llvm/bin",
	"/opt/cray/pe/cce/*/bin", "/opt/cray/pe/gcc/*/bin", "/opt/cray/pe/gcc/*/snos/bin",
	"/opt/cray/pe/mpich/*/ofi/*/*/bin", "/opt/cray/pe/mpich/*/ucx/*/*/bin", // one for each compiler
	"/opt/ibm/spectrum_mpi/bin",
}

// launchers are programs that pose as a compiler or a tool by being linked to under its name. What stands behind them is
// found where it really is; recorded itself, the launcher would act on every build.
var launchers = map[string]string{
	"ccache": "a compiler cache", "sccache": "a compiler cache", "distcc": "a compiler distributor", "icecc": "a compiler distributor",
	"colorgcc": "a wrapper that colours", "berth": "berth's own compiler wrapper", "snap": "the launcher of snap packages",
	"volta-shim": "a launcher", "busybox": "a program that stands in for many others", "toybox": "a program that stands in for many others",
}

// searchDir is a directory that is searched for programs, with what lies in it.
type searchDir struct {
	path  string // as it was named: "/usr/bin"
	names []string
}

// searchDirs lists the directories in the order of preference: the system's, then those of PATH outside the home
// directory, then those inside it. No directory comes twice, whatever links lead to it.
func (s *search) searchDirs() []searchDir {
	var named []string
	for _, pattern := range systemDirs {
		named = append(named, Glob(s.sys, pattern)...)
	}
	var inHome []string
	home := s.sys.Home()
	for _, dir := range s.sys.Path() {
		switch {
		case !filepath.IsAbs(dir):
			s.reject("", dir, "a relative directory on PATH is not searched")
		case home != "" && home != "/" && Within(filepath.Clean(dir), home):
			inHome = append(inHome, filepath.Clean(dir))
		default:
			named = append(named, filepath.Clean(dir))
		}
	}
	var dirs []searchDir
	seen := map[string]bool{}
	for _, dir := range append(named, inHome...) {
		real, err := s.sys.EvalSymlinks(dir)
		if err != nil || seen[real] {
			continue
		}
		seen[real] = true
		if reason := s.avoid(dir, real); reason != "" {
			s.reject("", dir, reason)
			continue
		}
		names, err := s.sys.ReadDir(real)
		if err != nil {
			s.reject("", dir, fmt.Sprintf("read directory: %v", err))
			continue
		}
		dirs = append(dirs, searchDir{path: dir, names: names})
	}
	return dirs
}

// avoid tells why a directory holds no programs that may be used; "" if it may.
func (s *search) avoid(dir, real string) string {
	for _, d := range []string{dir, real} {
		switch filepath.Base(d) {
		case "shims": // pyenv, rbenv, asdf, mise
			return "a version manager's shims: which program answers depends on the directory it is called in"
		case "ccache", "distcc", "icecc":
			return "holds wrappers that pose as compilers"
		}
		for _, root := range s.exclude {
			if Within(d, root) {
				return "belongs to berth itself"
			}
		}
	}
	return ""
}

// Within reports whether path is root or below it.
func Within(path, root string) bool {
	rel, err := filepath.Rel(root, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, "../")
}

// Glob lists the directories that a pattern names, sorted; a pattern's * stands for any part of one path element.
func Glob(sys System, pattern string) []string {
	found := []string{"/"}
	for element := range strings.SplitSeq(strings.Trim(pattern, "/"), "/") {
		var next []string
		for _, dir := range found {
			if !strings.Contains(element, "*") {
				next = append(next, filepath.Join(dir, element))
				continue
			}
			names, err := sys.ReadDir(dir)
			if err != nil {
				continue
			}
			for _, name := range names {
				if ok, _ := filepath.Match(element, name); ok {
					next = append(next, filepath.Join(dir, name))
				}
			}
		}
		found = next
	}
	return slices.DeleteFunc(found, func(dir string) bool {
		info, err := sys.Stat(dir)
		return err != nil || !info.Dir
	})
}

// program is one executable, with every name that leads to it.
type program struct {
	rank  int      // the place of its directory in the search order
	home  string   // the directory where the last of its fitting names stands: "/usr/bin" for /usr/local/bin/gcc -> /usr/bin/gcc-12
	names []string // the fitting names in home, sorted: "gcc", "gcc-12"
	last  string   // the fitting name that all links end in: "/usr/bin/x86_64-linux-gnu-gcc-12"
	info  FileInfo
}

// prefix is the root of the installation that the program belongs to: the parent of bin.
func (p *program) prefix() string {
	if isBin(p.home) {
		return filepath.Dir(p.home)
	}
	return p.home
}

func isBin(dir string) bool { return filepath.Base(dir) == "bin" || filepath.Base(dir) == "sbin" }

// programs finds the executables whose name fits, each once, in the search order. Names that are links to one another are one program;
// where hard is true (for compilers, which tell by no name what they are), so are hard links.
func (s *search) programs(pkg string, fits *regexp.Regexp, hard bool) []*program {
	type identity struct {
		path          string
		device, inode uint64
	}
	found := map[identity]*program{}
	var order []*program
	for rank, dir := range s.dirs {
		for _, name := range dir.names {
			if !fits.MatchString(name) {
				continue
			}
			path := filepath.Join(dir.path, name)
			info, err := s.sys.Stat(path)
			if err != nil || info.Dir {
				continue // a dangling link, or a directory of that name
			}
			if !info.Exec {
				s.reject(pkg, path, "not executable")
				continue
			}
			chain := s.chain(path, fits)
			if s.leavesOut(chain, fits) {
				s.reject(pkg, path, "left out, as it is to be skipped")
				continue
			}
			if reason := s.posing(chain); reason != "" {
				s.reject(pkg, path, reason)
				continue
			}
			last := chain[len(chain)-1]
			id := identity{path: last}
			if hard && info.Inode != 0 {
				id = identity{device: info.Device, inode: info.Inode}
			}
			p := found[id]
			if p == nil {
				p = &program{rank: rank, home: filepath.Dir(last), last: last, info: info}
				found[id] = p
				order = append(order, p)
			}
			for _, link := range chain {
				if filepath.Dir(link) == p.home && !slices.Contains(p.names, filepath.Base(link)) {
					p.names = append(p.names, filepath.Base(link))
				}
			}
		}
	}
	for _, p := range order {
		slices.Sort(p.names)
	}
	return order
}

// maxLinks is how many links in a row the kernel follows.
const maxLinks = 40

// chain follows the links from path on and returns the fitting names met, the last one last. Names that do not fit
// (mpicc -> /etc/alternatives/mpi -> mpicc.openmpi -> opal_wrapper), and those outside of any bin directory (/etc/alternatives/automake),
// are passed through and left out.
func (s *search) chain(path string, fits *regexp.Regexp) []string {
	var chain []string
	for range maxLinks {
		if dir, err := s.sys.EvalSymlinks(filepath.Dir(path)); err == nil && s.displayed[dir] != "" {
			path = filepath.Join(s.displayed[dir], filepath.Base(path))
		} else if err == nil {
			path = filepath.Join(dir, filepath.Base(path))
		}
		if fits.MatchString(filepath.Base(path)) && (len(chain) == 0 || isBin(filepath.Dir(path))) {
			chain = append(chain, path)
		}
		target, err := s.sys.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = filepath.Clean(target)
	}
	return chain
}

// skips reports whether a path is one of those to skip, or below one.
func (s *search) skips(path string) bool {
	return slices.ContainsFunc(s.skip, func(skip string) bool { return Within(path, filepath.Clean(skip)) })
}

// leavesOut reports whether a program is to be skipped, by whichever of its names that was said.
func (s *search) leavesOut(chain []string, fits *regexp.Regexp) bool {
	if slices.ContainsFunc(chain, s.skips) {
		return true
	}
	return slices.ContainsFunc(s.skip, func(skip string) bool {
		own := s.chain(filepath.Clean(skip), fits)
		return len(own) > 0 && own[len(own)-1] == chain[len(chain)-1]
	})
}

// posing tells whether what all links end in is a launcher and not the program itself.
func (s *search) posing(chain []string) string {
	real, err := s.sys.EvalSymlinks(chain[len(chain)-1])
	if err != nil {
		return fmt.Sprintf("resolve links: %v", err)
	}
	if what, ok := launchers[filepath.Base(real)]; ok {
		return fmt.Sprintf("is %s, %s", real, what)
	}
	for _, root := range s.exclude {
		if Within(real, root) {
			return "belongs to berth itself"
		}
	}
	return ""
}

// lookPath finds a program by the name that a wrapper in dir calls it by, as the wrapper itself would.
func (s *search) lookPath(name, dir string) (FileInfo, bool) {
	if filepath.IsAbs(name) {
		info, err := s.sys.Stat(name)
		return info, err == nil && info.Exec
	}
	if name == "" || strings.Contains(name, "/") {
		return FileInfo{}, false
	}
	for _, d := range s.pathFor(dir) {
		if info, err := s.sys.Stat(filepath.Join(d, name)); err == nil && info.Exec {
			return info, true
		}
	}
	return FileInfo{}, false
}

// pathFor is the PATH of a command that stands in dir: what lies beside it comes first, then what its module brings with it, as an MPI's brings the
// compiler that the MPI was built with.
func (s *search) pathFor(dir string) []string {
	path := []string{dir}
	for _, d := range s.byModule[dir].path {
		if d != dir {
			path = append(path, d)
		}
	}
	for _, d := range s.dirs {
		if !slices.Contains(path, d.path) {
			path = append(path, d.path)
		}
	}
	return path
}
