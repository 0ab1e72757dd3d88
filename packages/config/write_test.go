package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

var gcc12 = packages.External{
	Spec: spec.MustParse("gcc@=12.2.0 languages:=c,c++"), Prefix: "/usr",
	Attributes: map[string]string{"compilers.c": "/usr/bin/gcc-12", "compilers.cxx": "/usr/bin/g++-12"},
}

var cmake325 = packages.External{Spec: spec.MustParse("cmake@=3.25.1"), Prefix: "/usr"}

const gcc12Block = `    - spec: "gcc@=12.2.0 languages:=c,c++"
      prefix: /usr
      extra_attributes:
        compilers:
          c: /usr/bin/gcc-12
          cxx: /usr/bin/g++-12
`

func TestAddExternals(t *testing.T) {
	for _, c := range []struct{ name, before, after string }{
		{"new file", "", "packages:\n  gcc:\n    externals:\n" + gcc12Block},
		{"only a comment", "# mine\n", "# mine\npackages:\n  gcc:\n    externals:\n" + gcc12Block},
		{"empty section", "packages: {} # none yet\n", "packages: # none yet\n  gcc:\n    externals:\n" + gcc12Block},
		{"another package", "packages:\n  # MPI\n  mpi:\n    buildable: false # ours\n\n# the end\n",
			"packages:\n  # MPI\n  mpi:\n    buildable: false # ours\n  gcc:\n    externals:\n" + gcc12Block + "\n# the end\n"},
		{"the package without externals", "packages:\n  gcc:\n    buildable: false\n  zlib:\n    buildable: true\n",
			"packages:\n  gcc:\n    buildable: false\n    externals:\n      - spec: \"gcc@=12.2.0 languages:=c,c++\"\n        prefix: /usr\n        extra_attributes:\n          compilers:\n            c: /usr/bin/gcc-12\n            cxx: /usr/bin/g++-12\n  zlib:\n    buildable: true\n"},
		{"a list that has others", "packages:\n  gcc:\n    externals:\n    - spec: gcc@11\n      prefix: /opt # old\n    # tail\n    buildable: false\n",
			"packages:\n  gcc:\n    externals:\n    - spec: gcc@11\n      prefix: /opt # old\n" + gcc12Block + "    # tail\n    buildable: false\n"},
		{"flow", "packages: {gcc: {externals: [{spec: gcc@11, prefix: /opt}]}} # end\n",
			"packages: {gcc: {externals: [{spec: gcc@11, prefix: /opt}, {spec: \"gcc@=12.2.0 languages:=c,c++\", prefix: /usr, extra_attributes: {compilers: {c: /usr/bin/gcc-12, cxx: /usr/bin/g++-12}}}]}} # end\n"},
		{"flow map of packages", "packages: {zlib: {buildable: false}}\n",
			"packages: {zlib: {buildable: false}, gcc: {externals: [{spec: \"gcc@=12.2.0 languages:=c,c++\", prefix: /usr, extra_attributes: {compilers: {c: /usr/bin/gcc-12, cxx: /usr/bin/g++-12}}}]}}\n"},
		{"flow values in a block", "packages:\n  gcc: {buildable: false}\n  zlib: {\n    buildable: true\n  }\n",
			"packages:\n  gcc: {buildable: false, externals: [{spec: \"gcc@=12.2.0 languages:=c,c++\", prefix: /usr, extra_attributes: {compilers: {c: /usr/bin/gcc-12, cxx: /usr/bin/g++-12}}}]}\n  zlib: {\n    buildable: true\n  }\n"},
		{"no newline at the end", "packages:\n  mpi:\n    buildable: false",
			"packages:\n  mpi:\n    buildable: false\n  gcc:\n    externals:\n" + gcc12Block[:len(gcc12Block)-1]},
		{"already there", "packages:\n  gcc:\n    externals:\n    - spec: gcc@12.2.0 languages:=c,c++\n      prefix: /usr\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, added, err := AddExternals("packages.yaml", []byte(c.before), []packages.External{gcc12})
			if err != nil {
				t.Fatal(err)
			}
			want := c.after
			if want == "" && c.before != "" {
				want = c.before
				if len(added) != 0 {
					t.Errorf("added %v", added)
				}
			}
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWriteExternalsTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "packages.yaml")
	for _, order := range [][]packages.External{{gcc12, cmake325}, {cmake325, gcc12}} {
		if _, err := WriteExternals(path, order); err != nil {
			t.Fatal(err)
		}
	}
	once, _ := os.ReadFile(path)
	other := filepath.Join(t.TempDir(), "packages.yaml")
	if _, err := WriteExternals(other, []packages.External{cmake325, gcc12}); err != nil {
		t.Fatal(err)
	}
	if twice, _ := os.ReadFile(other); string(once) != string(twice) {
		t.Errorf("the order of the finds shows:\n%s\n%s", once, twice)
	}
	s, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	got := Merge(s).Packages["gcc"].Externals[0]
	if diff := cmp.Diff(gcc12.Attributes, got.Attributes); diff != "" {
		t.Error(diff)
	}
}

// TestScalar holds that every text reads back as itself.
func TestScalar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("ab1.:,#'\"\\ {}[]&*!|>%@`~=+-\n\té"))).Draw(t, "text")
		x := packages.External{Spec: gcc12.Spec, Prefix: "/usr", Attributes: map[string]string{"a": text}}
		got, _, err := AddExternals("p.yaml", nil, []packages.External{x})
		if err != nil {
			t.Fatal(err)
		}
		s, err := Parse("p.yaml", got)
		if err != nil {
			t.Fatal(err)
		}
		if back := Merge(s).Packages["gcc"].Externals[0].Attributes["a"]; back != text {
			t.Fatalf("%q became %q in\n%s", text, back, got)
		}
	})
}

var placeText = regexp.MustCompile(`(?m) \([^()]*\)$`)

// FuzzAddExternals holds that adding an external changes nothing else that the file says, or leaves the file alone.
func FuzzAddExternals(f *testing.F) {
	f.Add("packages:\n  gcc:\n    externals:\n    - spec: gcc@11\n      prefix: /opt # old\n  # tail\n  zlib: {buildable: false}\n")
	f.Add("packages: {gcc: {externals: [{spec: gcc@11, prefix: '/o]pt'}]}} # end\n")
	f.Add("packages:\n  zlib:\n    require:\n    - |\n      @1.2\n\n# c\n")
	f.Add("packages:\n  gcc: # none\n  \"zlib\": {}")
	f.Fuzz(func(t *testing.T, text string) {
		before, err := Parse("p.yaml", []byte(text))
		if err != nil {
			return
		}
		got, added, err := AddExternals("p.yaml", []byte(text), []packages.External{gcc12})
		if err != nil {
			return
		}
		after, err := Parse("p.yaml", got)
		if err != nil {
			t.Fatal(err)
		}
		want, have := placeText.ReplaceAllString(show(Merge(before)), ""), placeText.ReplaceAllString(show(Merge(after)), "")
		if len(added) > 0 {
			own := placeText.ReplaceAllString(show(packages.Configuration{Packages: map[string]packages.PackageConfig{"gcc": {Externals: added}}}), "")
			have = strings.Replace(have, own, "", 1)
		}
		if want != have {
			t.Fatalf("%q became %q:\n%s\n%s", text, got, want, have)
		}
	})
}
