package stage

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages"
)

var env = []string{"PATH=/usr/bin:/bin"}

func TestNewReplacesWhatIsThere(t *testing.T) {
	root := t.TempDir()
	old := filepath.Join(root, "zlib", "src", "locked")
	os.MkdirAll(old, 0o755)
	os.WriteFile(filepath.Join(old, "f"), nil, 0o444)
	os.Chmod(old, 0o555)
	s, err := New(root, "zlib")
	if err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(s.UnpackDir()); len(entries) != 0 {
		t.Errorf("the old source is still there: %v", entries)
	}
}

const onePatch = `--- a/hello.txt
+++ b/hello.txt
@@ -1,3 +1,3 @@
 one
-two
+TWO
 three
`

func source(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	os.Mkdir(filepath.Join(dir, "sub"), 0o755)
	for _, f := range []string{"hello.txt", "sub/hello.txt"} {
		if err := os.WriteFile(filepath.Join(dir, f), []byte("a line before\none\ntwo\nthree\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestApplyPatch(t *testing.T) {
	for _, c := range []struct {
		name  string
		patch packages.Patch
		file  string
	}{
		{"with an offset", packages.Patch{Level: 1}, "hello.txt"},
		{"in a directory", packages.Patch{Level: 1, WorkingDir: "sub"}, "sub/hello.txt"},
		{"level 0", packages.Patch{Level: 0, Content: []byte(strings.ReplaceAll(strings.ReplaceAll(onePatch, "a/", ""), "b/", ""))}, "hello.txt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := source(t)
			if c.patch.Content == nil {
				c.patch.Content = []byte(onePatch)
			}
			var log bytes.Buffer
			if err := ApplyPatch(context.Background(), dir, c.patch, env, &log); err != nil {
				t.Fatal(err)
			}
			if got, _ := os.ReadFile(filepath.Join(dir, c.file)); !strings.Contains(string(got), "TWO") {
				t.Errorf("not applied: %q", got)
			}
			c.patch.Reverse = true
			if err := ApplyPatch(context.Background(), dir, c.patch, env, &log); err != nil {
				t.Fatal(err)
			}
			if got, _ := os.ReadFile(filepath.Join(dir, c.file)); strings.Contains(string(got), "TWO") {
				t.Errorf("not reversed: %q", got)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "*.orig")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestPatchThatDoesNotApply(t *testing.T) {
	dir := source(t)
	os.WriteFile(filepath.Join(dir, "hello.txt"), []byte("something else\n"), 0o644)
	p := packages.Patch{File: "fix.patch", Level: 1, Content: []byte(onePatch), Place: packages.Place{File: "zlib.yaml", Line: 7}}
	err := ApplyPatch(context.Background(), dir, p, env, &bytes.Buffer{})
	var pe *PatchError
	if !errors.As(err, &pe) || !strings.Contains(err.Error(), "fix.patch (zlib.yaml:7)") || !strings.Contains(err.Error(), "FAILED") {
		t.Errorf("got %v", err)
	}
}

func TestPatchStaysInTheSource(t *testing.T) {
	p := packages.Patch{Level: 1, Content: []byte(onePatch), WorkingDir: "../elsewhere"}
	if err := ApplyPatch(context.Background(), source(t), p, env, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "leads out") {
		t.Errorf("got %v", err)
	}
}

func TestShell(t *testing.T) {
	s, err := New(t.TempDir(), "it's-1.0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.WriteShell("it's@1.0", s.BuildDir(), []string{"PATH=/usr/bin:/bin", "ODD=a 'b' $c\nd"}); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(s.ShellPath(), "sh", "-c", `printf '%s|%s|%s' "$PWD" "$ODD" "$LEAK"`)
	cmd.Env = append(os.Environ(), "LEAK=secret")
	out, err := cmd.CombinedOutput()
	if want := s.BuildDir() + "|a 'b' $c\nd|"; err != nil || string(out) != want {
		t.Errorf("got %q, %v; want %q", out, err, want)
	}
}

func TestResources(t *testing.T) {
	root := t.TempDir()
	s, err := New(root, "llvm")
	if err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(root, "clang.tar")
	if out, err := exec.Command("sh", "-c", "cd "+root+" && mkdir -p clang-1/tools && echo text >clang-1/tools/f && tar cf "+archive+" clang-1").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, c := range []struct {
		name     string
		resource packages.Resource
		want     string // where f is then; "" is an error
	}{
		{"under its own name", packages.Resource{Name: "clang", Destination: "tools"}, "tools/clang-1/tools/f"},
		{"renamed", packages.Resource{Name: "clang", Destination: "tools", Placement: map[string]string{"": "clang"}}, "tools/clang/tools/f"},
		{"a part", packages.Resource{Name: "clang", Placement: map[string]string{"tools/f": "deep/down/g"}}, "deep/down/g"},
		{"out of the source", packages.Resource{Name: "clang", Destination: "../.."}, ""},
		{"from out of the archive", packages.Resource{Name: "clang", Placement: map[string]string{"../x": "x"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := t.TempDir()
			err := s.PlaceResource(context.Background(), source, c.resource, archive)
			if c.want == "" {
				if err == nil {
					t.Error("was accepted")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := os.ReadFile(filepath.Join(source, c.want)); string(got) != "text\n" {
				t.Errorf("%s holds %q", c.want, got)
			}
		})
	}
}

func TestStagesAndTheirStates(t *testing.T) {
	root := t.TempDir()
	for name, state := range map[string]State{"busy": Busy, "failed": Failed, "asked": Asked} {
		s, err := New(root, name)
		if err != nil {
			t.Fatal(err)
		}
		if state != Busy {
			if err := s.Keep(state); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, err := List(root)
	if err != nil || len(got) != 3 || got["busy"] != Busy || got["failed"] != Failed || got["asked"] != Asked {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := List(filepath.Join(root, "none")); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
}
