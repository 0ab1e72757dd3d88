package host

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// asked is how many commands a search runs.
func asked(t *testing.T, f Finder) int {
	t.Helper()
	sys := f.System.(*fakeSystem)
	clear(sys.asked)
	if _, err := f.Find(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, times := range sys.asked {
		n += times
	}
	return n
}

func TestSecondSearchRunsNothing(t *testing.T) {
	f := Finder{System: loadFake(t, "testdata/hosts/debian12.txt"), Repo: testRecipes(), CacheDir: filepath.Join(t.TempDir(), "cache")}
	first := asked(t, f)
	before, _ := f.Find(t.Context(), nil)
	if second := asked(t, f); first == 0 || second != 0 {
		t.Errorf("the first search ran %d commands, the second %d", first, second)
	}
	f.CacheDir = ""
	if after, _ := f.Find(t.Context(), nil); text(before) != text(after) {
		t.Error("the cache changes the report")
	}
}

func TestReplacedProgramIsAskedAgain(t *testing.T) {
	sys := loadFake(t, "testdata/hosts/debian12.txt")
	f := Finder{System: sys, Repo: testRecipes(), CacheDir: t.TempDir()}
	asked(t, f)
	sys.nodes["/usr/bin/x86_64-linux-gnu-gcc-12"].info.MTime++
	asked(t, f)
	if sys.asked["/usr/bin/gcc-12 -dumpmachine"] != 1 || sys.asked["/usr/bin/cmake --version"] != 0 {
		t.Errorf("asked %v", sys.asked)
	}
}

func TestInstallationBeginsANewCache(t *testing.T) {
	sys := loadFake(t, "testdata/hosts/debian12.txt")
	f := Finder{System: sys, Repo: testRecipes(), CacheDir: t.TempDir()}
	first := asked(t, f)
	sys.nodes["/usr/bin"].info.MTime++
	if again := asked(t, f); again != first {
		t.Errorf("%d commands first, %d after an installation", first, again)
	}
}

func TestTornCacheIsNoCache(t *testing.T) {
	f := Finder{System: loadFake(t, "testdata/hosts/debian12.txt"), Repo: testRecipes(), CacheDir: t.TempDir()}
	first := asked(t, f)
	files, _ := filepath.Glob(filepath.Join(f.CacheDir, "*.json"))
	if len(files) != 1 {
		t.Fatalf("cache files %v", files)
	}
	for _, content := range []string{"", "null", `{"a":`, `[]`, "\x00"} {
		if err := os.WriteFile(files[0], []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if again := asked(t, f); again != first {
			t.Errorf("%q: %d commands, want %d", content, again, first)
		}
	}
}

func TestTimeoutsAreNotKept(t *testing.T) {
	sys := loadFake(t, "testdata/hosts/hanging.txt")
	f := Finder{System: sys, Repo: testRecipes(), CacheDir: t.TempDir()}
	asked(t, f)
	asked(t, f)
	if sys.asked["/usr/bin/cmake --version"] != 2 || sys.asked["/usr/bin/gcc -dumpmachine"] != 0 {
		t.Errorf("asked %v", sys.asked)
	}
}

func TestUnwritableCacheIsTold(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	f := Finder{System: loadFake(t, "testdata/hosts/debian12.txt"), Repo: testRecipes(), CacheDir: filepath.Join(file, "cache")}
	r, err := f.Find(t.Context(), nil)
	if err != nil || len(r.Externals) == 0 || !strings.Contains(text(r), "noted  "+f.CacheDir+": keep what was found: ") {
		t.Errorf("%v\n%s", err, text(r))
	}
}

func TestOldStatesArePruned(t *testing.T) {
	sys := loadFake(t, "testdata/hosts/debian12.txt")
	f := Finder{System: sys, Repo: testRecipes(), CacheDir: t.TempDir()}
	for range cacheFiles + 3 {
		sys.nodes["/usr/bin"].info.MTime++
		asked(t, f)
	}
	files, _ := os.ReadDir(f.CacheDir)
	if len(files) != cacheFiles {
		t.Errorf("%d files", len(files))
	}
}
