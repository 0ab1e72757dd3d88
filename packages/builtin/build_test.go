package builtin

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// TestBuild builds the packages that BERTH_TEST_BUILD lists ("fftw~mpi,hypre") with the compilers of this machine, from the mirror
// that BERTH_TEST_MIRROR names. It tries a recipe's build by itself, without store, wrapper or solver.
func TestBuild(t *testing.T) {
	specs, mirror := os.Getenv("BERTH_TEST_BUILD"), os.Getenv("BERTH_TEST_MIRROR")
	if specs == "" {
		t.Skip("BERTH_TEST_BUILD is not set")
	}
	root := os.Getenv("BERTH_TEST_ROOT")
	if root == "" {
		root = t.TempDir()
	}
	r := newResolver(t)
	if target := os.Getenv("BERTH_TEST_TARGET"); target != "" {
		r.target = target
	}
	for _, name := range strings.Split(os.Getenv("BERTH_TEST_NOT_EXTERNAL"), ",") {
		delete(r.external, name)
	}
	for _, s := range strings.Split(specs, ";") {
		h := &hand{t: t, r: r, root: root, mirror: mirror}
		h.install(r.node(s))
	}
}

// hand is a packages.Build that runs commands on this machine.
type hand struct {
	t            *testing.T
	r            *resolver
	root, mirror string
	node         *dag.Node
	log          *os.File
}

func (h *hand) install(n *dag.Node) {
	if n.External() != nil {
		return
	}
	for _, e := range n.Edges() {
		(&hand{t: h.t, r: h.r, root: h.root, mirror: h.mirror}).install(e.To)
	}
	h.node = n
	if _, err := os.Stat(h.Prefix()); err == nil {
		return
	}
	recipe, err := h.r.repo.Recipe(context.Background(), n.Name())
	if err != nil {
		h.t.Fatal(err)
	}
	h.unpack(recipe)
	phases, err := recipe.Builder.Phases(n)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, p := range phases {
		h.t.Logf("%s: %s", n, p.Name)
		if err := p.Run(context.Background(), h); err != nil {
			os.RemoveAll(h.Prefix())
			h.t.Fatalf("%s: %s: %v; see %s", n, p.Name, err, h.log.Name())
		}
	}
	for _, s := range recipe.Sanity {
		if _, err := os.Stat(filepath.Join(h.Prefix(), s.Path)); s.When.Holds(n) && err != nil {
			h.t.Errorf("%s: %v", n, err)
		}
	}
}

func (h *hand) stage() string { return filepath.Join(h.root, "stage", h.node.Hash()) }

func (h *hand) unpack(recipe *packages.Recipe) {
	if err := os.MkdirAll(h.BuildDir(), 0o755); err != nil {
		h.t.Fatal(err)
	}
	os.RemoveAll(h.SourceDir())
	log, err := os.Create(filepath.Join(h.stage(), "log"))
	if err != nil {
		h.t.Fatal(err)
	}
	h.log = log
	decl, err := recipe.SourceFor(h.node)
	if err != nil {
		h.t.Fatal(err)
	}
	archives, _ := filepath.Glob(filepath.Join(h.mirror, "_source-cache", "archive", decl.SHA256[:2], decl.SHA256+".*"))
	if len(archives) == 0 {
		h.t.Skipf("%s: the mirror has no %s", h.node, decl.SHA256)
	}
	os.MkdirAll(h.SourceDir(), 0o755)
	if out, err := exec.Command("tar", "xf", archives[0], "-C", h.SourceDir(), "--strip-components=1").CombinedOutput(); err != nil {
		h.t.Fatalf("unpack: %v\n%s", err, out)
	}
}

func (h *hand) Node() *dag.Node   { return h.node }
func (h *hand) Prefix() string    { return h.prefixOf(h.node) }
func (h *hand) SourceDir() string { return filepath.Join(h.stage(), "source") }
func (h *hand) BuildDir() string  { return filepath.Join(h.stage(), "build") }
func (h *hand) Jobs() int         { return runtime.NumCPU() }
func (h *hand) RunTests() bool    { return os.Getenv("BERTH_TEST_CHECK") != "" }

func (h *hand) prefixOf(n *dag.Node) string {
	if x := n.External(); x != nil {
		return x.Prefix
	}
	return filepath.Join(h.root, "store", n.Name()+"-"+n.Version().String()+"-"+n.Hash())
}

func (h *hand) Dep(name string) (*dag.Node, bool) { return h.node.Dep(name) }

func (h *hand) DepPrefix(name string) (string, bool) {
	n, ok := h.node.Dep(name)
	if !ok {
		return "", false
	}
	return h.prefixOf(n), true
}

func (h *hand) Tool(name string) (string, error) {
	mpi := "openmpi"
	if n, ok := h.node.Dep("mpi"); ok {
		mpi = n.Name()
	}
	names := map[string]string{"cc": "gcc", "cxx": "g++", "fc": "gfortran", "mpicc": "mpicc." + mpi, "mpicxx": "mpicxx." + mpi, "mpifort": "mpif90." + mpi}
	if host := names[name]; host != "" {
		name = host
	}
	return exec.LookPath(name)
}

func (h *hand) Run(ctx context.Context, dir string, env []packages.EnvMod, argv ...string) error {
	if dir == "" {
		dir = h.SourceDir()
	}
	h.Logf("==> %q in %s", argv, dir)
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	c.Dir, c.Stdout, c.Stderr = dir, h.log, h.log
	c.Env = append(os.Environ(), "CC=gcc", "CXX=g++", "FC=gfortran", "F77=gfortran")
	var path, pkgconfig, flags, ldflags, cmake []string
	for _, e := range h.node.Edges() {
		if e.To.External() == nil {
			p := h.prefixOf(e.To)
			path, pkgconfig, cmake = append(path, p+"/bin"), append(pkgconfig, p+"/lib/pkgconfig"), append(cmake, p)
			flags, ldflags = append(flags, "-I"+p+"/include"), append(ldflags, "-L"+p+"/lib", "-Wl,-rpath,"+p+"/lib")
		}
	}
	c.Env = append(c.Env, "PATH="+strings.Join(append(path, os.Getenv("PATH")), ":"), "PKG_CONFIG_PATH="+strings.Join(pkgconfig, ":"),
		"CPPFLAGS="+strings.Join(flags, " "), "LDFLAGS="+strings.Join(ldflags, " "), "CMAKE_PREFIX_PATH="+strings.Join(cmake, ":"))
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s: %w", argv[0], err)
	}
	return nil
}

func (h *hand) WriteFile(path string, data []byte, mode uint32) error {
	return os.WriteFile(path, data, os.FileMode(mode))
}

func (h *hand) Logf(format string, args ...any) { fmt.Fprintf(h.log, format+"\n", args...) }
