package install

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/install/stage"
)

func TestWhatAKilledBuildMayNotHaveFinishedGoes(t *testing.T) {
	st, err := stage.New(t.TempDir(), "app")
	must(t, err)
	put := func(text string, names ...string) {
		for _, name := range names {
			path := filepath.Join(st.Dir, name)
			must(t, os.MkdirAll(filepath.Dir(path), 0o755))
			must(t, os.WriteFile(path, []byte(text), 0o444))
		}
	}
	const tick = 50 * time.Millisecond // of the slowest clocks of file systems
	put("x", "src/app-1/configure", "src/app-1/config.status", "build/from-configure", "src/app-1/touched", "src/app-1/a.c", "build/a.Po")
	put("", "src/app-1/stamp-configure")
	time.Sleep(tick)
	list := filepath.Join(st.Dir, "list")
	must(t, writeFileList(list, st))
	put("{}", resumeFile)
	info, err := os.Stat(filepath.Join(st.Dir, resumeFile))
	must(t, err)
	time.Sleep(tick)
	put("x", "src/app-1/done.o", "build/done.o")
	put("", "build/opened.o")
	time.Sleep(4 * tick)
	put("x", "src/app-1/half.o", "build/sub/half.o")
	must(t, os.Symlink("done.o", filepath.Join(st.Dir, "build/link")))
	old := time.Unix(1e9, 0)
	must(t, os.Chtimes(filepath.Join(st.Dir, "build/sub/half.o"), old, old)) // as cp -p does
	must(t, os.Chmod(filepath.Join(st.Dir, "src/app-1/touched"), 0o755))     // made before, changed now

	// Both were replaced, as sed -i and automake do; ninja's log is written all the time.
	must(t, os.Remove(filepath.Join(st.Dir, "src/app-1/a.c")))
	must(t, os.Remove(filepath.Join(st.Dir, "build/a.Po")))
	put("y", "src/app-1/a.c", "build/a.Po", "build/.ninja_log")

	known, err := readFileList(list)
	must(t, err)
	phase := cutOff{began: info.ModTime(), unsure: 2 * tick, known: known}
	dropped, lost, err := dropUnfinished(st, phase)
	must(t, err)
	if lost != "" {
		t.Errorf("lost: %s", lost)
	}
	var left []string
	for _, dir := range []string{st.UnpackDir(), st.BuildDir()} {
		must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				left = append(left, filepath.Base(path))
			}
			return err
		}))
	}
	slices.Sort(left)
	if got, want := strings.Join(left, " "), ".ninja_log a.Po a.c config.status configure done.o done.o from-configure link stamp-configure touched"; got != want || dropped != 3 {
		t.Errorf("%d dropped; left is\n%s, want\n%s", dropped, got, want)
	}

	// What compilers write over is not whole, nor is what has nothing in it.
	for name, text := range map[string]string{"build/from-configure": "\x7fELF and a half", "src/app-1/configure": ""} {
		must(t, os.Remove(filepath.Join(st.Dir, name)))
		put(text, name)
		if dropped, lost, err := dropUnfinished(st, phase); err != nil || lost != name || dropped != 0 {
			t.Errorf("%s: %d dropped, lost %q, %v", name, dropped, lost, err)
		}
		must(t, os.Remove(filepath.Join(st.Dir, name)))
	}
}
