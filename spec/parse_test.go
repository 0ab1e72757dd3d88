package spec

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite golden files")

// Each text prints as the canonical one behind it, which reads back to the same.
func TestParsePrints(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", ""},
		{"hdf5", "hdf5"},
		{"3dtk", "3dtk"},
		{"_mvapich_foo", "_mvapich_foo"},
		{"ns-3-dev", "ns-3-dev"},
		{"builtin.hdf5", "builtin.hdf5"},
		{"a.b.hdf5@1.2", "a.b.hdf5@1.2"},
		{"hdf5 namespace=builtin", "builtin.hdf5"},
		{"namespace=builtin", "namespace=builtin"},
		{"*+mpi", "+mpi"},
		{"* foo=bar", "foo=bar"},

		{"@1.2", "@1.2"},
		{"hdf5 @ 1.2", "hdf5@1.2"},
		{"@:", ""},
		{"@1.6,1.2:1.4", "@1.2:1.4,1.6"},
		{"@1.6 , =1.2", "@=1.2,1.6"},
		{"@4.2:languages=go", "@4.2: languages=go"},
		{"@4.2: languages=go", "@4.2: languages=go"},
		{"@1.2:-docs", "@1.2:~docs"},
		{"@1.2:languages:=go", "@1.2: languages:=go"},
		{"x@git.main=1.2+y", "x@git.main=1.2+y"},
		{"x@git.feature/y", "x@git.feature/y"},
		{"x@=git.v1", "x@git.v1"},
		{"x@0123456789abcdef0123456789abcdef01234567=1.2", "x@0123456789abcdef0123456789abcdef01234567=1.2"},

		{"hdf5 +mpi", "hdf5+mpi"},
		{"y~f+e~d+c~b+a", "y+a~b+c~d+e~f"},
		{"openmpi +debug-qt_4", "openmpi+debug-qt_4"},
		{"openmpi +debug -qt_4", "openmpi+debug~qt_4"},
		{"-foo", "~foo"},
		{"+ foo", "+foo"},
		{"x ++a ~~b --c d==e", "x++a~~b~~c d==e"},
		{"x d:=e f:==g", "x d:=e f==g"},
		{"x debug=True shared=FALSE", "x+debug~shared"},
		{"x debug==true y:=false", "x++debug~y"},
		{"x +mpi +mpi", "x+mpi"},
		{"x v=b,a,b", "x v=a,b"},
		{"x v='b , a'", "x v=a,b"},
		{"x v=*", "x v=*"},
		{"x v=*,a", "x v=a"},
		{"x++a+a", "x+a++a"},
		{"x v==a,b v=b", "x v:=a,b v==a,b"},
		{"x ++a ^y a=*", "x++a ^y+a"},
		{"x v=' a'", `x v=" a"`},
		{`x v="say \"hi\" \\ \n"`, `x v="say \"hi\" \\ \\n"`},
		{`x v='it\'s'`, `x v="it's"`},
		{`x v=""`, `x v=""`},
		{"x v='=1'", `x v="=1"`},
		{"x dev_path=/home/u/x patches=abc,def", "x dev_path=/home/u/x patches=abc,def"},
		{"x z=1+y a=2", "x a=2 z=1+y"}, // + is part of a bare value
		{"x amdgpu_target=gfx90a:xnack-", "x amdgpu_target=gfx90a:xnack-"},

		{"x cflags=-O3", "x cflags=-O3"},
		{"x cflags='-O3   -g'", `x cflags="-O3 -g"`},
		{"x cxxflags==-g cflags=-O3", "x cflags=-O3 cxxflags==-g"},
		{"x cflags=-O3 cflags=-g", `x cflags="-O3 -g"`},
		{"x cflags=-O3 cflags==-g", `x cflags=-O3 cflags==-g`},
		{"x cflags='-O3 -g' cflags==-g", `x cflags=-O3 cflags==-g`},
		{"x ldflags='' +pic", "x+pic"},
		{`cxxflags="-stdlib=libc++" %clang`, "cxxflags=-stdlib=libc++ %llvm"},
		{"cflags=-O3%gcc", `cflags="-O3%gcc"`}, // a bare value goes on up to the next space

		{"x platform=linux os=debian12 target=zen3", "x platform=linux os=debian12 target=zen3"},
		{"x arch=linux-debian12-zen3", "x platform=linux os=debian12 target=zen3"},
		{"x arch=linux-None-None", "x platform=linux"},
		{"x arch=ppc64le:", "x target=ppc64le:"},
		{"x target=haswell:skylake", "x target=haswell:skylake"},
		{"x target=:x86_64_v3", "x target=:x86_64_v3"},
		{"x target=native", "x target=native"},
		{"x target=*", "x"},
		{"x target=:", "x"},

		{"/abc123", "/abc123"},
		{"hdf5/abc123", "hdf5/abc123"},
		{"hdf5@1.2 /abc +mpi", "hdf5@1.2+mpi/abc"},
		{"hdf5 api=v18 /abc", "hdf5 api=v18 /abc"},
		{"x@git.a /b", "x@git.a /b"},

		{"^zlib", "^zlib"},
		{"openmpi      ^hwloc^libunwind", "openmpi ^hwloc ^libunwind"},
		{"openmpi ^ hwloc @1.2", "openmpi ^hwloc@1.2"},
		{"mvapich ^stackwalker ^openmpi", "mvapich ^openmpi ^stackwalker"},
		{"x ^y@1 ^y@1", "x ^y@1"},
		{"x ^y@1 ^y+bar", "x ^y@1+bar"},
		{"x ^y@1 %gcc ^y+bar %cmake", "x ^y@1+bar %cmake %gcc"},
		{"x %gcc@13 ^y %clang ^z", "x %gcc@13 ^y %llvm ^z"},
		{"x ^z ^y %c=gcc %cmake", "x ^y %cmake %c=gcc ^z"},
		{"x%%gcc", "x %%gcc"},
		{"x%c,cxx=gcc@13", "x %c,cxx=gcc@13"},
		{"x %cxx=gcc %c=gcc@13", "x %c,cxx=gcc@13"},
		{"x %oneapi %intel %arm %rocmcc", "x %acfl %intel-oneapi-compilers %intel-oneapi-compilers-classic %llvm-amdgpu"},
		{"x ^clang", "x ^clang"},
		{"x ^mpi=openmpi+cuda", "x ^mpi=openmpi+cuda"},
		{"x ^[virtuals=mpi] openmpi", "x ^mpi=openmpi"},
		{"x ^[virtuals=mpi] openmpi+foo ^[virtuals=lapack] openmpi+bar", "x ^lapack,mpi=openmpi+bar+foo"},
		{"x ^[virtuals=mpi] lapack=openmpi", "x ^lapack,mpi=openmpi"},
		{"x ^[virtuals=mpi when='+mpi' deptypes=link,build] openmpi", "x ^[deptypes=build,link virtuals=mpi when=+mpi] openmpi"},
		{"x ^[when=@1.2:] y", `x ^[when="@1.2:"] y`},
		{"x ^[when='+a %gcc@13'] y", `x ^[when="+a %gcc@13"] y`},
		{"x ^[when='v=\"a b\"'] y", `x ^[when="v=\"a b\""] y`},
		{"x ^[when=''] y", "x ^y"},
		{"x ^[deptypes=link] zlib ^[deptypes=build] zlib", "x ^[deptypes=build] zlib ^[deptypes=link] zlib"},
		{"x ^[deptypes=all] zlib", "x ^[deptypes=build,link,run,test] zlib"},
		{"x %[virtuals=c] gcc", "x %c=gcc"},
		{"x %%[virtuals=c] gcc", "x %%c=gcc"},
		{"x ^/abc %/def", "x ^*/abc %*/def"},
		{"x ^*", "x ^*"},
		{"x ^+mpi", "x ^*+mpi"},
		{"x ^* a=b", "x ^* a=b"},
		{"x ^[virtuals=mpi] *", "x ^[virtuals=mpi] *"},
		{"x ^builtin.y@1", "x ^builtin.y@1"},
		{"x ^mpi=builtin.openmpi", "x ^mpi=builtin.openmpi"},
		{"x ^[when=+a] y@1 ^[when=+a] y@2 %gcc", "x ^[when=+a] y@1 ^[when=+a] y@2 %gcc"},
		{"x %gcc ^y+b target=zen3 %gcc@13 ^z/abc", "x %gcc ^y+b target=zen3 %gcc@13 ^z/abc"},
	}
	for _, test := range tests {
		s, err := Parse(test.text)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if s.String() != test.want {
			t.Errorf("%s\n prints %s\n   want %s", test.text, s, test.want)
		}
		again, err := Parse(s.String())
		if err != nil || again.String() != s.String() {
			t.Errorf("%s reads back as %v, %v", s, again, err)
		}
	}
}

func TestParseAll(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", ""},
		{"  ", ""},
		{"mvapich emacs", "mvapich;emacs"},
		{"hdf5+mpi ^mpich zlib", "hdf5+mpi ^mpich;zlib"},
		{"mvapich cppflags='-O3 -fPIC' emacs", `mvapich cppflags="-O3 -fPIC";emacs`},
		{"mvapich emacs @1.1.1 %gcc cflags=-O3", "mvapich;emacs@1.1.1 %gcc cflags=-O3"},
		{"zlib cflags=-O3 -g +bar baz", "zlib+bar~g cflags=-O3;baz"},
		{"a /x /y", "a/x;/y"},
		{"/x a a /y", "/x;a;a/y"},
		{"a ^/x /y b", "a ^*/x;/y;b"},
		{"+a *+b", "+a;+b"},
	}
	for _, test := range tests {
		list, err := ParseAll(test.text)
		var texts []string
		for _, s := range list {
			texts = append(texts, s.String())
		}
		if got := strings.Join(texts, ";"); err != nil || got != test.want {
			t.Errorf("%s\n is %s %v\nwant %s", test.text, got, err, test.want)
		}
	}
}

func TestParseArgs(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"zlib", "cflags=-O3 -g", "+bar", "baz"}, `zlib+bar cflags="-O3 -g";baz`},
		{[]string{"zlib", "cflags==-O3 -g", "+bar", "baz"}, `zlib+bar cflags=="-O3 -g";baz`},
		{[]string{"zlib cflags='-O3 -g' +bar baz"}, `zlib+bar cflags="-O3 -g";baz`},
		{[]string{"zlib cflags=-O3 -g +bar baz"}, `zlib+bar~g cflags=-O3;baz`},
		{[]string{"zlib", `cflags="-O3 -g" +bar`}, `zlib cflags="\"-O3 -g\" +bar"`},
		{[]string{"zlib", "ldflags=", "+pic"}, "zlib+pic"},
		{[]string{"foo= +pic"}, `foo=" +pic"`},
		{[]string{"zlib", "ldflags=-Wl,-rpath=$ORIGIN/_libs"}, `zlib ldflags="-Wl,-rpath=$ORIGIN/_libs"`},
		{[]string{"zlib", "target=zen3:", "%gcc", "-szip"}, "zlib target=zen3: %gcc~szip"},
		{[]string{"hdf5@1.14", "^mpi=openmpi"}, "hdf5@1.14 ^mpi=openmpi"},
		{nil, ""},
	}
	for _, test := range tests {
		list, err := ParseArgs(test.args)
		var texts []string
		for _, s := range list {
			texts = append(texts, s.String())
		}
		if got := strings.Join(texts, ";"); err != nil || got != test.want {
			t.Errorf("%q\n is %s %v\nwant %s", test.args, got, err, test.want)
		}
	}
}

// The messages are in testdata/errors.txt: the text with its caret, and the error.
func TestParseErrors(t *testing.T) {
	texts := []string{
		"x@@1.2", "y ^x@@1.2", "x@1.2::", "x::", "@1.2:   develop   = foo", "@1.2:develop   = foo", "cflags=''-Wl,a,b,c''",
		"x@", "x@1.2,", "x@=1:2", "x@1:=2", "x@:=", "x@2:1", "x@1 @2", "foo %bar@1.0 @2.0", "x@1.2-", "x@git.", "x@git.a:2", "x@1=2",
		"x+", "x +-y", "x++ ", "x@1.2~y~", "x'", "x v='a'-b", "x v='a'b", "x v=", "x v= y", "x v='abc", "x v=a,,b", "x v=a v=b", "x+a~a",
		"x cflags:=-O3", "x v==*", "x +a~~a", "x v=a v==b", "x ++a~~a", "x ++a ^y~a", "x ^y %z~a ^y++a", "x platform==linux", "x os=a os=b", "x target=zen3: arch=linux-a-zen2", "x target=zen3:haswell", "x target=haswell:zen3", "x target=zen4:zen2", "x target=zen2:power9le", "x target=zen99:", "x target=zen2:,zenn3:", "x target='zen3, zen4'",
		"x target=a,,b", "x target=none", "x namespace=a..b", "x namespace=-", "b.x namespace=a",
		"x /", "x ^", "x %", "x ^ ^y", "x ^[virtuals=mpi", "x ^[virtuals=mpi]", "x ^[foo=bar] y", "x ^[virtuals==mpi] y", "x ^[virtuals=a.b] y", "x ^[when=+a when=+b] y",
		"x ^[deptypes=link,compile] y", "x ^[+mpi] y", "x ^[when='+'] y", "x ^y@1 ^y@2", "x %c=gcc %c=clang", "x ^y+a ^y~a",
		"a..b", ".a", "a.", "./x.json", "x ]", "x é", "x\t+a\n $", "x y", "x/a/b", "x &&", "x,y",
	}
	var b strings.Builder
	for _, text := range texts {
		_, err := Parse(text)
		if err == nil {
			t.Errorf("%q is read", text)
			continue
		}
		b.WriteString(err.(*ParseError).Caret() + "\n" + err.Error() + "\n\n")
	}
	const golden = "testdata/errors.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(b.String(), "\n\n")
	for i, block := range strings.Split(string(want), "\n\n") {
		if i >= len(got) || got[i] != block {
			t.Errorf("got\n%s\nwant\n%s", slices.Concat(got, make([]string, i+1))[i], block)
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	const text = "x@1.2 v=a,b cflags=-O3 ^[when=+a virtuals=mpi] y+b"
	s := MustParse(text)
	c := s.Clone()
	c.Variants[0].Values[0] = "z"
	c.Flags[0].Words[0] = "z"
	c.Deps[0].Virtuals[0] = "z"
	c.Deps[0].Spec.Name = "z"
	c.Deps[0].When.Variants[0].Name = "z"
	if want := MustParse(text).String(); s.String() != want {
		t.Errorf("%s became %s", want, s)
	}
}
