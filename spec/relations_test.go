package spec

import (
	"errors"
	"testing"
)

// singleValued is the knowledge of recipes that some variants have one value: "pkg:variant".
type singleValued map[string]bool

func (s singleValued) SingleValued(pkg, variant string) bool { return s[pkg+":"+variant] }

func TestRelations(t *testing.T) {
	const (
		implies  = "implies"  // a satisfies b, and not the other way round
		equal    = "equal"    // each satisfies the other
		overlaps = "overlaps" // neither, but both can hold
		excludes = "excludes"
	)
	tests := []struct {
		a, how, b, meet string
	}{
		{"hdf5", implies, "", "hdf5"},
		{"hdf5", excludes, "zlib", ""},
		{"hdf5+mpi", overlaps, "@1.14", "hdf5@1.14+mpi"},
		{"builtin.hdf5", implies, "hdf5", "builtin.hdf5"},
		{"builtin.hdf5", excludes, "mine.hdf5", ""},
		{"hdf5@1.14.3", implies, "hdf5@1.14", "hdf5@1.14.3"},
		{"hdf5@1.12:1.14", overlaps, "@1.13:", "hdf5@1.13:1.14"},
		{"@1.2", excludes, "@1.3", ""},

		{"+a", excludes, "~a", ""},
		{"+a", overlaps, "+b", "+a+b"},
		{"+a+b", implies, "+a", "+a+b"},
		{"+a", implies, "a=*", "+a"},
		{"+a", excludes, "a=x", ""},
		{"v=a", overlaps, "v=b", "v=a,b"},
		{"v=a,b", implies, "v=b", "v=a,b"},
		{"v:=a", implies, "v=a", "v:=a"},
		{"v:=a", excludes, "v:=a,b", ""},
		{"v:=a,b", implies, "v=a", "v:=a,b"},
		{"v:=a", excludes, "v=b", ""},
		{"v=''", excludes, "v=a", ""},
		{"v:=''", equal, "v=''", `v=""`},
		{"v=*", overlaps, "w=*", "v=* w=*"},
		{"++a", overlaps, "+a", "+a++a"},
		{"+a++a", implies, "+a", "+a++a"},
		{"++a", overlaps, "a=*", "+a++a"},
		{"++a", excludes, "~a", ""},
		{"++a", excludes, "~~a", ""},
		{"v==a,b", overlaps, "v=a", "v:=a,b v==a,b"},
		{"v==a", excludes, "v=b", ""},
		{"v==a v=a", implies, "v:=a", "v:=a v==a"},
		{"x ++a", excludes, "x ^y~a", ""},
		{"x ++a", excludes, "x ^y %z~a", ""},
		{"x ++a", overlaps, "x ^y a=*", "x++a ^y+a"},
		{"x ++a", overlaps, "x ^y~~a", "x++a ^y~~a"}, // as long as nothing from y down has the variant
		{"x ++a ^y", implies, "x ^y++a", "x++a ^y++a"},
		{"x ++a", overlaps, "x ^[when=+b] y~a", "x++a ^[when=+b] y~a"},
		{"single@1 v=a", excludes, "v=b", ""},
		{"single v=a", equal, "single v:=a", "single v:=a"},
		{"single v=a", excludes, "v=a,b", ""},

		{"cflags='-O3 -g'", implies, "cflags=-g", `cflags="-O3 -g"`},
		{"cflags=-O3", overlaps, "cflags=-g", `cflags="-O3 -g"`},
		{"cflags==-O3", implies, "cflags=-O3", "cflags==-O3"},
		{"cflags==-O3", overlaps, "cflags=-g", "cflags=-g cflags==-O3"},
		{"platform=linux os=debian12", implies, "platform=linux", "platform=linux os=debian12"},
		{"os=debian12", excludes, "os=debian13", ""},
		{"target=zen3", implies, "target=zen2:", "target=zen3"},
		{"target=zen2:", overlaps, "target=:zen4", "target=zen2:zen4"},
		{"target=zen3", excludes, "target=haswell", ""},
		{"/abcd", implies, "/abc", "/abcd"},
		{"/abcd", excludes, "/abd", ""},

		{"x ^y@1.2", implies, "x ^y", "x ^y@1.2"},
		{"x ^y@1.2", excludes, "x ^y@1.3", ""},
		{"x ^y+a", overlaps, "x ^y+b", "x ^y+a+b"},
		{"x ^y", overlaps, "x ^z", "x ^y ^z"},
		{"x %y", implies, "x ^y", "x %y ^y"},
		{"x %y", implies, "x %%y", "x %%y %y"}, // %% wishes and demands nothing
		{"x %%y@1", equal, "x %%y@2", "x %%y@1 %%y@2"},
		{"x", equal, "x %%y", "x %%y"},
		{"x ^y %z", implies, "x ^z", "x ^y %z ^z"},
		{"x ^y %z", overlaps, "x %z", "x %z ^y %z"},
		{"x %c,cxx=gcc@13", implies, "%c=gcc", "x %c,cxx=gcc@13"},
		{"%c=gcc", excludes, "%c=llvm", ""},
		{"%c=gcc", overlaps, "%cxx=llvm", "%c=gcc %cxx=llvm"},
		{"^mpi=openmpi", implies, "^openmpi", "^mpi=openmpi"},
		{"^[deptypes=build,link] y", implies, "^[deptypes=link] y", "^[deptypes=build,link] y ^[deptypes=link] y"},
		{"^[deptypes=link] y", implies, "^y", "^[deptypes=link] y ^y"},
		{"+a ^y", implies, "^[when=+a] y", "+a ^[when=+a] y ^y"},
		{"~a", implies, "^[when=+a] y", "~a ^[when=+a] y"},
		{"^[when=+a] y", implies, "", "^[when=+a] y"},
		{"+a ^[when=+a] y", implies, "^y", "+a ^[when=+a] y ^y"},
		{"^[when=@1.2] y", implies, "^[when=@1.2.3] y", `^[when="@1.2"] y ^[when="@1.2.3"] y`},
		{"^*+a", overlaps, "^*+b", "^*+a ^*+b"},
		{"+a ^[when='^z'] y ^[when=+a] z", implies, "^y", `+a ^[when="^z"] y ^y ^[when=+a] z`},
		{"^y", implies, "^[when=^y] y", `^[when="^y"] y ^y`},
		{"^[when=^z] y ^[when=^y] z", overlaps, "^y", `^[when="^z"] y ^y ^[when="^y"] z`},
		{"^[when=+a] y@1", overlaps, "^[when=+a] y@2", "^[when=+a] y@1 ^[when=+a] y@2"}, // as long as a is off
		{"x ^y+a", implies, "x ^*+a", "x ^*+a ^y+a"},
	}
	kinds := singleValued{"single:v": true}
	for _, test := range tests {
		a, b := MustParse(test.a), MustParse(test.b)
		there, back := a.SatisfiesIn(kinds, b), b.SatisfiesIn(kinds, a)
		var got string
		switch meets := a.IntersectsIn(kinds, b); {
		case meets != b.IntersectsIn(kinds, a):
			got = "intersects one way only"
		case there && back:
			got = equal
		case there:
			got = implies
		case back:
			got = "implied"
		case meets:
			got = overlaps
		default:
			got = excludes
		}
		if got != test.how {
			t.Errorf("%q %s %q, want %s", test.a, got, test.b, test.how)
		}
		checkMeet(t, kinds, a, b, test.meet)
	}
}

func checkMeet(t *testing.T, kinds Kinds, a, b *Spec, want string) {
	t.Helper()
	there, err1 := a.ConstrainIn(kinds, b)
	back, err2 := b.ConstrainIn(kinds, a)
	if want == "" {
		var contradiction *ContradictionError
		if !errors.As(err1, &contradiction) || err2 == nil {
			t.Errorf("%q and %q give %v (%v), %v (%v)", a, b, there, err1, back, err2)
		}
		return
	}
	if err1 != nil || err2 != nil {
		t.Errorf("%q and %q: %v, %v", a, b, err1, err2)
		return
	}
	// The flags of a come first: their order is meaning.
	if there.String() != want || back.String() != want && len(a.Flags)+len(b.Flags) < 2 {
		t.Errorf("%q and %q are\n     %s\nand  %s,\nwant %s", a, b, there, back, want)
	}
	if !there.SatisfiesIn(kinds, a) || !there.SatisfiesIn(kinds, b) || !there.SatisfiesIn(kinds, back) {
		t.Errorf("%q does not satisfy %q and %q, which it was made of", there, a, b)
	}
}

func TestContradictionsSayWhatIsWrong(t *testing.T) {
	tests := []struct{ a, b, want string }{
		{"hdf5", "zlib", "name: hdf5 contradicts zlib"},
		{"hdf5@1.12", "@1.14:", "version of hdf5: @1.12 contradicts @1.14:"},
		{"+mpi", "~mpi", "variant mpi: +mpi contradicts ~mpi"},
		{"single v=a", "single v=b", "variant v of single: v=a contradicts v=b"},
		{"x target=zen3", "x target=haswell", "target of x: zen3 contradicts haswell"},
		{"x ^y@1", "x ^y@2", "version of y: @1 contradicts @2"},
		{"x %c=gcc", "x %c=llvm", "virtual c: gcc contradicts llvm"},
		{"a.x", "b.x", "namespace of x: a contradicts b"},
		{"x/abc", "x/abd", "hash of x: /abc contradicts /abd"},
		{"x os=a", "x os=b", "os of x: a contradicts b"},
		{"x platform=a", "x platform=b", "platform of x: a contradicts b"},
	}
	for _, test := range tests {
		_, err := MustParse(test.a).ConstrainIn(singleValued{"single:v": true}, MustParse(test.b))
		if err == nil || err.Error() != test.want {
			t.Errorf("%s and %s: %v, want %s", test.a, test.b, err, test.want)
		}
	}
}

func TestConstrainLeavesItsArguments(t *testing.T) {
	a, b := MustParse("x@1: v=a cflags=-a ^y+a %gcc"), MustParse("x@:2 v=b cflags=-b ^y+b %gcc@13")
	before := a.String() + b.String()
	m, err := a.Constrain(b)
	if err != nil {
		t.Fatal(err)
	}
	m.Variants[0].Values[0] = "z"
	m.Deps[0].Spec.Name = "z"
	if a.String()+b.String() != before {
		t.Errorf("the arguments became %s and %s", a, b)
	}
}

func BenchmarkParse(b *testing.B) {
	const text = `hdf5@1.14.3:1.14+mpi~shared api=v18 cflags="-O3 -g" target=zen3: %gcc@13 ^[virtuals=mpi] openmpi@4.1+cuda`
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseCorpusSample(b *testing.B) {
	lines := readLines(b, "testdata/specs.txt")
	for b.Loop() {
		for _, line := range lines {
			if _, err := Parse(line); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(lines)), "ns/spec")
}

func BenchmarkString(b *testing.B) {
	s := MustParse("hdf5@1.14.3:1.14+mpi~shared api=v18 target=zen3: %gcc@13 ^mpi=openmpi@4.1+cuda")
	for b.Loop() {
		_ = s.String()
	}
}

func BenchmarkSpecRelations(b *testing.B) {
	s, o := MustParse("hdf5@1.14.3+mpi~shared api=v18 target=zen3 %gcc@13.2"), MustParse("@1.12:1.14+mpi target=zen2: %gcc@13")
	b.Run("Satisfies", func(b *testing.B) {
		for b.Loop() {
			if !s.Satisfies(o) {
				b.Fatal("it does not")
			}
		}
	})
	b.Run("Intersects", func(b *testing.B) {
		for b.Loop() {
			if !s.Intersects(o) {
				b.Fatal("they do not")
			}
		}
	})
	b.Run("Constrain", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Constrain(o); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkVersions(b *testing.B) {
	v, w, set := MustVersion("1.14.5"), MustVersion("1.14.3"), MustVersions("1.2:1.8,1.10,1.12:1.14")
	b.Run("Compare", func(b *testing.B) {
		for b.Loop() {
			if v.Compare(w) != 1 {
				b.Fatal("wrong")
			}
		}
	})
	b.Run("Contains", func(b *testing.B) {
		for b.Loop() {
			if !set.Contains(v) {
				b.Fatal("wrong")
			}
		}
	})
	b.Run("ParseVersion", func(b *testing.B) {
		for b.Loop() {
			if _, err := ParseVersion("1.14.5"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
