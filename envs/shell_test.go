package envs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages"
)

// TestShellCommand holds that the packages' programs come first in bash even if the user's start file puts others before them.
func TestShellCommand(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not here")
	}
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".bashrc"), []byte("PATH=/conda/bin:$PATH; FROM_RC=yes\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := &Session{Root: filepath.Join(home, "it's a root")}
	mods := []packages.EnvMod{
		{Op: packages.EnvPrepend, Name: "PATH", Value: "/p/second"},
		{Op: packages.EnvPrepend, Name: "PATH", Value: "/p/first dir"},
	}
	for range 2 { // the second time the file is there
		argv, err := s.ShellCommand(bash, mods)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(argv[0], append(argv[1:], "-i", "-c", `echo "$PATH $FROM_RC"`)...)
		cmd.Env = packages.ApplyEnv([]string{"HOME=" + home, "PATH=/usr/bin:/bin"}, mods)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		got := strings.TrimSpace(string(out))
		if !strings.HasPrefix(got, "/p/first dir:/p/second:/conda/bin:") || !strings.HasSuffix(got, " yes") {
			t.Errorf("got %q", got)
		}
	}
	if argv, err := s.ShellCommand("/usr/bin/fish", mods); err != nil || len(argv) != 1 {
		t.Errorf("fish: %q, %v", argv, err)
	}
}
