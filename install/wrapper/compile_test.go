package wrapper

import (
	"debug/elf"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRealBuild builds a library into one prefix and a program against it, through the wrappers alone.
func TestRealBuild(t *testing.T) {
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("no gcc here")
	}
	root := t.TempDir()
	dep, own, work := filepath.Join(root, "store/dep"), filepath.Join(root, "store/own"), filepath.Join(root, "stage")
	for _, d := range []string{dep + "/include", dep + "/lib", own, work} {
		os.MkdirAll(d, 0o755)
	}
	write(t, dep+"/include/answer.h", "int answer(void);\n")
	write(t, work+"/lib.c", "int answer(void) { return 42; }\n")
	write(t, work+"/main.c", "#include <answer.h>\nint main(void) { return answer() == 42 ? OK : 1; }\n")

	c := &Config{
		Compilers:   map[Language]Compiler{C: {Path: gcc}},
		Flags:       map[string][]string{"cflags": {"-DOK=0"}},
		IncludeDirs: []string{dep + "/include"},
		LibDirs:     []string{dep + "/lib"},
		RPaths:      []string{own + "/lib", dep + "/lib"},
		OwnDirs:     []string{root},
		DebugLog:    filepath.Join(root, "log"),
	}
	wrap := filepath.Join(root, "wrap")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := Create(wrap, self, c); err != nil {
		t.Fatal(err)
	}
	compile := func(argv ...string) {
		t.Helper()
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Dir, cmd.Env = work, []string{"PATH=" + wrap + ":/usr/bin:/bin"}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", argv, err, out)
		}
	}
	compile(wrap+"/cc", "-shared", "-fPIC", "lib.c", "-o", dep+"/lib/libanswer.so")
	compile("/bin/sh", "-c", "gcc main.c -lanswer -o main") // found by PATH: argv[0] has no directory
	if out, err := exec.Command(work + "/main").CombinedOutput(); err != nil {
		t.Errorf("the program does not run: %v\n%s", err, out)
	}
	checkRPath(t, work+"/main", own+"/lib:"+dep+"/lib")
	if log, _ := os.ReadFile(c.DebugLog); strings.Count(string(log), "\n") != 2 {
		t.Errorf("the log has not one line a call:\n%s", log)
	}
}

func checkRPath(t *testing.T, path, want string) {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, _ := f.DynString(elf.DT_RPATH); !slices.Equal(got, []string{want}) {
		t.Errorf("DT_RPATH is %q, want %q", got, want)
	}
	if got, _ := f.DynString(elf.DT_RUNPATH); len(got) != 0 {
		t.Errorf("there is a DT_RUNPATH: %q", got)
	}
}

func TestMissingLanguage(t *testing.T) {
	wrap := filepath.Join(t.TempDir(), "wrap")
	self, _ := os.Executable()
	if err := Create(wrap, self, &Config{Compilers: map[Language]Compiler{C: {Path: "/usr/bin/gcc"}}}); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(wrap+"/gfortran", "x.f90").CombinedOutput()
	if err == nil || !strings.Contains(string(out), `must depend on "fortran"`) {
		t.Errorf("got %v\n%s", err, out)
	}
}

func TestCalledOutsideABuild(t *testing.T) {
	self, _ := os.Executable()
	cmd := &exec.Cmd{Path: self, Args: []string{"gcc", "x.c"}, Env: []string{"PATH=/nowhere"}}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "works only inside a build") {
		t.Errorf("got %v\n%s", err, out)
	}
}

// The Go runtime takes longer to set itself up than the wrapper to do its work.
func TestNothingOfGoRuns(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"berth", "gcc"} {
		cmd := &exec.Cmd{Path: self, Args: []string{name, "-test.list=^$"}, Env: []string{"GODEBUG=inittrace=1"}}
		out, _ := cmd.CombinedOutput()
		if got, want := strings.Contains(string(out), "init runtime"), name == "berth"; got != want {
			t.Errorf("%s: the runtime was initialised: %t\n%s", name, got, out)
		}
	}
}

// What the compiler is given is what stood on the command line, and so is what stands in the log.
func TestOddArgumentsArrive(t *testing.T) {
	dir := t.TempDir()
	show, log := dir+"/show", dir+"/log"
	write(t, show, "#!/bin/sh\nprintf '%s|' \"$@\" \"$PATH\" \"$ODD\"\n")
	os.Chmod(show, 0o755)
	self, _ := os.Executable()
	if err := Create(dir+"/wrap", self, &Config{Compilers: map[Language]Compiler{C: {Path: show}}, DebugLog: log}); err != nil {
		t.Fatal(err)
	}
	args := []string{"-c", "a b.c", "", "-DQ=\"x\\y\"", "line\nbreak\ttab", "ä\xff\xed\xa0\x80\xf0\x9f\x98\x80\xc3", strings.Repeat("long ", 10000)}
	cmd := exec.Command(dir+"/wrap/cc", args...)
	cmd.Env = []string{"PATH=/usr/bin:" + dir + "/wrap/:/bin:", "ODD=a=b c"}
	out, err := cmd.CombinedOutput()
	if want := strings.Join(args, "|") + "|/usr/bin:/bin:|a=b c|"; err != nil || string(out) != want {
		t.Errorf("%v\n got %q\nwant %q", err, out, want)
	}
	var line struct{ Called, Runs []string }
	text, _ := os.ReadFile(log)
	if err := json.Unmarshal(text, &line); err != nil {
		t.Fatal(err)
	}
	logged := slices.Clone(args)
	logged[5] = "ä\ufffd\ufffd\ufffd\ufffd😀\ufffd" // which is no UTF-8
	if !slices.Equal(line.Called[1:], logged) || !slices.Equal(line.Runs, append([]string{show}, logged...)) {
		t.Errorf("the log has %q", line)
	}
}

func TestCannotRun(t *testing.T) {
	dir := t.TempDir()
	self, _ := os.Executable()
	call := func(args ...string) string {
		cmd := exec.Command(dir+"/wrap/cc", args...)
		out, err := cmd.CombinedOutput()
		if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 {
			t.Errorf("it ended with %v", err)
		}
		return strings.TrimPrefix(string(out), "berth compiler wrapper: ")
	}
	if err := Create(dir+"/wrap", self, &Config{Compilers: map[Language]Compiler{C: {Path: "/no/such/gcc"}}}); err != nil {
		t.Fatal(err)
	}
	if got := call("x.c"); got != "run /no/such/gcc: No such file or directory\n" {
		t.Errorf("got %s", got)
	}
	config := dir + "/wrap/" + ConfigName
	for text, want := range map[string]string{
		"nonsense\n": "nonsense", "compiler\n": "compiler", "own /s\ncompiler c\n": "compiler c", "what c x\n": "what c x", "{}": "{}",
		"compiler latin x\n": "compiler latin x", "flag lflags -l\n": "flag lflags -l", "own\n": "own", "\nown /s\n": "",
	} {
		write(t, config, text)
		if got, want := call("x.c"), "read "+config+": it has a line that means nothing: "+want+"\n"; got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
	os.Remove(config)
	if got, want := call("x.c"), "read "+config+": No such file or directory\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := Create(dir+"/other", self, &Config{IncludeDirs: []string{"/with\nline break"}}); err == nil || !strings.Contains(err.Error(), "line break") {
		t.Errorf("got %v", err)
	}
}

func TestNameFor(t *testing.T) {
	for _, c := range []struct {
		path string
		lang Language
		want string
	}{
		{"/usr/bin/gcc-12", C, "gcc"}, {"/usr/bin/x86_64-linux-gnu-g++-12", CXX, "g++"}, {"/opt/bin/gfortran", Fortran, "gfortran"},
		{"/usr/bin/clang++-16.0", CXX, "clang++"}, {"/opt/bin/mycc", C, "cc"}, {"/usr/bin/gcc", CXX, "c++"}, {"/usr/bin/ld", Linker, "ld"},
	} {
		if got := NameFor(c.path, c.lang); got != c.want {
			t.Errorf("NameFor(%s, %s) is %s, want %s", c.path, c.lang, got, c.want)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkStart is the whole cost of the wrapper beside the compiler: the same call with and without it, compiling nothing.
func BenchmarkStart(b *testing.B) {
	wrap := filepath.Join(b.TempDir(), "wrap")
	self, _ := os.Executable()
	if err := Create(wrap, self, &Config{Compilers: map[Language]Compiler{C: {Path: "/bin/true"}}}); err != nil {
		b.Fatal(err)
	}
	for name, path := range map[string]string{"bare": "/bin/true", "wrapped": wrap + "/cc"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := exec.Command(path, "-c", "x.c").Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
