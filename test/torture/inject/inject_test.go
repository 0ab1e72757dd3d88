package inject

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == Launcher {
		Main()
	}
	if os.Getenv("INJECT_RENAME") != "" {
		renameMain()
		return
	}
	os.Exit(m.Run())
}

// watch runs a shell script in dir, and lists the changes below it.
func watch(t *testing.T, dir, script string, decide Decide) (calls []Call, output string, err error) {
	t.Helper()
	if err := Supported(); err != nil {
		t.Skip("no calls can be watched here: ", err)
	}
	self, _ := os.Executable()
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Dir = dir
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	s, err := Start(cmd, self, func(c Call) unix.Errno {
		if !strings.HasPrefix(c.Path, dir) {
			return 0
		}
		calls = append(calls, c)
		return decide(c)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Wait()
	return calls, out.String(), err
}

func TestEveryChangeIsSeen(t *testing.T) {
	dir, _ := filepath.EvalSymlinks(t.TempDir())
	calls, out, err := watch(t, dir, "echo x >a; mkdir d; mv a d/b; ln -s b d/l; cd d; cp b c; sync c; rm -r ../d", func(Call) unix.Errno { return 0 })
	if err != nil || out != "" {
		t.Fatal(err, out)
	}
	var seen []string
	for _, c := range calls {
		what := string(c.Kind) + " " + strings.TrimPrefix(c.Path, dir+"/")
		if c.From != "" {
			what += " < " + strings.TrimPrefix(c.From, dir+"/")
		}
		seen = append(seen, what)
	}
	for _, want := range []string{"create a", "write a", "create d", "rename d/b < a", "create d/l", "create d/c", "write d/c", "sync d/c", "remove d"} {
		if !slices.Contains(seen, want) {
			t.Errorf("not seen: %s, of %q", want, seen)
		}
	}
}

func TestErrorsAreInjected(t *testing.T) {
	dir, _ := filepath.EvalSymlinks(t.TempDir())
	_, out, err := watch(t, dir, "echo one >a; echo two >b; exit 0", func(c Call) unix.Errno {
		if c.Kind == Write && filepath.Base(c.Path) == "b" {
			return unix.EDQUOT
		}
		return 0
	})
	if a, _ := os.ReadFile(filepath.Join(dir, "a")); string(a) != "one\n" {
		t.Errorf("a is %q", a)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "b")); len(b) != 0 || err != nil || out == "" {
		t.Errorf("b is %q, %v, %q", b, err, out)
	}
}

func TestLocksCanBeMissing(t *testing.T) {
	self, _ := os.Executable()
	program, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	file := filepath.Join(t.TempDir(), "f")
	cmd := exec.Command(program, "-c", fmt.Sprintf("import fcntl\nf=open(%q,'w')\nf.write('x')\nfcntl.lockf(f,fcntl.LOCK_EX)", file))
	WithoutLocks(cmd, self)
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "No locks available") {
		t.Errorf("got %v: %s", err, out)
	}
}

func TestRenameFlagsCanBeMissing(t *testing.T) {
	self, _ := os.Executable()
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, missing := range []bool{false, true} {
		cmd := exec.Command(self)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "INJECT_RENAME=1")
		if missing {
			WithoutRenameFlags(cmd, self)
		}
		out, err := cmd.CombinedOutput()
		want := "exchange: ok, rename: ok\n"
		if missing {
			want = "exchange: invalid argument, rename: ok\n"
		}
		if err != nil || string(out) != want {
			t.Errorf("missing %v: got %q, %v", missing, out, err)
		}
	}
}

// renameMain is that test's child.
func renameMain() {
	say := func(err error) string {
		if err != nil {
			return err.Error()
		}
		return "ok"
	}
	exchange := unix.Renameat2(unix.AT_FDCWD, "a", unix.AT_FDCWD, "b", unix.RENAME_EXCHANGE)
	rename := errors.Join(unix.Renameat2(unix.AT_FDCWD, "a", unix.AT_FDCWD, "c", 0), unix.Rename("c", "a"))
	fmt.Printf("exchange: %s, rename: %s\n", say(exchange), say(rename))
}
