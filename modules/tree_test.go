package modules

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// node makes a node; deps are linked with and run.
func node(t testing.TB, text string, provides []string, x *dag.External, deps ...*dag.Node) *dag.Node {
	t.Helper()
	s := spec.MustParse(text)
	var edges []dag.Edge
	for _, d := range deps {
		edges = append(edges, dag.Edge{To: d, Types: spec.Link | spec.Run})
	}
	n, err := dag.New(dag.Attrs{
		Name: s.Name, Namespace: "builtin", Version: spec.MustVersion(strings.TrimPrefix(s.Versions.String(), "=")), Variants: s.Variants,
		Platform: "linux", OS: "debian12", Target: "x86_64_v3", Provides: provides, External: x,
	}, edges)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// install makes a prefix with these directories.
func install(t testing.TB, n *dag.Node, dirs ...string) Package {
	prefix := filepath.Join(t.TempDir(), n.Name())
	for _, d := range dirs {
		if err := os.MkdirAll(filepath.Join(prefix, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return Package{Node: n, Prefix: prefix, About: "the " + n.Name() + " \"library\" [of $HOME {x}] \\ more", Homepage: "https://" + n.Name() + ".org"}
}

// sample is a small stack: an MPI, HDF5 in two versions of which one is there twice, what they need, and what the site has.
func sample(t testing.TB) []Package {
	zlib := node(t, "zlib@=1.3.1", nil, nil)
	mpich := node(t, "mpich@=4.2", []string{"mpi@4"}, nil)
	openmpi := node(t, "openmpi@=5.0", []string{"mpi@3.1"}, nil)
	site := node(t, "libsci@=23", nil, &dag.External{Prefix: "/opt/cray/libsci", Modules: []string{"cray-libsci/23.1"}})
	glibc := node(t, "glibc@=2.36", nil, &dag.External{Prefix: "/usr"})
	runtime := node(t, "gcc-runtime@=13.2", nil, &dag.External{Prefix: "/opt/gcc-13"})
	hdf5 := install(t, node(t, "hdf5@=1.14.5+mpi", nil, nil, zlib, mpich, glibc, runtime), "bin", "lib/pkgconfig", "share/man")
	hdf5.RunEnv = []packages.EnvMod{
		{Op: packages.EnvSet, Name: "HDF5_PLUGIN_PATH", Value: "{prefix}/plugins and $HOME for {name} {version}"},
		{Op: packages.EnvAppend, Name: "XDG_DATA_DIRS", Value: "{prefix}/share"},
		{Op: packages.EnvPrepend, Name: "HDF5_LIST", Value: "first;second", Separator: ";"},
	}
	return []Package{
		hdf5, install(t, node(t, "hdf5@=1.14.5~mpi", nil, nil, zlib), "bin"), install(t, node(t, "hdf5@=1.12", nil, nil, zlib), "bin"),
		install(t, mpich, "bin", "share/man"), install(t, openmpi, "bin"), install(t, zlib, "lib/pkgconfig"),
		install(t, node(t, "petsc@=3.21", nil, nil, site, mpich), "bin"),
		{Node: site, Prefix: "/opt/cray/libsci"}, {Node: glibc, Prefix: "/usr"}, {Node: runtime, Prefix: "/opt/gcc-13"},
	}
}

func write(t testing.TB, dir string, list []Package, o Options) Changes {
	t.Helper()
	changes, err := WriteTree(context.Background(), dir, list, o)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

// listTree is the files that people see, and their number of links, times and inodes left out.
func listTree(t testing.TB, dir string) map[string]string {
	files, err := readTree(dir)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestNames holds that modules are name/version, and that only what collides shows its hash.
func TestNames(t *testing.T) {
	list := sample(t)
	dir := filepath.Join(t.TempDir(), "lua")
	changes := write(t, dir, list, Options{Format: Lua})
	twins := []string{"hdf5/1.14.5-" + list[0].Node.ShortHash(), "hdf5/1.14.5-" + list[1].Node.ShortHash()}
	slices.Sort(twins)
	want := []string{"hdf5/1.12", twins[0], twins[1], "mpich/4.2", "openmpi/5.0", "petsc/3.21", "zlib/1.3.1"}
	if diff := cmp.Diff(want, changes.Added); diff != "" || changes.Total != len(want) {
		t.Errorf("total %d, -want +got:\n%s", changes.Total, diff)
	}
	for name := range listTree(t, dir) {
		if !slices.Contains(want, strings.TrimSuffix(name, ".lua")) || !strings.HasSuffix(name, ".lua") {
			t.Errorf("unexpected file %s", name)
		}
	}
}

// TestReplace holds that a tree follows what is installed, that equal input writes nothing, and that nothing else is left beside it.
func TestReplace(t *testing.T) {
	list := sample(t)
	parent := t.TempDir()
	dir := filepath.Join(parent, "modules")
	if err := os.Mkdir(dir, 0o755); err != nil { // an empty directory may be there
		t.Fatal(err)
	}
	write(t, dir, list, Options{Format: Tcl})
	first := listTree(t, dir)
	target, _ := os.Readlink(dir)
	shuffled := slices.Clone(list)
	slices.Reverse(shuffled)
	if changes := write(t, dir, shuffled, Options{Format: Tcl}); len(changes.Added)+len(changes.Changed)+len(changes.Removed) > 0 {
		t.Errorf("changes though nothing changed: %v", changes)
	}
	if again, _ := os.Readlink(dir); again != target {
		t.Error("the tree was written again though nothing changed")
	}

	fewer := slices.DeleteFunc(slices.Clone(list), func(p Package) bool { return p.Node.Name() == "petsc" || p.Node == list[1].Node })
	changes := write(t, dir, fewer, Options{Format: Tcl})
	want := Changes{
		Added:   []string{"hdf5/1.14.5"},
		Removed: []string{"hdf5/1.14.5-" + list[0].Node.ShortHash(), "hdf5/1.14.5-" + list[1].Node.ShortHash(), "petsc/3.21"}, Total: 5,
	}
	slices.Sort(want.Removed)
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}

	damaged := filepath.Join(dir, "zlib", "1.3.1")
	if err := os.WriteFile(damaged, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if changes := write(t, dir, fewer, Options{Format: Tcl}); !slices.Equal(changes.Changed, []string{"zlib/1.3.1"}) {
		t.Errorf("a damaged file: %v", changes)
	}
	write(t, dir, list, Options{Format: Tcl})
	if diff := cmp.Diff(first, listTree(t, dir)); diff != "" {
		t.Errorf("-first +last:\n%s", diff)
	}
	entries, err := os.ReadDir(parent)
	if err != nil || len(entries) != 3 { // the link, its target, the lock
		t.Errorf("beside the tree: %v %v", entries, err)
	}
}

// TestForeign holds that what berth did not write is not touched.
func TestForeign(t *testing.T) {
	full := t.TempDir()
	mine := filepath.Join(full, "mine")
	if err := os.WriteFile(mine, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(full, link); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{full, mine, link} {
		_, err := WriteTree(context.Background(), dir, sample(t), Options{Format: Lua})
		var foreign *ForeignError
		if !errors.As(err, &foreign) {
			t.Errorf("%s: %v", dir, err)
		}
	}
	if _, err := os.Stat(mine); err != nil {
		t.Error(err)
	}
}

// TestNeverTorn holds that a reader finds a whole tree at any moment.
func TestNeverTorn(t *testing.T) {
	list := sample(t)
	dir := filepath.Join(t.TempDir(), "lua")
	write(t, dir, list, Options{Format: Lua})
	done := make(chan error)
	go func() {
		for i := range 20 {
			if _, err := WriteTree(context.Background(), dir, list[:len(list)-i%2*3], Options{Format: Lua}); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return
		default:
			// mpich is in every tree, so it must be found at every look.
			if _, err := os.ReadFile(filepath.Join(dir, "mpich", "4.2.lua")); errors.Is(err, fs.ErrNotExist) {
				t.Fatal("a look found no module")
			}
		}
	}
}

// TestEnvironmentNames holds that two environments cannot hide each other, and that names cannot leave the tree.
func TestEnvironmentNames(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tcl")
	o := Options{Format: Tcl, Environments: []EnvironmentModule{{Name: "../../x", Dir: "/a"}, {Name: "p q", Dir: "/b"}}}
	changes := write(t, dir, nil, o)
	if !slices.Equal(changes.Added, []string{"berth/_.._x", "berth/p_q"}) {
		t.Errorf("%v", changes)
	}
	o.Environments = []EnvironmentModule{{Name: "p q", Dir: "/a"}, {Name: "p/q", Dir: "/b"}, {Name: "...", Dir: "/c"}}
	changes = write(t, dir, nil, o)
	if !slices.Equal(changes.Added, []string{"berth/environment-facd442", "berth/p_q-6a50dc8", "berth/p_q-9812b0b"}) {
		t.Errorf("%v", changes)
	}
}

// TestGolden shows what module files look like.
func TestGolden(t *testing.T) {
	mpich := node(t, "mpich@=4.2", []string{"mpi@4"}, nil)
	zlib := node(t, "zlib@=1.3.1", nil, nil)
	p := Package{Node: node(t, "hdf5@=1.14.5+mpi", []string{"mpi"}, nil, mpich, zlib), About: "Data \"model\" and file format.", Homepage: "https://www.hdfgroup.org"}
	p.RunEnv = []packages.EnvMod{{Op: packages.EnvSet, Name: "HDF5_X", Value: "a $b"}, {Op: packages.EnvPrepend, Name: "MANPATH", Value: "/store/hdf5/share/man"}}
	m := packageModule(p, moduleNames([]Package{p, {Node: mpich}, {Node: zlib}}))
	e := environmentModule(EnvironmentModule{Name: "project", Dir: "/home/u/project", Nodes: []*dag.Node{p.Node, zlib}, Mods: one}, "project")
	for name, got := range map[string]string{"package.lua": m.lua(), "package.tcl": m.tcl(), "environment.lua": e.lua(), "environment.tcl": e.tcl()} {
		file := filepath.Join("testdata", name)
		if os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}
