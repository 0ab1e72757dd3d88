package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

func found(text, prefix string) packages.External {
	s, err := spec.Parse(text)
	if err != nil {
		panic(err)
	}
	return packages.External{Spec: s, Prefix: prefix}
}

// TestUpdate holds that entries are replaced and packages marked with nothing else touched, in every layout that people write.
func TestUpdate(t *testing.T) {
	for _, test := range []struct {
		name, before string
		update       Update
		want         string
	}{
		{
			"another version in the same place", `packages:
  cmake: # ours
    externals:
    # the system's
    - spec: cmake@3.18
      prefix: /usr
    - spec: cmake@3.31 # newer
      prefix: /opt/cmake
`,
			Update{Add: []packages.External{found("cmake@=3.25", "/usr")}, Replace: true}, `packages:
  cmake: # ours
    externals:
    # the system's
    - spec: cmake@=3.25
      prefix: /usr
    - spec: cmake@3.31 # newer
      prefix: /opt/cmake
`,
		},
		{
			"the only entry", "packages:\n  cmake:\n    externals:\n    - {spec: cmake@3.18, prefix: /usr}\n  zlib:\n    require: '@1'\n",
			Update{Add: []packages.External{found("cmake@=3.25", "/usr")}, Replace: true},
			"packages:\n  cmake:\n    externals:\n    - spec: cmake@=3.25\n      prefix: /usr\n  zlib:\n    require: '@1'\n",
		},
		{
			"in brackets", "packages: {cmake: {externals: [{spec: cmake@3.18, prefix: /usr}, {spec: cmake@3.31, prefix: /opt}]}}\n",
			Update{Add: []packages.External{found("cmake@=3.25", "/usr"), found("cmake@=3.32", "/opt")}, Replace: true},
			"packages: {cmake: {externals: [{spec: cmake@=3.25, prefix: /usr}, {spec: cmake@=3.32, prefix: /opt}]}}\n",
		},
		{
			"what was found stands there already", "packages:\n  cmake:\n    externals:\n    - {spec: cmake@3.18, prefix: /usr}\n    - {spec: cmake@3.25, prefix: /usr}\n",
			Update{Add: []packages.External{found("cmake@=3.25", "/usr")}, Replace: true},
			"packages:\n  cmake:\n    externals:\n    - {spec: cmake@3.25, prefix: /usr}\n",
		},
		{
			"in brackets, there already", "packages: {cmake: {externals: [{spec: cmake@3.25, prefix: /usr}, {spec: cmake@3.18, prefix: /usr}]}}\n",
			Update{Add: []packages.External{found("cmake@=3.25", "/usr")}, Replace: true},
			"packages: {cmake: {externals: [{spec: cmake@3.25, prefix: /usr}]}}\n",
		},
		{
			"kept without replace", "packages:\n  cmake:\n    externals:\n    - {spec: cmake@3.18, prefix: /usr}\n",
			Update{Add: []packages.External{found("cmake@=3.25", "/usr")}},
			"packages:\n  cmake:\n    externals:\n    - {spec: cmake@3.18, prefix: /usr}\n    - spec: cmake@=3.25\n      prefix: /usr\n",
		},
		{
			"the same is left alone", "packages:\n  cmake:\n    externals:\n    - {spec: cmake@3.25, prefix: /usr} # 1\n",
			Update{Add: []packages.External{found("cmake@=3.25", "/usr")}, Replace: true},
			"packages:\n  cmake:\n    externals:\n    - {spec: cmake@3.25, prefix: /usr} # 1\n",
		},
		{
			"not buildable", "packages:\n  zlib: {require: '@1'}\n  cmake:\n    # may be built\n    buildable: true\n",
			Update{Add: []packages.External{found("cmake@=3.25", "/usr"), found("zlib@=1.3", "/usr"), found("ninja@=1.11", "/usr")}, NotBuildable: true},
			`packages:
  zlib: {require: '@1', externals: [{spec: zlib@=1.3, prefix: /usr}], buildable: false}
  cmake:
    # may be built
    buildable: true
    externals:
      - spec: cmake@=3.25
        prefix: /usr
  ninja:
    buildable: false
    externals:
    - spec: ninja@=1.11
      prefix: /usr
`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, done, err := test.update.apply("packages.yaml", []byte(test.before))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			again, redone, err := test.update.apply("packages.yaml", got)
			if err != nil || string(again) != string(got) || len(redone.Added)+len(redone.Replaced)+len(redone.NotBuildable) > 0 {
				t.Errorf("once more: %v, %+v after %+v\n%s", err, redone, done, again)
			}
		})
	}
}

// goneIn takes for gone what stands below a directory.
func goneIn(dir string) func(packages.External) bool {
	return func(x packages.External) bool {
		return strings.HasPrefix(x.Prefix, dir) || strings.HasPrefix(x.Attributes["executable"], dir)
	}
}

// TestGone holds that entries whose files are gone are taken out with nothing else touched, and only where that is safe.
func TestGone(t *testing.T) {
	openmpi := found("openmpi@=4.1", "/usr")
	openmpi.Dependencies = []packages.ExternalDependency{{Spec: found("gcc@=12", "/usr").Spec, Types: spec.Build, Virtuals: []string{"c"}}}
	moved := found("cmake@=3.25", "/usr")
	moved.Attributes = map[string]string{"executable": "/usr/bin/cmake3"}
	for _, test := range []struct {
		name, before  string
		found         []packages.External
		unsure        string
		want          string
		removed, kept int
		byHand        int
	}{
		{
			name:   "one of two, and a comment",
			before: "packages:\n  gcc: # ours\n    externals:\n    - spec: gcc@11 # old\n      prefix: /gone/gcc\n    # new\n    - spec: gcc@12\n      prefix: /usr\n  zlib: {require: '@1'}\n",
			want:   "packages:\n  gcc: # ours\n    externals:\n    # new\n    - spec: gcc@12\n      prefix: /usr\n  zlib: {require: '@1'}\n", removed: 1,
		},
		{
			name:   "the only one, of what can be found no more",
			before: "packages:\n  openssl:\n    buildable: false\n    externals:\n    - {spec: openssl@1.1, prefix: /gone/ssl}\n",
			want:   "packages:\n  openssl:\n    buildable: false\n    externals:\n", removed: 1,
		},
		{
			name:   "in brackets",
			before: "packages: {openssl: {externals: [{spec: openssl@1.1, prefix: /gone/ssl}]}, zlib: {externals: [{spec: zlib@1, prefix: /gone/z}, {spec: zlib@2, prefix: /usr}]}}\n",
			want:   "packages: {openssl: {externals: []}, zlib: {externals: [{spec: zlib@2, prefix: /usr}]}}\n", removed: 2,
		},
		{
			name: "another has its place", found: []packages.External{found("gcc@=13", "/gone/gcc")},
			before: "packages:\n  gcc:\n    externals:\n    - {spec: gcc@11, prefix: /gone/gcc}\n    - {spec: gcc@10, prefix: /gone/older}\n",
			want:   "packages:\n  gcc:\n    externals:\n    - spec: gcc@=13\n      prefix: /gone/gcc\n", removed: 1,
		},
		{
			name: "found again, under another name", found: []packages.External{moved},
			before: "packages:\n  cmake:\n    externals:\n    - spec: cmake@3.25\n      prefix: /usr\n      extra_attributes: {executable: /gone/bin/cmake}\n",
			want:   "packages:\n  cmake:\n    externals:\n    - spec: cmake@=3.25\n      prefix: /usr\n      extra_attributes:\n        executable: /usr/bin/cmake3\n",
		},
		{
			name: "built with another compiler now", found: []packages.External{openmpi},
			before: "packages:\n  openmpi:\n    externals:\n    - spec: openmpi@4.1\n      prefix: /usr\n      dependencies:\n      - {spec: gcc@11, deptypes: [build], virtuals: [c]}\n",
			want:   "packages:\n  openmpi:\n    externals:\n    - spec: openmpi@=4.1\n      prefix: /usr\n      dependencies:\n      - {spec: gcc@=12, deptypes: [build], virtuals: [c]}\n",
		},
		{
			name:   "another was built with it, and says so by its id",
			before: "packages:\n  gcc:\n    externals:\n    - {spec: gcc@11, prefix: /gone/gcc, id: old}\n  mpich:\n    externals:\n    - {spec: mpich@4, prefix: /opt/mpich, dependencies: [{id: old, deptypes: [build], virtuals: [c]}]}\n",
			want:   "packages:\n  gcc:\n    externals:\n    - {spec: gcc@11, prefix: /gone/gcc, id: old}\n  mpich:\n    externals:\n    - {spec: mpich@4, prefix: /opt/mpich, dependencies: [{id: old, deptypes: [build], virtuals: [c]}]}\n", kept: 1,
		},
		{
			name:   "that one is gone, too",
			before: "packages:\n  gcc:\n    externals:\n    - {spec: gcc@11, prefix: /gone/gcc, id: old}\n  mpich:\n    externals:\n    - {spec: mpich@4, prefix: /gone/mpich, dependencies: [{id: old, deptypes: [build], virtuals: [c]}]}\n",
			want:   "packages:\n  gcc:\n    externals:\n  mpich:\n    externals:\n", removed: 2,
		},
		{
			name: "not all of it answered", unsure: "gcc",
			found:  []packages.External{found("gcc@=13", "/usr")},
			before: "packages:\n  gcc:\n    externals:\n    - {spec: gcc@11, prefix: /gone/gcc}\n    - {spec: gcc@12, prefix: /usr}\n",
			want:   "packages:\n  gcc:\n    externals:\n    - {spec: gcc@11, prefix: /gone/gcc}\n    - {spec: gcc@12, prefix: /usr}\n    - spec: gcc@=13\n      prefix: /usr\n",
		},
		{
			name: "in the form of old files", byHand: 1,
			before: "packages:\n  gcc:\n    paths: {gcc@4: /gone/gcc}\n    externals:\n    - {spec: gcc@11, prefix: /gone/11}\n    - {spec: gcc@12, prefix: /usr}\n",
			want:   "packages:\n  gcc:\n    paths: {gcc@4: /gone/gcc}\n    externals:\n    - {spec: gcc@12, prefix: /usr}\n", removed: 1,
		},
		{
			name:   "modules may bring it",
			before: "packages:\n  gcc:\n    externals:\n    - {spec: gcc@11, prefix: /gone/gcc, modules: [gcc/11]}\n",
			want:   "packages:\n  gcc:\n    externals:\n    - {spec: gcc@11, prefix: /gone/gcc, modules: [gcc/11]}\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			inFound := func(x packages.External) bool { // what was found is there, whatever its name
				return slices.ContainsFunc(test.found, func(o packages.External) bool { return sameEntry(o, x) })
			}
			gone := goneIn("/gone")
			u := Update{Add: test.found, Replace: true, Unsure: func(name string) bool { return name == test.unsure },
				Gone: func(x packages.External) bool { return gone(x) && !inFound(x) }}
			got, done, err := u.apply("packages.yaml", []byte(test.before))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != test.want || len(done.Removed) != test.removed || len(done.Needed) != test.kept || len(done.ByHand) != test.byHand {
				t.Errorf("%+v, got\n%s\nwant\n%s", done, got, test.want)
			}
			if again, _, err := u.apply("packages.yaml", got); err != nil || string(again) != string(got) {
				t.Errorf("once more: %v\n%s", err, again)
			}
		})
	}
}

// Lines that end otherwise are not where berth looks for them: such a file is left to people, and told of with its line.
func TestOtherLineEnds(t *testing.T) {
	x := []packages.External{found("cmake@=3.25", "/usr")}
	for _, text := range []string{"packages:\r cmake: {}", "packages:\n  zlib: {}  # \u2028\n  cmake: {}\n", "packages: {}\r"} {
		if _, _, err := AddExternals("p.yaml", []byte(text), x); err == nil || !strings.Contains(err.Error(), "p.yaml:") {
			t.Errorf("%q: %v", text, err)
		}
		if _, _, err := (Update{Add: x, Replace: true}).apply("p.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "p.yaml:") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if got, _, err := AddExternals("p.yaml", []byte("packages:\r\n  cmake: {}\r\n"), x); err != nil || !strings.Contains(string(got), "cmake@=3.25") {
		t.Errorf("lines that end with both: %v\n%q", err, got)
	}
	path := filepath.Join(t.TempDir(), "upstreams.yaml")
	if err := os.WriteFile(path, []byte("upstreams:\r  a: {install_tree: /a}\r"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := AddUpstream(path, "b", "/b", false); err == nil || !strings.Contains(err.Error(), path+":1: a line ends with another character") {
		t.Errorf("upstreams.yaml: %v", err)
	}
}

// FuzzUpdate holds that an update leaves a file that reads and holds what was found, or leaves it alone, and that it comes to an end.
func FuzzUpdate(f *testing.F) {
	for _, seed := range []string{
		"packages:\n  cmake:\n    externals:\n    - {spec: cmake@3.18, prefix: /usr}\n", "packages: {cmake: {externals: [{spec: cmake@3.18, prefix: /usr}]}}",
		"packages:\n  cmake:\n    externals:\n    # a\n    - spec: cmake@3.18 # b\n      prefix: /usr\n    - spec: cmake@3.25\n      prefix: /usr\n  zlib:\n",
		"packages:\n  a: {externals: [{spec: a@1, prefix: /gone, id: x}]}\n  cmake:\n    externals:\n    - {spec: cmake@2, prefix: /gone, dependencies: [{id: x}]}\n    - spec: cmake@3\n      prefix: /gone/2\n",
		"packages:\n  cmake: {}\n", "", "packages:\n  cmake:\n    buildable: true\n",
	} {
		f.Add(seed)
	}
	update := Update{Add: []packages.External{found("cmake@=3.25", "/usr")}, Replace: true, Gone: goneIn("/gone"), NotBuildable: true}
	f.Fuzz(func(t *testing.T, text string) {
		got, _, err := update.apply("p.yaml", []byte(text))
		if err != nil {
			return
		}
		scope, err := Parse("p.yaml", got)
		if err != nil {
			t.Fatalf("%v\n%s", err, got)
		}
		if !scope.has(update.Add[0]) {
			t.Errorf("it lacks what was found:\n%s", got)
		}
	})
}
