package elf

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// makeCache writes glibc's format; pairs are name and path in turn.
func makeCache(pairs ...string) []byte {
	n := len(pairs) / 2
	head := append([]byte(cacheMagic), make([]byte, cacheHeader-len(cacheMagic))...)
	binary.NativeEndian.PutUint32(head[20:], uint32(n))
	at := cacheHeader + n*cacheEntrySize
	var entries, text []byte
	for i := 0; i < len(pairs); i += 2 {
		e := make([]byte, cacheEntrySize)
		binary.NativeEndian.PutUint32(e[4:], uint32(at+len(text)))
		binary.NativeEndian.PutUint32(e[8:], uint32(at+len(text)+len(pairs[i])+1))
		text = append(text, pairs[i]+"\x00"+pairs[i+1]+"\x00"...)
		entries = append(entries, e...)
	}
	return slices.Concat(head, entries, text)
}

func TestParseCache(t *testing.T) {
	one := makeCache("libz.so.1", "/usr/lib/x/libz.so.1", "libc.so.6", "/lib/libc.so.6", "libz.so.1", "/usr/lib32/libz.so.1")
	old := append([]byte(oldCacheMagic+"\x00"), 1, 0, 0, 0)
	old = append(old, make([]byte, 12)...)
	for name, data := range map[string][]byte{"new": one, "both formats": append(old, one...)} {
		libs, err := parseCache(data)
		if err != nil || !slices.Equal(libs["libz.so.1"], []string{"/usr/lib/x/libz.so.1", "/usr/lib32/libz.so.1"}) || len(libs) != 2 {
			t.Errorf("%s: %v, %v", name, libs, err)
		}
	}
	for name, data := range map[string][]byte{
		"empty": nil, "text": []byte("hello"), "only old": old, "cut": one[:90], "without strings": one[:cacheHeader+3*cacheEntrySize],
	} {
		if libs, err := parseCache(data); err == nil {
			t.Errorf("%s: no error, got %v", name, libs)
		}
	}
}

// The machine's own cache, read by ldconfig and by us.
func TestParseCacheAgreesWithLdconfig(t *testing.T) {
	ldconfig, err := exec.LookPath("ldconfig")
	if err != nil {
		if ldconfig, err = exec.LookPath("/sbin/ldconfig"); err != nil {
			t.Skip("no ldconfig")
		}
	}
	out, err := exec.Command(ldconfig, "-p").Output()
	if err != nil {
		t.Skip("ldconfig -p: ", err)
	}
	data, err := os.ReadFile("/etc/ld.so.cache")
	must(t, err)
	libs, err := parseCache(data)
	must(t, err)
	lines := 0
	for line := range strings.Lines(string(out)) {
		name, path, ok := strings.Cut(strings.TrimSpace(line), " => ")
		if !ok || !strings.HasPrefix(line, "\t") {
			continue
		}
		lines++
		name, _, _ = strings.Cut(name, " ")
		if !slices.Contains(libs[name], path) {
			t.Errorf("ldconfig has %s at %s, we have %q", name, path, libs[name])
		}
	}
	if lines == 0 {
		t.Error("ldconfig printed nothing to compare with")
	}
}

func TestLoadSystemReadsConfiguration(t *testing.T) {
	root := t.TempDir()
	put := func(name, text string) {
		path := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(text), 0o644))
	}
	put("etc/ld.so.conf", "include ld.so.conf.d/*.conf # more\n/opt/vendor/lib\ninclude /etc/ld.so.conf\n")
	put("etc/ld.so.conf.d/a.conf", "# comment\n\n/usr/local/cuda/lib64\n")
	put("etc/ld-musl-x86_64.path", "/lib/musl:/opt/musl\n")
	put("usr/lib/x", "")
	put("etc/ld.so.cache", string(makeCache("libv.so", "/opt/other/libv.so")))
	s, err := LoadSystem(root)
	must(t, err)
	want := []string{"/usr/local/cuda/lib64", "/opt/vendor/lib", "/lib/musl", "/opt/musl", "/usr/lib"}
	if !slices.Equal(s.Dirs, want) {
		t.Errorf("dirs %q, want %q", s.Dirs, want)
	}
	if !s.Has("/opt/other/libv.so") || !s.Has("/usr/lib/libq.so") || s.Has("/home/x/libq.so") {
		t.Error("Has is wrong about cache or directories")
	}
	put("etc/ld.so.cache", "garbage")
	if _, err := LoadSystem(root); err == nil || !strings.Contains(err.Error(), "ldconfig") {
		t.Errorf("a damaged cache gave %v", err)
	}
}

func FuzzParseCache(f *testing.F) {
	f.Add(makeCache("libz.so.1", "/usr/lib/libz.so.1"))
	f.Add([]byte(oldCacheMagic))
	f.Fuzz(func(t *testing.T, data []byte) { parseCache(data) })
}
