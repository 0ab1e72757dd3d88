package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/install/confine"
	"github.com/berth-hpc/berth/install/store"
)

// anew installs a library of a program's own, damages it, and makes the world replace it. The build waits, the second time, until it is let go.
func anew(t *testing.T, confined confine.Mode, script string) (w *world, prefix string, let func()) {
	root := t.TempDir()
	self, err := os.Executable()
	must(t, err)
	if !confine.CanPlace(self, root) {
		t.Skip("NOT RUN: this machine lets nobody make mounts of their own")
	}
	again, gate := filepath.Join(root, "stage/again"), filepath.Join(root, "stage/gate")
	w = newWorld(t, root, "lib@1 gcc:build:c", map[string]string{"lib": strings.NewReplacer("AGAIN", again, "GATE", gate).Replace(script)})
	w.Confine = confine.Config{Mode: confined, Read: []string{again}, Write: []string{filepath.Join(root, "stage")}}
	_, err = w.install("lib")
	must(t, err)
	records, err := w.Store.Query(store.Filter{Name: "lib"})
	must(t, err)
	must(t, os.WriteFile(again, nil, 0o644))
	must(t, os.WriteFile(filepath.Join(records[0].Prefix, "share/text"), []byte("damaged"), 0o644))
	w.Replace = map[string]store.Record{records[0].Node.Hash(): records[0]}
	return w, records[0].Prefix, func() { must(t, os.WriteFile(gate, nil, 0o644)) }
}

// The library is found by the program through an absolute link, by the RPATH that the wrapper writes: both lead to the place, not to where the files lie.
const placed = `mkdir $P/lib $P/share $P/bin
echo 'int answer(void) { return 42; }' >l.c
$CC -shared -fPIC -Wl,-soname,libl.so.1 l.c -o $P/lib/libl.so.1; ln -s $P/lib/libl.so.1 $P/lib/libl.so
echo 'int answer(void); int main(void) { return answer() != 42; }' >m.c
$CC m.c -L$P/lib -ll -o $P/bin/m; $P/bin/m
pwd >$P/share/pwd; (cd $P && pwd -P >share/prefix); echo text >$P/share/text
if [ -e AGAIN ]; then echo new >>$P/share/text; touch $P/waits; until [ -e GATE ]; do sleep 0.05; done; rm $P/waits; fi
`

func TestThePackageStandsWhileItIsBuiltAnew(t *testing.T) {
	for _, mode := range []confine.Mode{confine.Off, confine.Auto} {
		t.Run(string(mode), func(t *testing.T) {
			w, prefix, let := anew(t, mode, placed)
			ended := make(chan error)
			go func() {
				_, err := w.install("lib")
				ended <- err
			}()
			beside := filepath.Join(w.Store.Dir(), ".beside", filepath.Base(prefix))
			for i := 0; ; i++ {
				if _, err := os.Stat(filepath.Join(beside, "waits")); err == nil {
					break
				}
				if i == 1200 {
					t.Fatal("the build did not begin beside the old package")
				}
				time.Sleep(50 * time.Millisecond)
			}
			if out, err := exec.Command(filepath.Join(prefix, "bin/m")).CombinedOutput(); err != nil {
				t.Errorf("the old program does not run: %v %s", err, out)
			}
			if text, _ := os.ReadFile(filepath.Join(prefix, "share/text")); string(text) != "damaged" {
				t.Errorf("at its place is %q", text)
			}
			let()
			must(t, <-ended)
			if text, _ := os.ReadFile(filepath.Join(prefix, "share/text")); string(text) != "text\nnew\n" {
				t.Errorf("at its place is %q", text)
			}
			if at, _ := os.ReadFile(filepath.Join(prefix, "share/prefix")); strings.TrimSpace(string(at)) != prefix {
				t.Errorf("it was built at %q, not at %s", at, prefix)
			}
			if out, err := exec.Command(filepath.Join(prefix, "bin/m")).CombinedOutput(); err != nil {
				t.Errorf("the new program does not run: %v %s", err, out)
			}
			if left, _ := os.ReadDir(filepath.Dir(beside)); len(left) > 0 {
				t.Errorf("left beside: %v", left)
			}
		})
	}
}

func TestTheOldPackageStaysIfItCannotBeBuiltAnew(t *testing.T) {
	w, prefix, let := anew(t, confine.Auto, placed+"[ ! -e AGAIN ]\n")
	let()
	if _, err := w.install("lib"); err == nil {
		t.Fatal("it was built")
	}
	if text, _ := os.ReadFile(filepath.Join(prefix, "share/text")); string(text) != "damaged" {
		t.Errorf("at its place is %q", text)
	}
	if left, _ := os.ReadDir(filepath.Join(w.Store.Dir(), ".beside")); len(left) > 0 {
		t.Errorf("left beside: %v", left)
	}
	if !w.Store.Stands(w.nodes["lib"]) {
		t.Error("it does not stand any more")
	}
	if log, err := filepath.Glob(filepath.Join(w.Store.StageDir(), "lib-*/build.log")); err != nil || len(log) != 1 {
		t.Errorf("the stage of the failure: %q, %v", log, err)
	}
}

// Where builds can be shown no other directory, the old package lies aside meanwhile.
func TestWithoutMountsTheOldPackageLiesAside(t *testing.T) {
	for _, c := range []struct {
		name, end string
		want      string
	}{{"built", "", "text\nnew\n"}, {"failed", "exit 3", "damaged"}} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			again, aside := filepath.Join(root, "again"), filepath.Join(root, "store/.aside")
			w := newWorld(t, root, "a@1", map[string]string{"a": `mkdir $P/share; echo text >$P/share/text
				if [ -e ` + again + ` ]; then echo new >>$P/share/text; cat ` + aside + `/a-1-*/share/text; ` + c.end + `
				fi`})
			w.Berth = "/bin/false" // which cannot enter anything
			_, err := w.install("a")
			must(t, err)
			records, err := w.Store.Query(store.Filter{Name: "a"})
			must(t, err)
			text := filepath.Join(records[0].Prefix, "share/text")
			must(t, os.WriteFile(again, nil, 0o644))
			must(t, os.WriteFile(text, []byte("damaged"), 0o644))
			w.Replace = map[string]store.Record{records[0].Node.Hash(): records[0]}
			if _, err := w.install("a"); (err != nil) != (c.end != "") {
				t.Fatalf("got %v", err)
			}
			if got, _ := os.ReadFile(text); string(got) != c.want {
				t.Errorf("at its place is %q", got)
			}
			for _, dir := range []string{aside, filepath.Join(root, "store/.beside")} {
				if left, _ := os.ReadDir(dir); len(left) > 0 {
					t.Errorf("left: %v", left)
				}
			}
		})
	}
}
