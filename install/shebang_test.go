package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

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
