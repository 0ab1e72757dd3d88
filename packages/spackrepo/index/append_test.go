package index

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// manyFiles are so many recipes that one more does not make the index half as big again.
func manyFiles() map[string]string {
	files := map[string]string{}
	for i := range 200 {
		files[fmt.Sprintf("p%03d.txt", i)] = fmt.Sprintf("version %d\nprovides v%d", i, i%7)
	}
	return files
}

func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestAppended: a change is written behind what is there; who has the index open reads on, and who opens it finds the change.
func TestAppended(t *testing.T) {
	f := newFixture(t, manyFiles())
	before := f.open()
	was, err := os.ReadFile(f.options.File)
	if err != nil {
		t.Fatal(err)
	}
	f.write("p007.txt", "version 1007\nprovides other")
	if v := version(t, f.open(), "p007"); v != "1007" {
		t.Errorf("p007@%s", v)
	}
	now, err := os.ReadFile(f.options.File)
	if err != nil {
		t.Fatal(err)
	}
	if len(now) <= len(was) || !slices.Equal(was[headerSize:], now[headerSize:len(was)]) {
		t.Error("the file was written anew")
	}
	f.evaluated.Store(0)
	after := f.open()
	for i := range 200 {
		name, want := fmt.Sprintf("p%03d", i), fmt.Sprint(i)
		if i != 7 {
			if v := version(t, before, name); v != want {
				t.Errorf("the open index has %s@%s", name, v)
			}
		} else {
			want = "1007"
		}
		if v := version(t, after, name); v != want {
			t.Errorf("%s@%s", name, v)
		}
	}
	if got := after.Providers("other"); !slices.Equal(got, []string{"p007"}) {
		t.Errorf("other is provided by %q", got)
	}
	f.wantEvaluated(0)
}

// TestCompacted: however often recipes change, the file does not grow without end.
func TestCompacted(t *testing.T) {
	f := newFixture(t, manyFiles())
	f.open()
	first := sizeOf(t, f.options.File)
	anew := false
	for i := range 12 {
		before := sizeOf(t, f.options.File)
		f.write("p011.txt", fmt.Sprintf("version %d", 2000+i))
		if v := version(t, f.open(), "p011"); v != fmt.Sprint(2000+i) {
			t.Fatalf("p011@%s", v)
		}
		anew = anew || sizeOf(t, f.options.File) < before
	}
	if size := sizeOf(t, f.options.File); size > 3*first || !anew {
		t.Errorf("from %d the index grew to %d bytes", first, size)
	}
}

// TestTornAppend: an update that did not come to its end leaves the old index; one whose header came before what it leads to, none.
func TestTornAppend(t *testing.T) {
	f := newFixture(t, manyFiles())
	f.open()
	was, err := os.ReadFile(f.options.File)
	if err != nil {
		t.Fatal(err)
	}
	f.write("p007.txt", "version 1007")
	version(t, f.open(), "p007")
	whole, err := os.ReadFile(f.options.File)
	if err != nil {
		t.Fatal(err)
	}
	unfinished := slices.Concat(was[:headerSize], whole[headerSize:len(whole)-20])
	zeros := slices.Concat(whole[:len(was)], make([]byte, len(whole)-len(was)))
	for name, torn := range map[string][]byte{"no header": unfinished, "cut": whole[:len(whole)-20], "zeros": zeros} {
		if err := os.WriteFile(f.options.File, torn, 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := Open(context.Background(), f.options)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, want := range [][2]string{{"p006", "6"}, {"p007", "1007"}, {"p008", "8"}} {
			if v := version(t, r, want[0]); v != want[1] {
				t.Errorf("%s: %s@%s", name, want[0], v)
			}
		}
		_ = r.Close()
	}
}

// TestAppendToOther: an index that somebody replaced or added to meanwhile is not written into.
func TestAppendToOther(t *testing.T) {
	f := newFixture(t, manyFiles())
	f.open()
	base, err := openFile(f.options.File)
	if err != nil {
		t.Fatal(err)
	}
	defer base.close()
	f.write("p007.txt", "version 1007")
	version(t, f.open(), "p007")
	before, err := os.ReadFile(f.options.File)
	if err != nil {
		t.Fatal(err)
	}
	if err := appendTo(f.options.File, base, [][]byte{base.head, []byte("late")}); err == nil {
		t.Error("it was written to an index that has changed")
	}
	after, err := os.ReadFile(f.options.File)
	if err != nil || !slices.Equal(before, after) {
		t.Errorf("the index is another: %v", err)
	}
}

// TestSeedIsCopied: the index of another commit begins as a copy of the last.
func TestSeedIsCopied(t *testing.T) {
	f := newFixture(t, manyFiles())
	f.options.Identity = "git:1"
	f.open()
	seed := f.options.File
	was, err := os.ReadFile(seed)
	if err != nil {
		t.Fatal(err)
	}
	f.write("p007.txt", "version 1007")
	f.options.Seeds, f.options.File, f.options.Identity = []string{seed}, seed+"2", "git:2"
	f.evaluated.Store(0)
	if v := version(t, f.open(), "p007"); v != "1007" {
		t.Errorf("p007@%s", v)
	}
	f.wantEvaluated(1)
	now, err := os.ReadFile(f.options.File)
	if err != nil {
		t.Fatal(err)
	}
	still, err := os.ReadFile(seed)
	if err != nil || !slices.Equal(still, was) || !slices.Equal(was[headerSize:], now[headerSize:len(was)]) {
		t.Errorf("the seed changed, or is no beginning: %v", err)
	}
}

// TestChangedTogether: many find the same change at once, with locks and without, and read different recipes meanwhile.
func TestChangedTogether(t *testing.T) {
	for _, locked := range []bool{true, false} {
		f := newFixture(t, manyFiles())
		if !locked {
			f.options.Lock = nil
		}
		f.open()
		for round := range 3 {
			f.write("p007.txt", fmt.Sprintf("version %d", 1007+round))
			time.Sleep(120 * time.Millisecond)
			var all sync.WaitGroup
			for i := range 8 {
				all.Go(func() {
					r, err := Open(context.Background(), f.options)
					if err != nil {
						t.Error(err)
						return
					}
					defer r.Close()
					for _, name := range []string{fmt.Sprintf("p%03d", 20+i), "p007"} {
						recipe, err := r.Recipe(context.Background(), name)
						want := fmt.Sprint(20 + i)
						if name == "p007" {
							want = fmt.Sprint(1007 + round)
						}
						if err != nil || recipe.Versions[0].Version.String() != want {
							t.Errorf("locked %v, %s: %v, not %s: %v", locked, name, recipe, want, err)
						}
					}
				})
			}
			all.Wait()
		}
		f.evaluated.Store(0)
		if v := version(t, f.open(), "p007"); v != "1009" {
			t.Errorf("locked %v: p007@%s", locked, v)
		}
		f.wantEvaluated(0)
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(f.options.File), "*")); len(left) != 1 {
			t.Errorf("files are left: %q", left)
		}
	}
}

// TestDamagedBase: where nothing can be added to the file, and an entry that was to be taken over is damaged, all is evaluated.
func TestDamagedBase(t *testing.T) {
	f := newFixture(t, manyFiles())
	f.open()
	base, err := openFile(f.options.File)
	if err != nil {
		t.Fatal(err)
	}
	row := base.row(9)
	_ = base.close()
	file, err := os.OpenFile(f.options.File, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt([]byte("damaged"), int64(row.Offset)); err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	f.write("p007.txt", "version 1007")
	f.evaluated.Store(0)
	r := f.open()
	for _, want := range [][2]string{{"p007", "1007"}, {"p009", "9"}} {
		if v := version(t, r, want[0]); v != want[1] {
			t.Errorf("%s@%s", want[0], v)
		}
	}
	f.evaluated.Store(0)
	version(t, f.open(), "p009")
	f.wantEvaluated(0)
}
