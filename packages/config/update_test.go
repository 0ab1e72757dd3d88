package config

import (
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

// FuzzUpdate holds that an update leaves a file that reads and holds what was found, or leaves it alone, and that it comes to an end.
func FuzzUpdate(f *testing.F) {
	for _, seed := range []string{
		"packages:\n  cmake:\n    externals:\n    - {spec: cmake@3.18, prefix: /usr}\n", "packages: {cmake: {externals: [{spec: cmake@3.18, prefix: /usr}]}}",
		"packages:\n  cmake:\n    externals:\n    # a\n    - spec: cmake@3.18 # b\n      prefix: /usr\n    - spec: cmake@3.25\n      prefix: /usr\n  zlib:\n",
		"packages:\n  cmake: {}\n", "", "packages:\n  cmake:\n    buildable: true\n",
	} {
		f.Add(seed)
	}
	update := Update{Add: []packages.External{found("cmake@=3.25", "/usr")}, Replace: true, NotBuildable: true}
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
