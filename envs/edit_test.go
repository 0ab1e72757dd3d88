package envs

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var specsEdit = listEdit{file: "env.yaml", key: "specs"}

func TestAddSpec(t *testing.T) {
	tests := []struct{ name, in, spec, want string }{
		{"empty file", "", "zlib", "specs:\n- zlib\n"},
		{"no specs yet", "berth: 1\n", "zlib", "berth: 1\nspecs:\n- zlib\n"},
		{"no newline at the end", "berth: 1\nspecs:\n- a", "zlib", "berth: 1\nspecs:\n- a\n- zlib\n"},
		{"comments and order stay", "# mine\nspecs: # what I need\n- b  # first\n# then\n- a\n\n# the rest\nview: v\n", "zlib",
			"# mine\nspecs: # what I need\n- b  # first\n# then\n- a\n- zlib\n\n# the rest\nview: v\n"},
		{"indented list", "specs:\n  - a\nview: v\n", "zlib", "specs:\n  - a\n  - zlib\nview: v\n"},
		{"item over two lines", "specs:\n- a\n  +mpi\nview: v\n", "zlib", "specs:\n- a\n  +mpi\n- zlib\nview: v\n"},
		{"empty list", "specs: [] # none\nview: v\n", "zlib", "specs: # none\n- zlib\nview: v\n"},
		{"empty value", "specs:\nview: v\n", "zlib", "specs:\n- zlib\nview: v\n"},
		{"brackets", "specs: [a, \"b@1,2\"] # x\n", "zlib", "specs: [a, \"b@1,2\", zlib] # x\n"},
		{"brackets and a comma", "specs: [a]\n", "b@1,2", "specs: [a, 'b@1,2']\n"},
		{"must be quoted", "specs:\n- a\n", "%gcc # 1", "specs:\n- a\n- '%gcc # 1'\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := specsEdit.add([]byte(tt.in), tt.spec)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestRemoveSpec(t *testing.T) {
	tests := []struct {
		name, in string
		i        int
		want     string
	}{
		{"first", "specs:\n- a # x\n- b\n", 0, "specs:\n- b\n"},
		{"last of all", "specs: # s\n- a\nview: v\n", 0, "specs: [] # s\nview: v\n"},
		{"over two lines", "specs:\n- a\n  +mpi\n- b\n", 0, "specs:\n- b\n"},
		{"brackets, first", "specs: [a, b]\n", 0, "specs: [b]\n"},
		{"brackets, last", "specs: [a, b]\n", 1, "specs: [a]\n"},
		{"brackets, only", "specs: [a]\n", 0, "specs: []\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := specsEdit.removeAt([]byte(tt.in), tt.i)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestEditRefuses(t *testing.T) {
	for _, in := range []string{"- a\n- b\n", "a: [", "specs:\n\t- a\n"} {
		if out, err := specsEdit.add([]byte(in), "zlib"); err == nil {
			t.Errorf("%q was edited to %q", in, out)
		}
	}
}

// TestAddThenRemove holds that taking out what was put in gives the old text back.
func TestAddThenRemove(t *testing.T) {
	line := rapid.SampledFrom([]string{"- a\n", "- b@1.2 # why\n", "# note\n", "\n", "- 'c +x'\n", "- d\n  +mpi\n"})
	rapid.Check(t, func(t *rapid.T) {
		list := strings.Join(rapid.SliceOfN(line, 1, 6).Draw(t, "list"), "")
		tail := rapid.SampledFrom([]string{"", "view: v\n", "# end\n"}).Draw(t, "tail")
		text := "berth: 1\nspecs:\n- first\n" + list + tail
		before, err := specsEdit.values([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		added, err := specsEdit.add([]byte(text), "zlib@1.3 +pic")
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		removed, err := specsEdit.removeAt(added, len(before))
		if err != nil {
			t.Fatalf("%q: %v", added, err)
		}
		if string(removed) != text {
			t.Fatalf("%q\nbecame %q", text, removed)
		}
	})
}

// Where lines end otherwise than with line feeds, nothing is where it is looked for: the file is refused with its line.
func TestEditOtherLineEnds(t *testing.T) {
	for _, text := range []string{"berth: 1\rspecs: [zlib]\rview: v\r", "berth: 1\rspecs:\r- zlib\r", "berth: 1\nspecs: # \u2028\n- zlib\n"} {
		if _, err := specsEdit.add([]byte(text), "bzip2"); err == nil || !strings.Contains(err.Error(), "env.yaml:") {
			t.Errorf("add to %q: %v", text, err)
		}
		if _, err := specsEdit.removeAt([]byte(text), 0); err == nil || !strings.Contains(err.Error(), "line feed") {
			t.Errorf("remove from %q: %v", text, err)
		}
	}
}

// FuzzListEdit holds that whatever people wrote, an edit gives a file that says what it is to say, or an error.
func FuzzListEdit(f *testing.F) {
	for _, seed := range []string{
		"", "berth: 1\nspecs:\n- zlib # first\n\n- hdf5\nview: v\n", "specs: [zlib, 'hdf5 +mpi']\n", "specs: []\n", "specs:\n", "{specs: [a]}", "specs:\n- >\n  a\n  b\n- \"x\n  y\"\n",
		"specs: &x [a]\nother: *x\n", "é: [ü]\nspecs: [é,\n  b]\n", "---\nspecs:\n  - a\n...\n", "specs:\r\n- a\r\n", "? specs\n: - a\n",
	} {
		f.Add(seed, "bzip2 +shared", 0)
	}
	f.Fuzz(func(t *testing.T, text, value string, i int) {
		if before, err := specsEdit.values([]byte(text)); err == nil && i >= 0 && i < len(before) {
			if out, err := specsEdit.removeAt([]byte(text), i); err == nil {
				if left, err := specsEdit.values(out); err != nil || len(left) != len(before)-1 {
					t.Errorf("of %q, without %d, is left %q: %v", before, i, left, err)
				}
			}
		}
		if out, err := specsEdit.add([]byte(text), value); err == nil {
			if now, err := specsEdit.values(out); err != nil || len(now) == 0 || now[len(now)-1] != value {
				t.Errorf("%q is not the last of %q: %v", value, now, err)
			}
		}
	})
}
