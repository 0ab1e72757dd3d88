package history

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/berth-hpc/berth/spec"
)

func TestNoteAndOf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache", "builds.json")
	v1, v2, v3 := spec.MustVersion("1.2"), spec.MustVersion("1.3"), spec.MustVersion("1.4")
	h, other := Read(path), Read(path)
	if _, ok := h.Of("zlib", v1); ok {
		t.Error("nothing was built yet")
	}
	must(t, h.Note("zlib", v1, Build{Seconds: 4, Bytes: 10}))
	must(t, other.Note("zlib", v2, Build{Seconds: 5, Bytes: 20}))
	must(t, other.Note("zlib-ng", v2, Build{Bytes: 99}))
	h = Read(path)
	if b, ok := h.Of("zlib", v1); !ok || b.Seconds != 4 {
		t.Errorf("what another command noted took the place: %+v, %v", b, ok)
	}
	if b, ok := h.Of("zlib", v3); !ok || b.Bytes != 20 {
		t.Errorf("of a version that was never built: %+v, %v", b, ok)
	}
}

func TestOfAFailedBuildTheMemoryIsKnown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "builds.json")
	v1, v2 := spec.MustVersion("1.2"), spec.MustVersion("1.3")
	h := Read(path)
	must(t, h.NoteMemory("app", v1, 7))
	if b, ok := h.Of("app", v1); ok || b.Memory != 7 {
		t.Errorf("it failed: %+v, %v", b, ok)
	}
	if b, ok := h.Of("app", v2); ok || b.Memory != 0 {
		t.Errorf("another version failed: %+v, %v", b, ok)
	}
	must(t, h.Note("app", v2, Build{Seconds: 4, Memory: 3}))
	if b, ok := Read(path).Of("app", v1); !ok || b.Seconds != 4 || b.Memory != 7 {
		t.Errorf("it failed, and another version was built: %+v, %v", b, ok)
	}
	must(t, h.Note("app", v1, Build{Seconds: 5, Memory: 6}))
	must(t, h.NoteMemory("app", v1, 5))
	if b, ok := Read(path).Of("app", v1); !ok || b != (Build{Seconds: 5, Memory: 6}) {
		t.Errorf("it was built: %+v, %v", b, ok)
	}
}

func TestDamagedHistoryIsEmpty(t *testing.T) {
	for _, text := range []string{"", "{", `{"version":2,"builds":{"zlib@1":{"bytes":1}}}`, `{"version":1}`} {
		path := filepath.Join(t.TempDir(), "builds.json")
		must(t, os.WriteFile(path, []byte(text), 0o644))
		h := Read(path)
		if _, ok := h.Of("zlib", spec.MustVersion("1")); ok {
			t.Errorf("%q says something", text)
		}
		must(t, h.Note("zlib", spec.MustVersion("1"), Build{Files: 7}))
		if b, _ := Read(path).Of("zlib", spec.MustVersion("1")); b.Files != 7 {
			t.Errorf("%q: not noted", text)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
