// Package test holds the end-to-end scripts and, in Go, the tests of those scripts that can be tested without a
// distribution's archive.
package test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mirrorTest is a copy of mirror.sh with a table of its own, beside stand-ins for apt-get and apt-cache that serve
// what the archive directory holds: one file a source package, named after it.
type mirrorTest struct {
	*testing.T
	dir string
}

const fakeAptCache = `#!/bin/sh
# apt-cache -c CONF showsrc SOURCE...
shift 3
for source; do
	[ -f "$ARCHIVE/$source" ] || continue
	sum=$(sha256sum <"$ARCHIVE/$source" | cut -d' ' -f1)
	printf 'Package: %s\nBinary: x\nVersion: 1:2-3\nChecksums-Sha256:\n %s 7 %s.dsc\n %s 7 %s.orig.tar.gz\nFiles:\n 0 7 x\n\n' \
		"$source" 00 "$source" "${LISTED:-$sum}" "$source"
done
`

const fakeAptGet = `#!/bin/sh
# apt-get -q -q -c CONF update, and: source --download-only --tar-only SOURCE=VERSION
echo "$*" >>"$ARCHIVE/../apt.log"
case $* in
*update) ;;
*source*=1:2-3) for last; do :; done; cp "$ARCHIVE/${last%%=*}" "${last%%=*}_2.orig.tar.gz" ;;
*) exit 100 ;;
esac
`

func newMirrorTest(t *testing.T, table string) *mirrorTest {
	m := &mirrorTest{T: t, dir: t.TempDir()}
	for _, script := range []string{"mirror.sh", "lib.sh"} {
		text, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		m.write(filepath.Join("test", script), string(text))
	}
	m.write("test/sources.tsv", table)
	m.write("bin/apt-cache", fakeAptCache)
	m.write("bin/apt-get", fakeAptGet)
	return m
}

func (m *mirrorTest) write(name, text string) {
	m.Helper()
	file := filepath.Join(m.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		m.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		m.Fatal(err)
	}
}

func (m *mirrorTest) read(name string) string {
	text, err := os.ReadFile(filepath.Join(m.dir, name))
	if err != nil {
		return "absent"
	}
	return string(text)
}

// run runs mirror.sh on the mirror directory and returns what it printed and whether it exited with 0.
func (m *mirrorTest) run(env string, packages ...string) (string, bool) {
	m.Helper()
	for _, tool := range []string{"sha256sum", "awk"} {
		if _, err := exec.LookPath(tool); err != nil {
			m.Skipf("no %s here", tool)
		}
	}
	args := append([]string{filepath.Join(m.dir, "test/mirror.sh"), filepath.Join(m.dir, "mirror")}, packages...)
	cmd := exec.Command("bash", args...)
	cmd.Env = append(os.Environ(),
		"PATH="+filepath.Join(m.dir, "bin")+":"+os.Getenv("PATH"), "ARCHIVE="+filepath.Join(m.dir, "archive"), "TMPDIR="+m.dir, env)
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

func row(pkg, version, source, content string) string {
	return fmt.Sprintf("%s\t%s\t%s\t%s_%s.orig.tar.gz\t%s\n", pkg, version, source, source, version, sum(content))
}

func sum(content string) string {
	s := sha256.Sum256([]byte(content))
	return hex.EncodeToString(s[:])
}

func place(content string) string {
	return fmt.Sprintf("mirror/_source-cache/archive/%.2s/%[1]s.tar.gz", sum(content))
}

func needAptSources(t *testing.T) {
	if files, _ := filepath.Glob("/etc/apt/sources.list*"); len(files) == 0 {
		t.Skip("no /etc/apt here, from which mirror.sh takes the package sources")
	}
}

func TestMirrorFetchesWhatIsMissing(t *testing.T) {
	needAptSources(t)
	m := newMirrorTest(t, "# a comment\n"+row("fftw", "3", "fftw3", "fftw bytes")+row("lz4", "1", "lz4", "lz4 bytes"))
	m.write("archive/fftw3", "fftw bytes")
	m.write("archive/lz4", "lz4 bytes")

	if out, ok := m.run("", "fftw"); !ok {
		t.Fatalf("mirror.sh failed:\n%s", out)
	}
	if got := m.read(place("fftw bytes")); got != "fftw bytes" {
		t.Errorf("fftw in the mirror: %s", got)
	}
	if got := m.read(place("lz4 bytes")); got != "absent" {
		t.Errorf("lz4 was not asked for, but is in the mirror: %s", got)
	}

	m.write("apt.log", "")
	if out, ok := m.run(""); !ok {
		t.Fatalf("mirror.sh failed:\n%s", out)
	}
	if got := m.read(place("lz4 bytes")); got != "lz4 bytes" {
		t.Errorf("lz4 in the mirror: %s", got)
	}
	if log := m.read("apt.log"); strings.Contains(log, "fftw3") {
		t.Errorf("fftw was in the mirror, but was fetched again:\n%s", log)
	}

	m.write("apt.log", "")
	if out, ok := m.run(""); !ok || !strings.Contains(out, "holds all 2 archives") {
		t.Errorf("a full mirror: success %v, output:\n%s", ok, out)
	}
	if log := m.read("apt.log"); log != "" {
		t.Errorf("nothing was missing, but apt was called:\n%s", log)
	}
}

func TestMirrorReplacesACorruptFile(t *testing.T) {
	needAptSources(t)
	m := newMirrorTest(t, row("lz4", "1", "lz4", "lz4 bytes"))
	m.write("archive/lz4", "lz4 bytes")
	m.write(place("lz4 bytes"), "lz4 by")
	if out, ok := m.run(""); !ok {
		t.Fatalf("mirror.sh failed:\n%s", out)
	}
	if got := m.read(place("lz4 bytes")); got != "lz4 bytes" {
		t.Errorf("lz4 in the mirror: %s", got)
	}
}

func TestMirrorRefusesOtherBytes(t *testing.T) {
	needAptSources(t)
	table := row("lz4", "1", "lz4", "lz4 bytes")
	cases := []struct{ name, env, want string }{
		{"the archive has another release", "LISTED=", "no version of source package 'lz4' here has the archive"},
		{"the archive lists the checksum but sends other bytes", "LISTED=" + sum("lz4 bytes"), "could not fetch lz4=1:2-3"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := newMirrorTest(t, table)
			m.write("archive/lz4", "other bytes")
			out, ok := m.run(c.env)
			if ok || !strings.Contains(out, c.want) {
				t.Errorf("success %v, want failure with %q; output:\n%s", ok, c.want, out)
			}
			if got := m.read(place("lz4 bytes")); got != "absent" {
				t.Errorf("in the mirror: %s", got)
			}
		})
	}
}

func TestMirrorNamesWhatItKnows(t *testing.T) {
	m := newMirrorTest(t, row("lz4", "1", "lz4", "lz4 bytes"))
	out, ok := m.run("", "lz5")
	if ok || !strings.Contains(out, "no source for 'lz5'") || !strings.Contains(out, "it lists: lz4") {
		t.Errorf("success %v, output:\n%s", ok, out)
	}
}
