package host

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/spec"
)

// babbler is a machine all of whose commands answer the same.
type babbler struct {
	*fakeSystem
	answer Result
}

func (b babbler) Run(_ context.Context, c Command) (Result, error) {
	r := b.answer
	r.Stdout = only(r.Stdout, c.Only)
	return r, nil
}

// FuzzAnswers: whatever programs say, the search ends without a panic, and what it reports can be written and read again.
func FuzzAnswers(f *testing.F) {
	f.Add("12.2.0\n", "", 0)
	f.Add("x86_64-linux-gnu\nberth_host gcc 12 2 0\n", "", 0)
	f.Add("berth_host openmpi 4 1 4\nberth_host standard 3 1\n", "mpirun (Open MPI) 4.1.4", 0)
	f.Add("gcc -I/a -L/b -lmpi\ncmake version 3.25.1\nGNU Make 4.3\n", "error: no", 1)
	f.Add("cmake version 3:4,5+x\nGNU Make =4\nPython git.main=3", "\xff\x00", 139)
	f.Add("cmake version 1.2@3 ^x\n", "\x1b[31m", 0)
	text, repo := "testdata/hosts/debian12.txt", testRecipes()
	f.Fuzz(func(t *testing.T, stdout, stderr string, exit int) {
		sys := babbler{loadFake(t, text), Result{Stdout: stdout, Stderr: stderr, Exit: exit, Made: "7f454c46"}}
		r, err := Find(t.Context(), sys, repo, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range r.Externals {
			if _, ok := e.Spec.Versions.Single(); !ok || !filepath.IsAbs(e.Prefix) {
				t.Errorf("external %s in %q", e.Spec, e.Prefix)
			}
			back, err := spec.Parse(e.Spec.String())
			if err != nil || back.String() != e.Spec.String() {
				t.Errorf("%q reads back as %v, %v", e.Spec, back, err)
			}
		}
		for _, f := range r.Findings {
			if strings.ContainsAny(f.Reason, "\n\x00\x1b") {
				t.Errorf("a reason that spoils the terminal: %q", f.Reason)
			}
		}
	})
}

// FuzzText: the small parsers take any text.
func FuzzText(f *testing.F) {
	f.Add("ID=debian\nVERSION_ID=\"12\"\n")
	f.Add("gcc -I/usr/include/mpi -L/usr/lib '-Wl,-rpath -Wl,/x' -lmpi")
	f.Add("berth_host mpich \"4.0.2\"\n")
	f.Add(`a "b\" c`)
	f.Fuzz(func(t *testing.T, s string) {
		release := parseOSRelease([]byte(s))
		if name := spackOSName(release["ID"], release["VERSION_ID"]); notInOSName.MatchString(name) {
			t.Errorf("operating system %q", name)
		}
		line := parseCommandLine(s)
		for _, dir := range append(line.includes, line.libDirs...) {
			if !filepath.IsAbs(dir) || strings.Contains(dir, ":") {
				t.Errorf("directory %q", dir)
			}
		}
		parseMarked(s)
		for _, w := range splitWords(s) {
			if quoted := splitWords("'" + strings.ReplaceAll(w, "'", `'\''`) + "'"); len(quoted) != 1 || quoted[0] != w {
				t.Errorf("word %q, quoted, splits into %q", w, quoted)
			}
		}
		p := printable(s)
		if strings.ContainsAny(p, "\n\x1b\x00") {
			t.Errorf("%q is not printable", p)
		}
	})
}
