package layering

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestBerthKeepsItsLayers(t *testing.T) {
	imports, err := Imports("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(imports) == 0 {
		t.Fatal("found no import at all: the check looks at the wrong directory")
	}
	for _, v := range Berth.Check(imports) {
		t.Error(v)
	}
}

// TestTableNamesEveryTopLevelPackage keeps a row from being forgotten when its package imports nothing of ours yet.
func TestTableNamesEveryTopLevelPackage(t *testing.T) {
	imports, err := Imports("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, imp := range imports {
		if Berth.rule(imp.Package) == nil {
			t.Errorf("%s: package %s has no row in test/layering/table.go", imp.File, imp.Package)
		}
	}
}

func TestCheck(t *testing.T) {
	table := Table{
		Module: "m",
		Rules: []Rule{
			{Package: "spec"},
			{Package: "spec/dag", Imports: []string{"spec"}},
			{Package: "solve", Imports: []string{"spec/..."}, Tests: []string{"repo"}},
			{Package: "repo", Imports: []string{"spec"}},
		},
		Reserves: []Reserve{
			{Import: "sat/...", For: []string{"solve/internal/sat"}},
			{Import: "sql", For: []string{"repo/..."}, Alone: true},
		},
	}
	// A line of a case is "file imports path"; a violation is written as the file, the import and part of the reason.
	cases := []struct {
		name    string
		imports string
		want    []string
	}{
		{"downwards", "solve/a.go m/spec; solve/a.go m/spec/dag; spec/dag/d.go m/spec", nil},
		{"outside is free", "spec/a.go fmt; spec/a.go example.com/x", nil},
		{"same row", "solve/a.go m/solve/internal/sat; solve/internal/sat/s.go m/solve/lits", nil},
		{"upwards", "spec/a.go m/solve", []string{"spec/a.go m/solve spec may import nothing of ours"}},
		{"sub-package with its own row", "spec/a.go m/spec/dag", []string{"spec/a.go m/spec/dag spec may import nothing of ours"}},
		{"exact is not the subtree", "repo/a.go m/spec/dag", []string{"repo/a.go m/spec/dag repo may import only spec of ours"}},
		{"name that only begins alike", "repo/a.go m/spectrum", []string{"repo/a.go m/spectrum repo may import only spec of ours"}},
		{"sub-package inherits its parent's row", "repo/yaml/y.go m/solve", []string{"repo/yaml/y.go m/solve repo may import only spec of ours"}},
		{"tests may more", "solve/a_test.go m/repo", nil},
		{"tests only", "solve/a.go m/repo", []string{"solve/a.go m/repo solve may import only spec/... of ours"}},
		{"no row", "extra/e.go m/spec", []string{"extra/e.go m/spec extra has no row in the table"}},
		{"reserved", "solve/a.go sat/z; solve/internal/sat/s.go sat", []string{"solve/a.go sat/z only solve/internal/sat may know it"}},
		{"reserved for tests too", "spec/a_test.go sat", []string{"spec/a_test.go sat only solve/internal/sat may know it"}},
		{"alone", "repo/a/a.go sql; repo/b/b.go sql; repo/b/b_test.go sql",
			[]string{"repo/b/b.go sql one package alone may know it, and repo/a does"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := table.Check(parseImports(c.imports))
			if len(got) != len(c.want) {
				t.Fatalf("got %d violations %v, want %d", len(got), got, len(c.want))
			}
			for i, want := range c.want {
				file, rest, _ := strings.Cut(want, " ")
				path, why, _ := strings.Cut(rest, " ")
				if got[i].File != file || got[i].Path != path || !strings.Contains(got[i].Why, why) {
					t.Errorf("got  %v\nwant %s", got[i], want)
				}
			}
		})
	}
}

func parseImports(text string) []Import {
	var imports []Import
	for line := range strings.SplitSeq(text, "; ") {
		file, path, _ := strings.Cut(line, " ")
		imports = append(imports, Import{
			Package: filepath.Dir(file), File: file, Line: 3, Path: path, Test: strings.HasSuffix(file, "_test.go"),
		})
	}
	return imports
}

func TestImportsReadsEveryFileOfTheModule(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module m\n")
	write("a/a.go", "package a\n\nimport (\n\t\"fmt\"\n\n\tx \"m/b\"\n)\n")
	write("a/tagged.go", "//go:build never\n\npackage a\n\nimport _ \"m/c\"\n")
	write("a/a_test.go", "package a_test\n\nimport \"testing\"\n")
	write("a/testdata/t.go", "package t\n\nimport \"m/d\"\n")
	write("a/_old/o.go", "package o\n\nimport \"m/d\"\n")
	write("tools/go.mod", "module tools\n")
	write("tools/t.go", "package t\n\nimport \"m/d\"\n")

	got, err := Imports(root)
	if err != nil {
		t.Fatal(err)
	}
	want := []Import{
		{Package: "a", File: "a/a.go", Line: 4, Path: "fmt"},
		{Package: "a", File: "a/a.go", Line: 6, Path: "m/b"},
		{Package: "a", File: "a/a_test.go", Line: 3, Path: "testing", Test: true},
		{Package: "a", File: "a/tagged.go", Line: 5, Path: "m/c"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestViolationNamesFileAndImport(t *testing.T) {
	v := Violation{
		Import: Import{Package: "concretizer", File: "concretizer/encode.go", Line: 12, Path: "m/install"},
		Why:    "concretizer may import only spec of ours",
	}
	const want = "concretizer/encode.go:12: package concretizer imports m/install: concretizer may import only spec of ours"
	if v.String() != want {
		t.Errorf("got  %s\nwant %s", v, want)
	}
}
