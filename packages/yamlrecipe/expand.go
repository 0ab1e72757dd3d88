package yamlrecipe

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// expand replaces what is known when the build runs.
func (t text) expand(b packages.Build) (string, error) {
	var out strings.Builder
	for _, p := range t {
		if p.word == "" {
			out.WriteString(p.text)
			continue
		}
		value, err := dynamicValue(p, b)
		if err != nil {
			return "", fmt.Errorf("{%s}: %w", p.text, err)
		}
		out.WriteString(value)
	}
	return out.String(), nil
}

func dynamicValue(p part, b packages.Build) (string, error) {
	switch p.word {
	case "prefix":
		return b.Prefix(), nil
	case "source":
		return b.SourceDir(), nil
	case "build":
		return b.BuildDir(), nil
	case "jobs":
		return strconv.Itoa(b.Jobs()), nil
	case "cc", "cxx", "fc":
		return b.Tool(p.word)
	case "mpi":
		return b.Tool(mpiTools[p.args[0]])
	case "tool":
		return b.Tool(p.args[0])
	case "python":
		return pythonOf(b)
	case "dep":
		return depProperty(b, p.args[0])
	case "libs":
		return linkLine(b, strings.Split(p.args[0], ","))
	case "rpaths":
		return linkRPaths(b), nil
	case "libname":
		lib, err := findLibrary(b, p.args[0])
		return lib.name, err
	case "libfiles":
		return libraryFiles(b, strings.Split(p.args[0], ","))
	}
	return "", fmt.Errorf("unknown expression")
}

func depProperty(b packages.Build, arg string) (string, error) {
	name, field := depField(arg)
	node, ok := b.Dep(name)
	prefix, stands := b.DepPrefix(name)
	if !ok || !stands {
		return "", fmt.Errorf("%s has no dependency %s", b.Node(), name)
	}
	switch field {
	case "version":
		return node.Version().String(), nil
	case "prefix":
		return prefix, nil
	}
	return filepath.Join(prefix, field), nil
}

// library is a library file of a dependency.
type library struct {
	dir  string // "/home/u/.berth/store/.../lib"
	file string // "libblis.so"
	name string // "blis", as in -lblis
}

// findLibrary finds the library that the provider of a virtual (or a package) offers for it. It is named after the virtual
// (netlib-lapack's liblapack for lapack) or after the package (libblis for blas).
func findLibrary(b packages.Build, dep string) (library, error) {
	node, ok := b.Dep(dep)
	prefix, stands := b.DepPrefix(dep)
	if !ok || !stands {
		return library{}, fmt.Errorf("%s has no dependency %s", b.Node(), dep)
	}
	names := []string{dep, node.Name(), strings.TrimPrefix(node.Name(), "lib")}
	for _, name := range names {
		for _, dir := range libraryDirs(prefix) {
			for _, suffix := range []string{".so", ".a"} {
				file := "lib" + name + suffix
				if _, err := os.Stat(filepath.Join(dir, file)); err == nil {
					return library{dir: dir, file: file, name: name}, nil
				}
			}
		}
	}
	return library{}, fmt.Errorf("%s has no library lib%s.so or lib%s.so below %s", node, names[0], names[1], prefix)
}

// libraryDirs lists where a prefix may keep libraries; /usr of Debian has them below its machine's name.
func libraryDirs(prefix string) []string {
	dirs := []string{filepath.Join(prefix, "lib"), filepath.Join(prefix, "lib64")}
	more, _ := filepath.Glob(filepath.Join(prefix, "lib", "*-linux-gnu"))
	slices.Sort(more)
	return append(dirs, more...)
}

// systemDirs are searched by every linker: naming them only shadows other dependencies.
func systemDir(dir string) bool {
	return strings.HasPrefix(dir, "/usr/lib") || strings.HasPrefix(dir, "/lib")
}

// linkLine is "-L/dir -llapack -lblas".
func linkLine(b packages.Build, deps []string) (string, error) {
	var words []string
	for _, dep := range deps {
		lib, err := findLibrary(b, dep)
		if err != nil {
			return "", err
		}
		if l := "-L" + lib.dir; !systemDir(lib.dir) && !slices.Contains(words, l) {
			words = append(words, l)
		}
		if l := "-l" + lib.name; !slices.Contains(words, l) {
			words = append(words, l)
		}
	}
	return strings.Join(words, " "), nil
}

// linkRPaths tells the linker where the program will find the libraries of all that the node links, the nearest first.
func linkRPaths(b packages.Build) string {
	var words []string
	seen := map[string]bool{}
	for queue := b.Node().DepsOf(spec.Link); len(queue) > 0; queue = queue[1:] {
		n := queue[0]
		if seen[n.Hash()] {
			continue
		}
		seen[n.Hash()] = true
		queue = append(queue, n.DepsOf(spec.Link)...)
		prefix, ok := b.DepPrefix(n.Name())
		for _, dir := range []string{filepath.Join(prefix, "lib"), filepath.Join(prefix, "lib64")} {
			if ok && isDir(dir) && !systemDir(dir) {
				words = append(words, "-Wl,-rpath,"+dir)
			}
		}
	}
	return strings.Join(words, " ")
}

// libraryFiles is the files with their directories, joined with semicolons as CMake wants lists.
func libraryFiles(b packages.Build, deps []string) (string, error) {
	var files []string
	for _, dep := range deps {
		lib, err := findLibrary(b, dep)
		if err != nil {
			return "", err
		}
		if f := filepath.Join(lib.dir, lib.file); !slices.Contains(files, f) {
			files = append(files, f)
		}
	}
	return strings.Join(files, ";"), nil
}
