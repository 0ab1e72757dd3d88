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

func FuzzRelations(f *testing.F) {
	f.Add("x@1.2:+a v=a,b cflags=-O3 target=zen2: ^[when=+a] y %c=gcc", "x@:1.4 v:=a,b ^[when=^y] y ^y@2 %c,cxx=gcc@13")
	f.Add("x++a v==a,b cflags=-g cflags==-O3 ^y a=* %%gcc", "x+a v=b ^y~~b %z cflags==-g %%[when=+a] gcc@13")
	f.Add("x/ab %%gcc os=a ^[deptypes=link when='^[when=+b] z'] z", "namespace=b /abc platform=linux ^z")
	f.Fuzz(func(t *testing.T, textA, textB string) {
		a, err := Parse(textA)
		if err != nil {
			return
		}
		b, err := Parse(textB)
		if err != nil {
			return
		}
		meet, err := a.Constrain(b)
		if (err == nil) != a.Intersects(b) || (err == nil) != b.Intersects(a) {
			t.Errorf("%q and %q: %v", a, b, err)
		}
		if a.Satisfies(b) && a.Versions.Intersects(b.Versions) && err != nil {
			t.Errorf("%q satisfies %q, but %v", a, b, err)
		}
		if err != nil {
			return
		}
		if !meet.Satisfies(a) || !meet.Satisfies(b) {
			t.Errorf("%q does not satisfy %q and %q, which it was made of", meet, a, b)
		}
		if again, err := Parse(meet.String()); err != nil || !again.Equal(meet) {
			t.Errorf("%q reads back as %q, %v", meet, again, err)
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

func FuzzExpand(f *testing.F) {
	for _, text := range []string{"x %mixed ^y %new", "x %%both %c=gcc", "%[when=+a] both ^y %[when=%new] z", "x ++a %mixed@1", "x %new %new ^new"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		before := s.String()
		got, err := testToolchains.Expand(s)
		if s.String() != before {
			t.Errorf("%q was changed to %q", before, s)
		}
		if err != nil {
			return
		}
		if testToolchains.usedIn(got) {
			t.Errorf("%q expands to %q, which has toolchains", s, got)
		}
		if again, err := Parse(got.String()); err != nil || !again.Equal(got) {
			t.Errorf("%q expands to %q, which reads back as %q, %v", s, got, again, err)
		}
	})
}
