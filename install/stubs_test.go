package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/install/elf"
	"github.com/berth-hpc/berth/install/wrapper"
)

func TestShortenRPath(t *testing.T) {
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("no gcc here")
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "x.c")
	if err := os.WriteFile(source, []byte("int main(void) { return 0; }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ tags, rpath, want string }{
		"middle":  {"--disable-new-dtags", "/p/lib:/cuda/lib64/stubs:/cuda/lib64", "/p/lib:/cuda/lib64"},
		"last":    {"--disable-new-dtags", "/p/lib:/cuda/lib64/stubs/", "/p/lib"},
		"only":    {"--disable-new-dtags", "/cuda/lib64/stubs", ""},
		"none":    {"--disable-new-dtags", "/p/lib:/stubsy", "/p/lib:/stubsy"},
		"runpath": {"--enable-new-dtags", "/cuda/lib64/stubs:$ORIGIN/../lib", "$ORIGIN/../lib"},
	} {
		t.Run(name, func(t *testing.T) {
			program := filepath.Join(dir, name)
			if out, err := exec.Command(gcc, source, "-o", program, "-Wl,"+c.tags, "-Wl,-rpath,"+c.rpath).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if err := os.Chmod(program, 0o555); err != nil {
				t.Fatal(err)
			}
			if err := shortenRPath(program, wrapper.IsStubs); err != nil {
				t.Fatal(err)
			}
			f, err := elf.Read(program)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(append(f.RPath, f.RunPath...), ":"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if info, err := os.Stat(program); err != nil || info.Mode().Perm() != 0o555 {
				t.Errorf("its mode is %v, %v", info.Mode(), err)
			}
			if out, err := exec.Command(program).CombinedOutput(); err != nil {
				t.Errorf("it does not run any more: %v\n%s", err, out)
			}
		})
	}
	if err := shortenRPath(source, wrapper.IsStubs); err == nil {
		t.Error("a text was changed")
	}
}
