package doctor

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/install/room"
)

var update = flag.Bool("update", false, "write the golden files anew")

// healthy is a patient without findings; those of testdata/patients say what is different.
func healthy() *Patient {
	lots := []room.Limit{{Of: "the file system", Bytes: 1 << 40, Files: 1 << 24}}
	return &Patient{
		Root:      Place{Path: "/home/ada/.berth", Exists: true, FileSystem: "ext4", Mount: "/home", Locks: "ofd", Mode: 0o755, Limits: lots},
		Stage:     Place{Path: "/home/ada/.berth/stage", Exists: true, FileSystem: "ext4", Mount: "/home", Locks: "ofd", Mode: 0o755, Limits: lots},
		Process:   Process{Umask: 0o022, Limits: map[string]uint64{"open files": 1 << 20, "processes": 1 << 16}, Target: "zen3"},
		Tools:     map[string]string{"git": "/usr/bin/git", "patch": "/usr/bin/patch", "make": "/usr/bin/make"},
		Compilers: []Compiler{{Spec: "gcc@12.2.0", Paths: map[string]string{"c": "/usr/bin/gcc", "cxx": "/usr/bin/g++", "fortran": "/usr/bin/gfortran"}}},
		MPIs:      []MPI{{Spec: "openmpi@4.1.4", Prefix: "/usr", Compiler: "gcc@12.2.0", Known: true, Fortran: true}},
	}
}

// patient reads testdata/patients/NAME.yaml over the healthy one. Lists replace lists.
func patient(t *testing.T, file string) *Patient {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := healthy()
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(p); err != nil && err != io.EOF {
		t.Fatalf("%s: %v", file, err)
	}
	return p
}

// TestPatients compares the findings on each patient with testdata/golden.
func TestPatients(t *testing.T) {
	files, err := filepath.Glob("testdata/patients/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d patients, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			findings := Examine(patient(t, file))
			if (len(findings) == 0) != (name == "healthy") {
				t.Errorf("%d findings", len(findings))
			}
			got := text(findings)
			golden := filepath.Join("testdata/golden", name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func text(findings []Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s: %s [%s]\n", f.Level, f.What, f.ID)
		for _, e := range f.Evidence {
			fmt.Fprintf(&b, "    %s\n", e)
		}
		fmt.Fprintf(&b, "  mend: %s\n", f.Mend)
	}
	return b.String()
}

// TestEveryFinding holds that each is whole, and that the fixtures have every one that the code can make.
func TestEveryFinding(t *testing.T) {
	files, _ := filepath.Glob("testdata/patients/*.yaml")
	seen := map[string]bool{}
	for _, file := range files {
		for _, f := range Examine(patient(t, file)) {
			seen[f.ID] = true
			if f.What == "" || f.Mend == "" || len(f.Evidence) == 0 || !slices.Contains(severity, f.Level) || strings.Contains(f.Mend, "\n") {
				t.Errorf("%s: %+v", file, f)
			}
		}
	}
	guide, err := os.ReadFile("../../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	for id := range seen {
		if !strings.Contains(string(guide), "`"+id+"`") && !strings.HasPrefix(id, "limit-") && !strings.HasPrefix(id, "variable-") {
			t.Errorf("docs/doctor.md does not tell of %s", id)
		}
	}
	sources, _ := filepath.Glob("*.go")
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		code, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(code), `Finding{"`)[1:] {
			id, rest, _ := strings.Cut(part, `"`)
			if !seen[id] && !strings.HasPrefix(rest, "+") && !strings.HasPrefix(strings.TrimSpace(rest), "+") {
				t.Errorf("%s: no patient has the finding %s", source, id)
			}
		}
	}
}
