package install

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// makeWith runs a make as a build does, with a Makefile of n targets that each note how many of them run at once.
func makeWith(t *testing.T, s *jobServer, n string, argv ...string) string {
	t.Helper()
	dir := t.TempDir()
	makefile := "N = $(shell seq " + n + ")\nall: $(N)\n$(N):\n\t@mkdir run.$@; ls -d run.* | wc -l >>most; sleep 0.3; rmdir run.$@\n"
	if err := os.WriteFile(filepath.Join(dir, "Makefile"), []byte(makefile), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.ExtraFiles = make([]*os.File, runningFD-2)
	cmd.ExtraFiles[runningFD-3] = os.Stdout
	for _, m := range s.offer(argv, cmd.ExtraFiles) {
		cmd.Env = append(os.Environ(), m.Name+"="+m.Value)
	}
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), "warning") {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "most"))
	if err != nil {
		t.Fatal(err)
	}
	most := ""
	for _, count := range strings.Fields(string(text)) {
		most = max(most, count)
	}
	return most
}

func TestJobsAreShared(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("no make here")
	}
	s, err := newJobServer(3)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	ctx := context.Background()
	if err := s.begin(ctx); err != nil {
		t.Fatal(err)
	}
	if got := makeWith(t, s, "6", "make"); got != "3" {
		t.Errorf("one build alone ran %s commands at once, want all 3", got)
	}
	if err := s.begin(ctx); err != nil {
		t.Fatal(err)
	}
	if got := makeWith(t, s, "6", "make"); got != "2" {
		t.Errorf("beside a build that runs nothing, %s commands at once, want 2", got)
	}
	if got := makeWith(t, s, "3", "make", "-j1"); got != "1" {
		t.Errorf("make -j1 ran %s commands at once", got)
	}
	s.end()
	if got := makeWith(t, s, "6", "make"); got != "3" {
		t.Errorf("when the other build had ended, %s commands at once, want 3", got)
	}
}

func TestJobsRunOut(t *testing.T) {
	s, err := newJobServer(1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if err := s.begin(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	if err := s.begin(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("a second build began with one job in all: %v", err)
	}
	s.end()
	if err := s.begin(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// TestLostJobsComeBack: a make that is killed cannot put its jobs back.
func TestLostJobsComeBack(t *testing.T) {
	s, err := newJobServer(4)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	ctx := context.Background()
	for range 10 {
		if err := s.begin(ctx); err != nil {
			t.Fatal(err)
		}
		unix.Read(s.own, make([]byte, 2)) // what the killed make had
		s.end()
	}
}
