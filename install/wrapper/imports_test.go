package wrapper

import (
	goparser "go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestImportsLittle keeps out what would be initialised before the wrapper, in every call of a compiler.
func TestImportsLittle(t *testing.T) {
	allowed := []string{"syscall"} // and what that needs
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := goparser.ParseFile(token.NewFileSet(), file, nil, goparser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imported := range parsed.Imports {
			if name, _ := strconv.Unquote(imported.Path.Value); !slices.Contains(allowed, name) {
				t.Errorf("%s imports %s", file, name)
			}
		}
	}
}

func TestConfigReadsBack(t *testing.T) {
	c := &Config{
		Compilers: map[Language]Compiler{
			C: {Path: "/opt/a b/gcc", TargetFlags: []string{"-march=x86-64-v3", "-mtune=generic"}}, Linker: {Path: "/usr/bin/ld"},
		},
		Flags:       map[string][]string{"cflags": {"-O3", `-DX="a b"`}, "ldlibs": {"-lm"}},
		IncludeDirs: []string{"/s/a/include", "/s/b c/include"}, LibDirs: []string{"/s/a/lib"}, RPaths: []string{"/s/a/lib", ""},
		SystemDirs: []string{"/usr/lib"}, OwnDirs: []string{"/s"}, DebugLog: "/stage/a b/log",
	}
	dir := filepath.Join(t.TempDir(), "new", "wrap")
	if err := Create(dir, "/bin/true", c); err != nil {
		t.Fatal(err)
	}
	got, err := ReadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, got); diff != "" {
		t.Error(diff)
	}
	c.IncludeDirs = []string{"/with\nline break"}
	if err := Create(dir, "/bin/true", c); err == nil || !strings.Contains(err.Error(), "line break") {
		t.Errorf("got %v", err)
	}
	for _, text := range []string{"nonsense\n", "compiler\n", "compiler c\n", "what c x\n", "{}"} {
		if _, err := parseConfig("file", text); err == nil || !strings.Contains(err.Error(), "means nothing") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := ReadConfig(t.TempDir()); err == nil || !strings.Contains(err.Error(), ConfigName) {
		t.Errorf("got %v", err)
	}
}

func TestTextIsAsElsewhere(t *testing.T) {
	for _, p := range []string{"", "/", "//", ".", "..", "a", "/a", "a/", "/a/", "a/b", "/a/b/", "a//b", "/a/./b", "/a/../b", "/..", "/../a", "a/../..", "../../a", "./a", "/a/b/../../..", "a/.."} {
		if cleanPath(p) != path.Clean(p) {
			t.Errorf("cleanPath(%q) is %q, want %q", p, cleanPath(p), path.Clean(p))
		}
		if want := path.Base(p); want != "." && want != "/" && baseName(p) != want {
			t.Errorf("baseName(%q) is %q, want %q", p, baseName(p), want)
		}
		if dirName(p) != path.Dir(p) {
			t.Errorf("dirName(%q) is %q, want %q", p, dirName(p), path.Dir(p))
		}
		if got := split(p, '/'); !slices.Equal(got, strings.Split(p, "/")) || join(got, "/") != p {
			t.Errorf("split(%q) is %q", p, got)
		}
	}
	for _, n := range []int{0, 9, 10, 12345} {
		if decimal(n) != strconv.Itoa(n) {
			t.Errorf("decimal(%d) is %s", n, decimal(n))
		}
	}
}

func TestDebugLogIsJSON(t *testing.T) {
	if got, want := jsonStrings([]string{`a"b\c`, "line\nbreak", "ä"}), `"a\"b\\c","line\u000abreak","ä"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
