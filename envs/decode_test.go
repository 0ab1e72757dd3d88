package envs

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/packages"
)

// TestEnvVars holds that changes apply in the order in which they are written, as Spack does it.
func TestEnvVars(t *testing.T) {
	m, err := ParseManifest("env.yaml", []byte(`berth: 1
env_vars:
  unset: [CC]
  prepend_path: {PATH: /a}
  set: {CC: gcc, V: 1.10}
  append_path: {PATH: /z}
  remove_path: {PATH: /x}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []packages.EnvMod{
		{Op: packages.EnvUnset, Name: "CC"},
		{Op: packages.EnvPrepend, Name: "PATH", Value: "/a"},
		{Op: packages.EnvSet, Name: "CC", Value: "gcc"},
		{Op: packages.EnvSet, Name: "V", Value: "1.10"},
		{Op: packages.EnvAppend, Name: "PATH", Value: "/z"},
		{Op: packages.EnvRemove, Name: "PATH", Value: "/x"},
	}
	if diff := cmp.Diff(want, m.EnvVars); diff != "" {
		t.Error(diff)
	}
	got := packages.ApplyEnv([]string{"PATH=/x:/usr/bin", "CC=icc"}, m.EnvVars)
	if text := strings.Join(got, " "); !strings.Contains(text, "PATH=/a:/usr/bin:/z") || !strings.Contains(text, "CC=gcc") {
		t.Error(text)
	}
}

// TestOtherFiles: what is no env.yaml of this berth is told as what it is.
func TestOtherFiles(t *testing.T) {
	for text, want := range map[string]string{
		"spack:\n  specs: [zlib]\n":                                           "env.yaml:1:1: this is an environment of Spack (`berth env import` makes an env.yaml of it)",
		"berth: 2\nspecs: [zlib]\n":                                           "env.yaml:1:8: this is written for version 2 of env.yaml, and this berth knows version 1 (get a newer berth)",
		"berth: 1\nspecs:\n- matrix: [[zlib]]\n":                              "env.yaml:3:3: a matrix is no spec (write the specs out; `berth env import` expands the matrices of a spack.yaml)",
		"berth: 1\nsystems: {a: {target: zen33}}\n":                           `env.yaml:2:23: unknown target "zen33" (did you mean "zen3"?)`,
		"berth: 1\nsystems: {a: {target: native}}\n":                          "",
		"berth: 1\nspecs:\n- a\n<<<<<<< HEAD\n- b\n=======\n- c\n>>>>>>> x\n": "env.yaml:4:1: a merge left two versions of what follows (keep what is right of both, and take out the lines that begin with <<<<<<<, ======= and >>>>>>>)",
	} {
		_, err := ParseManifest("env.yaml", []byte(text))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestDecodeView(t *testing.T) {
	tests := []struct {
		text string
		want string // path link link_type on_conflict select exclude; "" is none; an error begins with "env.yaml"
	}{
		{"", ""},
		{"view:", ""},
		{"view: false", ""},
		{"view: true", ".berth/view all symlink error [] []"},
		{"view: ~/views/a b", "~/views/a b all symlink error [] []"},
		{"view: {}", ".berth/view all symlink error [] []"},
		{"view: {root: /v, link: run, link_type: hardlink, on_conflict: first, select: ['%gcc', a], exclude: b@1}", "/v run hardlink first [%gcc a] [b@1]"},
		{"view: ''", "env.yaml:2:7: a view needs a path"},
		{"view: [a]", "env.yaml:2:7: expected"},
		{"view: {path: a, root: b}", `env.yaml:2:17: keys "path" and "root" exclude each other`},
		{"view: {link: hardlink}", "env.yaml:2:14: link says which packages"},
		{"view: {link_type: soft}", `env.yaml:2:19: "soft" is none of symlink, hardlink, copy`},
		{"view: {exclude: ['a@@1']}", "env.yaml:2:"},
	}
	for _, tt := range tests {
		m, err := ParseManifest("env.yaml", []byte("berth: 1\n"+tt.text+"\n"))
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		case m.View != nil:
			v := m.View
			got = strings.Join([]string{v.Path, v.Link, string(v.Kind), string(v.OnConflict), list(v.Select), list(v.Exclude)}, " ")
		}
		if got != tt.want && !(strings.HasPrefix(tt.want, "env.yaml") && strings.HasPrefix(got, tt.want)) {
			t.Errorf("%s: got %q, want %q", tt.text, got, tt.want)
		}
	}
}

func list[T interface{ String() string }](specs []T) string {
	var texts []string
	for _, s := range specs {
		texts = append(texts, s.String())
	}
	return "[" + strings.Join(texts, " ") + "]"
}

// TestViewIsNotLocked holds that no kind of view makes a lock stale.
func TestViewIsNotLocked(t *testing.T) {
	lock := &Lock{Systems: map[string]*LockedSystem{DefaultSystem: {Request: LockedRequest{Unify: "true", Packages: digest(nil)}}}}
	for _, text := range []string{"", "view: true", "view: {path: a, link_type: copy, exclude: [b]}"} {
		m, err := ParseManifest("env.yaml", []byte("berth: 1\n"+text+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		system, err := m.System("")
		if err != nil {
			t.Fatal(err)
		}
		if drifts := staleRequest(m, system, lock); len(drifts) > 0 {
			t.Errorf("%q: %v", text, drifts)
		}
	}
}

// FuzzParseManifest holds that no text makes the reader fall over, and that what is wrong is said with its place.
func FuzzParseManifest(f *testing.F) {
	for _, text := range []string{
		"berth: 1\nspecs: [a@1 +b, c]\nrepos: [builtin, {dir: x}]\nview: {path: v, select: [a], link: run, on_conflict: first}\n",
		"berth: 1\nenv_vars: {set: {A: b}, unset: [C], prepend_path: {PATH: /x}}\nview: true\n",
		"berth: 1\npackages: {all: {require: '@1'}}\nconcretizer: {unify: true, reuse: false}\nsystems: {cpu: {target: zen3, specs: [a]}}\n",
		"berth: 1\nenv_vars: {unset: , set: [a]}\nview: [a]\n",
		"berth: 1\nenv_vars: [a]\nview: {select: {a: b}, exclude: 1, path: [x], link: {}}\n",
		"berth: 1\nview: &v {path: *v}\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseManifest("env.yaml", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "env.yaml:") {
				t.Errorf("an error without a place: %v", err)
			}
			return
		}
		if m.View != nil && m.View.Path == "" {
			t.Error("a view without a path")
		}
	})
}
