package install

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/install/fetch"
	"github.com/berth-hpc/berth/install/internal/testdag"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
	"github.com/berth-hpc/berth/test/torture/inject"
)

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == inject.Launcher {
		inject.Main()
	}
	if os.Getenv(childVar) != "" {
		os.Exit(childMain())
	}
	os.Exit(m.Run())
}

// fakeBuilder runs shell commands, one phase each.
type fakeBuilder struct{ script string }

func (f fakeBuilder) Canonical(*dag.Node) ([]byte, error) { return []byte(f.script), nil }

func (f fakeBuilder) Phases(*dag.Node) ([]packages.Phase, error) {
	return []packages.Phase{{Name: "install", Run: func(ctx context.Context, b packages.Build) error {
		set := func(name, value string) packages.EnvMod {
			return packages.EnvMod{Op: packages.EnvSet, Name: name, Value: value}
		}
		return b.Run(ctx, "", []packages.EnvMod{set("P", b.Prefix()), set("JOBS", fmt.Sprint(b.Jobs()))}, "sh", "-e", "-c", f.script)
	}}}, nil
}

// world is a store with packages that are built by shell commands.
type world struct {
	*Installer
	nodes  map[string]*dag.Node
	heard  *listener
	mirror string
}

const hostGraph = "gcc@12.2 [/usr compilers.c=/usr/bin/gcc compilers.cxx=/usr/bin/g++ compilers.fortran=/usr/bin/gfortran]\n"

// newWorld makes the nodes of graph (see testdag) in a store below root; scripts builds them. Each has a source with one file, hello.c.
func newWorld(t testing.TB, root, graph string, scripts map[string]string) *world {
	t.Helper()
	s, err := store.Open(root)
	must(t, err)
	s.Warn = func(m string) { t.Log("warning: ", m) }
	w := &world{mirror: filepath.Join(root, "mirror"), heard: &listener{}}
	recipes := map[string]*packages.Recipe{}
	for name, script := range scripts {
		archive := helloArchive(t, name)
		recipes[name] = &packages.Recipe{
			Name: name, Namespace: "test", Place: packages.Place{File: "test/" + name + ".yaml"}, Text: []byte("name: " + name + "\n"),
			Versions: []packages.VersionDecl{{Version: spec.MustVersion("1"), SHA256: addToMirror(t, w.mirror, archive), URLs: []string{"https://sources.invalid/" + name + "-1.tar.gz"}, Expand: true}},
			Builder:  fakeBuilder{script},
		}
	}
	w.nodes = testdag.Parse(t, hostGraph+graph, testdag.Options{Attrs: func(a *dag.Attrs) {
		if r := recipes[a.Name]; r != nil {
			n, err := dag.New(*a, nil)
			must(t, err)
			a.PackageHash, err = packages.BuildDigest(r, n)
			must(t, err)
		}
	}})
	self, err := os.Executable()
	must(t, err)
	w.Installer = &Installer{
		Store: s, Berth: self, Reporter: w.heard, Jobs: 2, Explicit: true,
		Fetcher: &fetch.Fetcher{CacheDir: s.SourceCache(), Mirrors: []string{"file://" + w.mirror}, Offline: true},
		Recipes: func(_ context.Context, n *dag.Node) (*packages.Recipe, error) {
			if r := recipes[n.Name()]; r != nil {
				return r, nil
			}
			return nil, packages.ErrUnknownPackage
		},
	}
	return w
}

// helloArchive is a source that prints its package's name.
func helloArchive(t testing.TB, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	tw := tar.NewWriter(z)
	text := fmt.Sprintf("#include <stdio.h>\nint main(void) { puts(%q); return 0; }\n", name)
	must(t, tw.WriteHeader(&tar.Header{Name: name + "-1/hello.c", Mode: 0o644, Size: int64(len(text)), ModTime: time.Unix(1e9, 0)}))
	_, err := tw.Write([]byte(text))
	must(t, err)
	must(t, tw.Close())
	must(t, z.Close())
	return b.Bytes()
}

func addToMirror(t testing.TB, mirror string, data []byte) (sha string) {
	t.Helper()
	sum := sha256.Sum256(data)
	sha = hex.EncodeToString(sum[:])
	dir := filepath.Join(mirror, "_source-cache", "archive", sha[:2])
	must(t, os.MkdirAll(dir, 0o755))
	// Several processes fill the same mirror: none may see half a file of another's.
	must(t, durable.WriteFile(filepath.Join(dir, sha+".tar.gz"), data, 0o644))
	return sha
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) install(names ...string) (*Report, error) {
	var roots []*dag.Node
	for _, n := range names {
		roots = append(roots, w.nodes[n])
	}
	return w.Install(context.Background(), roots)
}

// installed lists what the index has that is no external: "a b".
func (w *world) installed(t testing.TB) string {
	t.Helper()
	no := false
	records, err := w.Store.Query(store.Filter{External: &no})
	must(t, err)
	var names []string
	for _, r := range records {
		names = append(names, r.Node.Name())
	}
	return strings.Join(names, " ")
}

// clean fails the test unless nothing lies around: every prefix is installed and sound, and there is no stage.
func (w *world) clean(t testing.TB, stages ...string) {
	t.Helper()
	for _, dir := range []string{"store", "stage"} {
		entries, err := os.ReadDir(filepath.Join(w.Store.Root(), dir))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for _, e := range entries {
			path := filepath.Join(w.Store.Root(), dir, e.Name())
			name, _, _ := strings.Cut(e.Name(), "-")
			if strings.HasPrefix(e.Name(), ".") || dir == "store" && store.Complete(path) || dir == "stage" && slices.Contains(stages, name) {
				continue
			}
			t.Errorf("left behind: %s", path)
		}
	}
	records, err := w.Store.Query(store.Filter{})
	must(t, err)
	for _, r := range records {
		problems, err := w.Store.Verify(context.Background(), r)
		must(t, err)
		for _, p := range problems {
			t.Error(p)
		}
	}
}

// listener keeps what a Reporter hears, as words: "started a", "done a".
type listener struct {
	nobody
	mu    sync.Mutex
	words []string
}

func (l *listener) add(what string, n *dag.Node) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.words = append(l.words, what+" "+n.Name())
}

func (l *listener) Reused(n *dag.Node, _ string)                { l.add("reused", n) }
func (l *listener) Waiting(n *dag.Node, _ string)               { l.add("waiting", n) }
func (l *listener) Started(n *dag.Node, _ int)                  { l.add("started", n) }
func (l *listener) Done(n *dag.Node, _ string, _ time.Duration) { l.add("done", n) }
func (l *listener) Failed(n *dag.Node, _ error)                 { l.add("failed", n) }
func (l *listener) Skipped(n *dag.Node, _ *dag.Node)            { l.add("skipped", n) }
func (l *listener) Line(n *dag.Node, line string)               {}

func (l *listener) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := strings.Join(l.words, ", ")
	l.words = nil
	return text
}
