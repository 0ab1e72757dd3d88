package spackrepo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/packages/yamldoc"
)

// layout is where things are in a repository's files.
type layout struct {
	root      string // of the repository in the file system: ".", "repos/spack_repo/builtin"
	namespace string // "builtin"
	api       apiVersion
	packages  string // the directory of recipes: "repos/spack_repo/builtin/packages"
	// systems is the directory of the build systems' classes: "repos/spack_repo/builtin/build_systems", or "lib/spack/spack/build_systems"
	// in a checkout of a Spack that still had them; "" if there is none.
	systems string
}

// apiVersion is the version of the package API that a repository is written for. From 2.0 on, recipes import their base classes from the
// repository, and directories of packages are named as Python's modules.
type apiVersion struct{ major, minor int }

func (v apiVersion) String() string { return fmt.Sprintf("v%d.%d", v.major, v.minor) }

// newest is the package API up to which repositories are known.
var newest = apiVersion{2, 4}

// NotRepositoryError says that a directory is no repository of Spack's.
type NotRepositoryError struct{ Label string }

func (e *NotRepositoryError) Error() string {
	return fmt.Sprintf("open repository %s: there is no repo.yaml in it, nor a spack-repo-index.yaml that says where one is", e.Label)
}

// findLayout finds the repository in a file system: the repository itself, a checkout that holds one (spack-repo-index.yaml says where), or
// one of Spack as it was when recipes were part of it.
func findLayout(fsys fs.FS, label string) (layout, error) {
	roots, err := candidates(fsys, label)
	if err != nil {
		return layout{}, err
	}
	for _, root := range roots {
		if exists(fsys, path.Join(root, "repo.yaml")) {
			return readLayout(fsys, root, label)
		}
	}
	return layout{}, &NotRepositoryError{Label: label}
}

// oldRepository and oldSystems are where Spack had its recipes and their base classes before they became a repository of their own.
const (
	oldRepository = "var/spack/repos/builtin"
	oldSystems    = "lib/spack/spack/build_systems"
)

// Checkout is the checkout of an old Spack whose recipes a directory holds, since their base classes are there, too; any other directory stays as it is.
func Checkout(dir string) string {
	top, ok := strings.CutSuffix(filepath.ToSlash(filepath.Clean(dir)), "/"+oldRepository)
	if !ok {
		return dir
	}
	if info, err := os.Stat(filepath.Join(top, oldSystems)); err != nil || !info.IsDir() {
		return dir
	}
	return filepath.FromSlash(top)
}

func candidates(fsys fs.FS, label string) ([]string, error) {
	roots := []string{"."}
	text, err := fs.ReadFile(fsys, "spack-repo-index.yaml")
	if err == nil {
		doc, err := yamldoc.Parse(path.Join(label, "spack-repo-index.yaml"), text)
		if err != nil {
			return nil, err
		}
		for _, p := range doc.Root().Fields("repo_index").Get("repo_index").Fields("paths").Get("paths").Texts() {
			if !fs.ValidPath(path.Clean(p)) {
				return nil, fmt.Errorf("open repository %s: spack-repo-index.yaml: the path %q leaves the repository", label, p)
			}
			roots = append(roots, path.Clean(p))
		}
		if err := doc.Err(); err != nil {
			return nil, err
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open repository %s: %w", label, err)
	}
	return append(roots, oldRepository), nil
}

var namespaceForm = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_-]*(\.[a-zA-Z][a-zA-Z0-9_-]*)*$`)

// readLayout reads repo.yaml.
func readLayout(fsys fs.FS, root, label string) (layout, error) {
	file := path.Join(root, "repo.yaml")
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		return layout{}, fmt.Errorf("open repository %s: %w", label, err)
	}
	doc, err := yamldoc.Parse(path.Join(label, file), text)
	if err != nil {
		return layout{}, err
	}
	repo := doc.Root().Fields("repo").Need("repo").Fields("namespace", "api", "subdirectory")
	l := layout{root: root, api: apiVersion{1, 0}}
	ns := repo.Need("namespace")
	if l.namespace = ns.Line(); l.namespace != "" && !namespaceForm.MatchString(l.namespace) {
		ns.Fail(fmt.Sprintf("namespace %q is no name", l.namespace), "letters, digits and _, such as my_site; a dot makes a namespace within one")
	}
	if api := repo.Get("api"); api.Exists() {
		v, ok := parseAPI(api.Line())
		switch {
		case !ok:
			api.Fail(fmt.Sprintf("%q is no version of the package API", api.Line()), "write one such as v2.0")
		case v.major > newest.major || v.major == newest.major && v.minor > newest.minor:
			api.Fail(fmt.Sprintf("this repository needs package API %s, and berth knows it up to %s", v, newest), "use an older commit of it, or a newer berth")
		}
		l.api = v
	}
	dir := "packages"
	if sub := repo.Get("subdirectory"); sub.Exists() {
		if dir = sub.Line(); dir != "" && !fs.ValidPath(path.Clean(dir)) {
			sub.Fail(fmt.Sprintf("the subdirectory %q leaves the repository", dir), "")
		}
	}
	if err := doc.Err(); err != nil {
		return layout{}, err
	}
	l.packages = path.Join(root, dir)
	l.systems = l.findSystems(fsys)
	if info, err := fs.Stat(fsys, l.packages); err != nil || !info.IsDir() {
		return layout{}, fmt.Errorf("open repository %s: it has no directory %s", label, l.packages)
	}
	return l, nil
}

func (l layout) findSystems(fsys fs.FS) string {
	for _, dir := range []string{path.Join(l.root, "build_systems"), oldSystems} {
		if info, err := fs.Stat(fsys, dir); err == nil && info.IsDir() {
			return dir
		}
	}
	return ""
}

func parseAPI(text string) (apiVersion, bool) {
	major, minor, ok := strings.Cut(strings.TrimPrefix(text, "v"), ".")
	a, err1 := strconv.Atoi(major)
	b, err2 := strconv.Atoi(minor)
	return apiVersion{a, b}, ok && err1 == nil && err2 == nil && strings.HasPrefix(text, "v") && a >= 1 && b >= 0
}

func exists(fsys fs.FS, file string) bool {
	_, err := fs.Stat(fsys, file)
	return err == nil
}

// nameOf is the package that a directory holds: py_numpy is py-numpy from API 2.0 on, _3dtk is 3dtk.
func (l layout) nameOf(dir string) string {
	if l.api.major < 2 {
		return dir
	}
	return strings.ReplaceAll(strings.TrimLeft(dir, "_"), "_", "-")
}

// packageDirs lists the directories that may hold recipes, in any order.
func (l layout) packageDirs(fsys fs.FS) ([]string, error) {
	entries, err := readDir(fsys, l.packages)
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, e := range entries {
		if name := e.Name(); name[0] != '.' && name != "__pycache__" && (e.IsDir() || e.Type()&fs.ModeSymlink != 0) {
			dirs = append(dirs, name)
		}
	}
	return dirs, nil
}

// readDir is fs.ReadDir without the sorting, which takes half of the time where there are thousands.
func readDir(fsys fs.FS, dir string) ([]fs.DirEntry, error) {
	f, err := fsys.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if d, ok := f.(fs.ReadDirFile); ok {
		return d.ReadDir(-1)
	}
	return fs.ReadDir(fsys, dir)
}

// className is the class that a package's recipe must define: hdf5 gives Hdf5, py-numpy PyNumpy, 3dtk _3dtk.
func className(pkg string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(pkg, func(r rune) bool { return r == '-' || r == '_' }) {
		b.WriteString(strings.ToUpper(word[:1]) + strings.ToLower(word[1:]))
	}
	name := b.String()
	if name != "" && name[0] >= '0' && name[0] <= '9' || name == "None" || name == "True" || name == "False" {
		return "_" + name
	}
	return name
}
