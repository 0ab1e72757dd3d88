package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The compiler wrapper must not pay for what the rest of berth prepares: see package early.
func TestNothingBeforeTheWrapper(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	gcc := filepath.Join(t.TempDir(), "gcc")
	if err := os.Symlink(self, gcc); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(gcc, "--version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("a wrapper without its configuration ended well:\n%s", out)
	}
	initialised := regexp.MustCompile(`(?m)^init (\S+) @`).FindAllStringSubmatch(string(out), -1)
	if len(initialised) < 3 {
		t.Fatalf("no trace of what was initialised:\n%s", out)
	}
	for _, m := range initialised {
		for _, costly := range []string{"/install", "/install/buildlog", "/install/confine", "/packages/host", "/packages/yamlrecipe", "/envs", "/cmd/berth"} {
			if strings.HasSuffix(m[1], "berth-hpc/berth"+costly) {
				t.Errorf("%s is initialised before the wrapper runs", m[1])
			}
		}
	}
}
