package install

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/berth-hpc/berth/install/fetch"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

const helloPatch = "--- a/hello.c\n+++ b/hello.c\n@@ -1,2 +1,3 @@\n+/* patched */\n #include <stdio.h>\n int main(void) { puts(\"a\"); return 0; }\n"

// compressed is data as a program packs it; the test is left out where that program is missing.
func compressed(t *testing.T, how string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	switch how {
	case "gz":
		z := gzip.NewWriter(&b)
		z.Write(data)
		must(t, z.Close())
	case "zst":
		z, err := zstd.NewWriter(&b)
		must(t, err)
		z.Write(data)
		must(t, z.Close())
	default:
		cmd := exec.Command(map[string]string{"xz": "xz", "bz2": "bzip2"}[how], "-c")
		cmd.Stdin, cmd.Stdout = bytes.NewReader(data), &b
		if err := cmd.Run(); errors.Is(err, exec.ErrNotFound) {
			t.Skip("NOT RUN: ", err)
		} else {
			must(t, err)
		}
	}
	return b.Bytes()
}

func sumOf(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }

// putInMirror puts a file of any kind into the world's mirror.
func (w *world) putInMirror(t *testing.T, data []byte, ext string) string {
	t.Helper()
	sum := sumOf(data)
	dir := filepath.Join(w.mirror, "_source-cache", "archive", sum[:2])
	must(t, os.MkdirAll(dir, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, sum+"."+ext), data, 0o644))
	return sum
}

// patched gives the world's one package a patch, and the node that goes with it.
func (w *world) patched(t *testing.T, p packages.Patch) {
	t.Helper()
	recipe, err := w.Recipes(t.Context(), w.nodes["a"])
	must(t, err)
	recipe.Patches = []packages.Patch{p}
	attrs := w.nodes["a"].Attrs()
	attrs.Patches = []string{p.SHA256}
	attrs.PackageHash, err = packages.BuildDigest(recipe, w.nodes["a"])
	must(t, err)
	w.nodes["a"], err = dag.New(attrs, w.nodes["a"].Edges())
	must(t, err)
}

func TestCompressedPatches(t *testing.T) {
	for _, how := range []string{"gz", "xz", "bz2", "zst"} {
		t.Run(how, func(t *testing.T) {
			w := newWorld(t, t.TempDir(), "a@1", map[string]string{"a": "cp hello.c $P/"})
			archive := compressed(t, how, []byte(helloPatch))
			p := packages.Patch{URL: "https://sources.invalid/fix.patch." + how, SHA256: sumOf([]byte(helloPatch)), ArchiveSHA: w.putInMirror(t, archive, "patch."+how), Level: 1}
			w.patched(t, p)
			_, err := w.install("a")
			must(t, err)
			text, _ := os.ReadFile(filepath.Join(w.Store.Prefix(w.nodes["a"]), "hello.c"))
			if !strings.HasPrefix(string(text), "/* patched */\n") {
				t.Errorf("the source is\n%s", text)
			}
		})
	}
}

// The compressed file is the right one, but not of the patch that the recipe means: both checksums count.
func TestCompressedPatchOfAnother(t *testing.T) {
	w := newWorld(t, t.TempDir(), "a@1", map[string]string{"a": "cp hello.c $P/"})
	archive := compressed(t, "gz", []byte("something else"))
	w.patched(t, packages.Patch{URL: "https://sources.invalid/fix.patch.gz", SHA256: sumOf([]byte(helloPatch)), ArchiveSHA: w.putInMirror(t, archive, "patch.gz"), Level: 1})
	_, err := w.install("a")
	var integrity *IntegrityError
	if !errors.As(err, &integrity) || !strings.Contains(err.Error(), "want sha256 "+sumOf([]byte(helloPatch))) {
		t.Errorf("got %v", err)
	}
}

func TestResourcesOfEveryKind(t *testing.T) {
	for _, ext := range []string{"zip", "tar.xz", "tar.zst", "tar.gz"} {
		t.Run(ext, func(t *testing.T) {
			w := newWorld(t, t.TempDir(), "a@1", map[string]string{"a": "cp third/extra-1/data $P/"})
			archive := resourceArchive(t, ext)
			recipe, _ := w.Recipes(t.Context(), w.nodes["a"])
			recipe.Resources = []packages.Resource{{Name: "extra", URLs: []string{"https://sources.invalid/extra-1." + ext}, SHA256: w.putInMirror(t, archive, ext), Destination: "third"}}
			attrs := w.nodes["a"].Attrs()
			var err error
			attrs.PackageHash, err = packages.BuildDigest(recipe, w.nodes["a"])
			must(t, err)
			w.nodes["a"], err = dag.New(attrs, w.nodes["a"].Edges())
			must(t, err)
			_, err = w.install("a")
			must(t, err)
			if text, _ := os.ReadFile(filepath.Join(w.Store.Prefix(w.nodes["a"]), "data")); string(text) != "extra" {
				t.Errorf("data is %q", text)
			}
		})
	}
}

// resourceArchive holds the one file extra-1/data.
func resourceArchive(t *testing.T, ext string) []byte {
	t.Helper()
	var b bytes.Buffer
	if ext == "zip" {
		z := zip.NewWriter(&b)
		f, err := z.Create("extra-1/data")
		must(t, err)
		f.Write([]byte("extra"))
		must(t, z.Close())
		return b.Bytes()
	}
	w := tar.NewWriter(&b)
	must(t, w.WriteHeader(&tar.Header{Name: "extra-1/data", Mode: 0o644, Size: 5}))
	w.Write([]byte("extra"))
	must(t, w.Close())
	return compressed(t, strings.TrimPrefix(ext, "tar."), b.Bytes())
}

// Without the network, all that is missing is told at once, and nothing is built.
func TestOfflineTellsAllThatIsMissing(t *testing.T) {
	w := newWorld(t, t.TempDir(), "a@1\nb@1 a:link\nc@1 b:link", map[string]string{"a": "touch $P/x", "b": "touch $P/x", "c": "touch $P/x"})
	for _, name := range []string{"b", "c"} {
		recipe, _ := w.Recipes(t.Context(), w.nodes[name])
		sum := recipe.Versions[0].SHA256
		must(t, os.Remove(filepath.Join(w.mirror, "_source-cache", "archive", sum[:2], sum+".tar.gz")))
	}
	_, err := w.install("c")
	var offline *fetch.OfflineError
	if !errors.As(err, &offline) {
		t.Fatalf("got %v", err)
	}
	want := "b 1 (https://sources.invalid/b-1.tar.gz), c 1 (https://sources.invalid/c-1.tar.gz)"
	if got := strings.Join(offline.Missing, ", "); got != want {
		t.Errorf("missing: %s", got)
	}
	if got := w.heard.take(); strings.Contains(got, "started") {
		t.Errorf("heard: %s", got)
	}
	w.clean(t)
}

func TestFetchWithoutBuilding(t *testing.T) {
	w := newWorld(t, t.TempDir(), "tool@1\na@1 tool:build", map[string]string{"a": "touch $P/x", "tool": "touch $P/x"})
	list, err := w.Fetch(t.Context(), []*dag.Node{w.nodes["a"]}, nil)
	must(t, err)
	if len(list) != 2 || len(list[0].Files) != 1 || len(list[1].Files) != 1 {
		t.Errorf("fetched %+v", list)
	}
	must(t, os.RemoveAll(w.mirror))
	if got := w.installed(t); got != "" {
		t.Errorf("installed: %s", got)
	}
	_, err = w.install("a")
	must(t, err)
}
