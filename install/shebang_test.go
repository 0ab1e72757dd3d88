package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Texts of all lengths and names forget the stage; what is no text stays as it is.
func TestTextsForgetTheStage(t *testing.T) {
	w := newWorld(t, t.TempDir(), "a@1 gcc:build:c", map[string]string{"a": `
		echo "CC=$CC" >$P/short
		for i in $(seq 40); do ln $P/short $P/link$i; done
		{ seq 20000; echo "CC=$CC"; } >$P/long
		{ printf '\0'; echo "CC=$CC"; } >$P/binary
		{ seq 20000; printf '\0'; echo "CC=$CC"; } >$P/binary-at-its-end
		printf '#!/bin/sh\n# %s\n' "$CC" >$P/script; chmod 555 $P/script; touch -d 2001-01-01 $P/script`})
	_, err := w.install("a")
	must(t, err)
	prefix := w.Store.Prefix(w.nodes["a"])
	for name, want := range map[string]bool{"short": false, "link1": false, "link40": false, "long": false, "script": false, "binary": true, "binary-at-its-end": true} {
		text, err := os.ReadFile(filepath.Join(prefix, name))
		must(t, err)
		if has := strings.Contains(string(text), w.Store.StageDir()); has != want || !strings.Contains(string(text), "/gcc") {
			t.Errorf("%s names the stage: %t\n%.200s", name, has, text)
		}
	}
	info, err := os.Stat(filepath.Join(prefix, "script"))
	must(t, err)
	if info.Mode().Perm() != 0o555 || info.ModTime().Year() != 2001 {
		t.Errorf("the script is now %v of %v", info.Mode(), info.ModTime())
	}
	var inodes []uint64
	for _, name := range []string{"short", "link7"} {
		info, err := os.Stat(filepath.Join(prefix, name))
		must(t, err)
		inodes = append(inodes, info.Sys().(*syscall.Stat_t).Ino)
	}
	if inodes[0] != inodes[1] {
		t.Error("hard links are links no more")
	}
}

// TestLongShebangs installs scripts whose interpreters have paths that old kernels cut off, and runs them.
func TestLongShebangs(t *testing.T) {
	deep := strings.Repeat("d", 100)
	script := `mkdir -p $P/bin $P/` + deep + `
		ln -s /bin/sh $P/` + deep + `/sh; ln -s "$(command -v perl)" $P/` + deep + `/perl
		printf '#!%s -e\nfalse && echo no; echo "sh: $0 $1"\n' $P/` + deep + `/sh >$P/bin/s
		printf '#!%s -w\nprint "perl: $ARGV[0]\\n";\n' $P/` + deep + `/perl >$P/bin/p
		printf '#!/bin/sh\necho short\n' >$P/bin/short
		chmod 755 $P/bin/*; printf '#!' >$P/odd; : >$P/empty`
	w := newWorld(t, t.TempDir(), "a@1", map[string]string{"a": script})
	_, err := w.install("a")
	must(t, err)
	bin := filepath.Join(w.Store.Prefix(w.nodes["a"]), "bin")
	for name, want := range map[string]string{"s": "sh: " + bin + "/s x y\n", "p": "perl: x y\n", "short": "short\n"} {
		text, err := os.ReadFile(filepath.Join(bin, name))
		must(t, err)
		first, _, _ := strings.Cut(string(text), "\n")
		if len(first) > maxShebang {
			t.Errorf("%s begins with %d bytes: %s", name, len(first), first)
		}
		if name == "p" {
			if _, err := exec.LookPath("perl"); err != nil {
				continue
			}
		}
		out, err := exec.Command(filepath.Join(bin, name), "x y").CombinedOutput()
		if err != nil || string(out) != want {
			t.Errorf("%s prints %q, %v; want %q", name, out, err, want)
		}
	}
	w.clean(t)
}
