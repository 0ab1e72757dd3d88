package spec

import (
	"errors"
	"testing"
	"unicode/utf8"
)

func FuzzParseVersions(f *testing.F) {
	for _, text := range []string{"1.2", "=1.2:", "1.2:1.4,=1.6", ":", "git.a/b=1.2", "1.2rc1:main", "0123456789012345678901234567890123456789=1", "9999999999999999999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		set, err := ParseVersions(text)
		if err != nil {
			checkError(t, text, err)
			return
		}
		again, err := ParseVersions(set.String())
		if err != nil || !again.Equal(set) || again.String() != set.String() {
			t.Errorf("%q prints as %q, which reads back as %q, %v", text, set, again, err)
		}
		if union := set.Union(again); !set.SubsetOf(again) || union.String() != set.String() {
			t.Errorf("%q is not a subset of itself, or its union with itself is %s", set, union)
		}
	})
}

func FuzzParseAll(f *testing.F) {
	for _, text := range readLines(f, "testdata/specs.txt")[:50] {
		f.Add(text)
	}
	f.Add(`a.b@1.2:,=3+x~~y z:==w cflags="-O3 \"g\"" arch=linux-o-zen3: /abc %%[virtuals=c when='+x' deptypes=all] gcc ^mpi=openmpi zlib /d *+x`)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseAll(text)
		if err != nil {
			checkError(t, text, err)
			return
		}
		for _, s := range list {
			again, err := Parse(s.String())
			if err != nil || again.String() != s.String() {
				t.Errorf("%q prints as %q, which reads back as %q, %v", text, s, again, err)
			}
			if meet, err := s.Constrain(s); !s.Satisfies(s) || err != nil || meet.String() != s.String() {
				t.Errorf("%q does not satisfy itself, or constrained by itself is %s, %v", s, meet, err)
			}
		}
	})
}

// checkError: an error must point into the text.
func checkError(t *testing.T, text string, err error) {
	t.Helper()
	var p *ParseError
	if !errors.As(err, &p) || p.Text != text || p.Offset < 0 || p.Offset > len(text) || p.Length < 1 || p.Message == "" {
		t.Errorf("%q gives %#v", text, err)
	}
	if utf8.ValidString(text) && (p.Caret() == "" || p.Error() == "") {
		t.Errorf("%q gives an error that does not print", text)
	}
}
