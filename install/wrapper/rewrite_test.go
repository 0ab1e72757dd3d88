package wrapper

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// testConfig is a node with the dependencies a and b and its own prefix p.
func testConfig() *Config {
	return &Config{
		Compilers: map[Language]Compiler{
			C:       {Path: "/usr/bin/gcc", TargetFlags: []string{"-march=x86-64-v3"}},
			CXX:     {Path: "/usr/bin/g++", TargetFlags: []string{"-march=x86-64-v3"}},
			Fortran: {Path: "/usr/bin/gfortran", TargetFlags: []string{"-march=x86-64-v3"}},
			Linker:  {Path: "/usr/bin/ld"},
		},
		Flags: map[string][]string{
			"cflags": {"-O3"}, "cxxflags": {"-O1"}, "fflags": {"-Og"}, "cppflags": {"-DX"}, "ldflags": {"-s"}, "ldlibs": {"-lm"},
		},
		IncludeDirs: []string{"/s/a/include", "/s/b/include"},
		LibDirs:     []string{"/s/a/lib", "/s/b/lib"},
		RPaths:      []string{"/s/p/lib", "/s/a/lib", "/s/b/lib"},
		SystemDirs:  []string{"/usr/include", "/usr/lib", "/lib", "/usr/lib/x86_64-linux-gnu"},
		OwnDirs:     []string{"/s", "/stage"},
	}
}

func TestRewrite(t *testing.T) {
	const (
		target = "-march=x86-64-v3 -DX "
		incs   = " -I/s/a/include -I/s/b/include"
		libs   = " -L/s/a/lib -L/s/b/lib"
		rpaths = " -Wl,--disable-new-dtags -Wl,-rpath,/s/p/lib -Wl,-rpath,/s/a/lib -Wl,-rpath,/s/b/lib"
		tail   = incs + libs + rpaths + " -lm"
	)
	for _, c := range []struct {
		name string
		lang Language
		args string
		want string
	}{
		{"compile", C, "-c x.c -o x.o", target + "-O3 -c x.c -o x.o" + incs},
		{"compile C++", CXX, "-c x.cc", target + "-O1 -c x.cc" + incs},
		{"compile Fortran", Fortran, "-c x.f90 -J mod", target + "-Og -c x.f90 -J mod" + incs},
		{"to assembler", C, "-S x.c", target + "-O3 -S x.c" + incs},
		{"preprocess", C, "-E x.c", target + "-O3 -E x.c" + incs},
		{"preprocess, whatever else", C, "-E -c -", target + "-O3 -E -c -" + incs},
		{"dependencies", C, "-MM x.c", target + "-O3 -MM x.c" + incs},
		{"dependencies beside a compile", C, "-MD -MT x.o -MF x.d -c x.c", target + "-O3 -MD -MT x.o -MF x.d -c x.c" + incs},
		{"link", C, "x.o -o x", target + "-O3 -s x.o -o x" + tail},
		{"compile and link", C, "x.c", target + "-O3 -s x.c" + tail},
		{"shared", C, "-shared x.o -o x.so", target + "-O3 -s -shared x.o -o x.so" + tail},
		{"partial", C, "-r x.o -o y.o", target + "-O3 -r x.o -o y.o" + incs + libs},
		{"partial by the linker", C, "-nostdlib -Wl,-r x.o -o y.o", target + "-O3 -nostdlib -Wl,-r x.o -o y.o" + incs + libs},
		{"response file", C, "@objects -o x", target + "-O3 -s @objects -o x" + tail},
		{"verbose link", C, "-v x.o", target + "-O3 -s -v x.o" + tail},

		{"version", C, "--version", "--version"},
		{"version of an old kind", C, "-V", "-V"},
		{"verbose alone", C, "-v", "-v"},
		{"dry run", C, "-### x.c", "-### x.c"},
		{"print", C, "-print-prog-name=ld", "-print-prog-name=ld"},
		{"print, with more", C, "-O2 -print-file-name=libm.so x.c", "-O2 -print-file-name=libm.so x.c"},
		{"target help", C, "-Q --help=target", "-Q --help=target"},
		{"nothing", C, "", ""},
		{"no input", C, "-O2 -Wall", "-O2 -Wall"},
		{"value that looks like an input", C, "-x c -o x", "-x c -o x"},

		{"system directories go", C, "-I/usr/include -isystem /usr/include/ -L/usr/lib -L /lib -Wl,-rpath,/usr/lib x.c",
			target + "-O3 -s x.c" + tail},
		{"own directories keep their place", C, "-I. -I../inc -I/stage/x/include -L/stage/x/lib -Lsub x.c",
			target + "-O3 -s -I. -I../inc -I/stage/x/include -L/stage/x/lib -Lsub x.c" + tail},
		{"foreign directories come last", C, "-I/opt/inc -I /opt/b -L/opt/lib x.c",
			target + "-O3 -s x.c" + incs + " -I/opt/inc -I/opt/b" + libs + " -L/opt/lib" + rpaths + " -lm"},
		{"given twice", C, "-I/s/a/include -L/s/b/lib x.c",
			target + "-O3 -s -I/s/a/include -L/s/b/lib x.c -I/s/b/include -L/s/a/lib" + rpaths + " -lm"},
		{"isystem stays", C, "-isystem /opt/inc -c x.c", target + "-O3 -isystem /opt/inc -c x.c" + incs},
		{"similar names are no system directories", C, "-L/usr/libfoo -c x.c", target + "-O3 -c x.c" + incs},

		{"MPI wrapper's RPATH", C, "x.c -L/opt/mpi/lib -Wl,-rpath -Wl,/opt/mpi/lib -Wl,--enable-new-dtags -lmpi",
			target + "-O3 -s x.c -lmpi" + incs + libs + " -L/opt/mpi/lib" + rpaths + " -Wl,-rpath,/opt/mpi/lib -lm"},
		{"RPATHs of all spellings", C, "x.o -Wl,-rpath=/stage/1,-z,now -Xlinker -rpath -Xlinker /stage/2 -Wl,-R/stage/3 -Wl,-R,/stage/4:/usr/lib",
			target + "-O3 -s x.o -Wl,-z,now" + incs + libs + " -Wl,--disable-new-dtags -Wl,-rpath,/stage/1 -Wl,-rpath,/stage/2 -Wl,-rpath,/stage/3 -Wl,-rpath,/stage/4" +
				strings.TrimPrefix(rpaths, " -Wl,--disable-new-dtags") + " -lm"},
		{"own RPATH given", C, "x.o -Wl,-rpath,/s/b/lib -Wl,-rpath,$ORIGIN/../lib",
			target + "-O3 -s x.o" + incs + libs + " -Wl,--disable-new-dtags -Wl,-rpath,/s/b/lib -Wl,-rpath,$ORIGIN/../lib -Wl,-rpath,/s/p/lib -Wl,-rpath,/s/a/lib -lm"},
		{"stubs are linked against and not run with", C, "x.o -L/opt/cuda/lib64/stubs -lcuda -Wl,-rpath,/opt/cuda/lib64/stubs:/opt/cuda/lib64 -Wl,-rpath=/s/a/lib/stubs/",
			target + "-O3 -s x.o -lcuda" + incs + libs + " -L/opt/cuda/lib64/stubs" + rpaths + " -Wl,-rpath,/opt/cuda/lib64 -lm"},
		{"CMake's room for a longer RPATH", C, "x.o -Wl,-rpath,/stage/1:/stage/2:::: -Wl,-rpath,:::: -Wl,-rpath,/stage/3:/opt/l:",
			target + "-O3 -s x.o" + incs + libs + " -Wl,--disable-new-dtags -Wl,-rpath,/stage/1:/stage/2:::: -Wl,-rpath,/stage/3" +
				strings.TrimPrefix(rpaths, " -Wl,--disable-new-dtags") + " -Wl,-rpath,/opt/l -lm"},
		{"rpath-link is no RPATH", C, "x.o -Wl,-rpath-link,/opt/x", target + "-O3 -s x.o -Wl,-rpath-link,/opt/x" + tail},
		{"other linker options stay together", C, "x.o -Wl,-soname,libx.so.1 -Wl,-Bstatic -lz -Wl,-Bdynamic",
			target + "-O3 -s x.o -Wl,-soname,libx.so.1 -Wl,-Bstatic -lz -Wl,-Bdynamic" + tail},
		{"system search directory for the linker", C, "x.o -Wl,-L/usr/lib", target + "-O3 -s x.o" + tail},

		{"the host's processor is not the target", C, "-march=native -mtune=native -O2 -c x.c", target + "-O3 -O2 -c x.c" + incs},
		{"another processor is the package's affair", C, "-march=haswell -c kernel.c", target + "-O3 -march=haswell -c kernel.c" + incs},

		{"ld", Linker, "x.o -o x -L/usr/lib -L /opt/l -lc", "x.o -o x -lc -L/s/a/lib -L/s/b/lib -L/opt/l --disable-new-dtags -rpath /s/p/lib -rpath /s/a/lib -rpath /s/b/lib"},
		{"ld partial", Linker, "-r x.o -o y.o", "-r x.o -o y.o -L/s/a/lib -L/s/b/lib"},
		{"ld version", Linker, "-v", "-v"},
		{"ld with RPATHs", Linker, "x.o -rpath /s/b/lib --enable-new-dtags -rpath=/opt/l -rpath-link /q",
			"x.o -rpath-link /q -L/s/a/lib -L/s/b/lib --disable-new-dtags -rpath /s/b/lib -rpath /s/p/lib -rpath /s/a/lib -rpath /opt/l"},
	} {
		got := rewrite(t, testConfig(), c.lang, strings.Fields(c.args))
		if g := strings.Join(got, " "); g != strings.Join(strings.Fields(c.want), " ") {
			t.Errorf("%s: %s\n got %s\nwant %s", c.name, c.args, g, c.want)
		}
	}
}

func TestRewriteKeepsOddArguments(t *testing.T) {
	c := &Config{Compilers: map[Language]Compiler{C: {Path: "/usr/bin/gcc"}}}
	for _, args := range [][]string{{"-c", "a b.c", `-DX="y z"`}, {"-c", "x.c", "-o"}, {"-c", "x.c", "-I"}, {"-c", "x.c", "-Xlinker"}, {"-c", "", "x.c"}} {
		if got := rewrite(t, c, C, args); strings.Join(got, "\n") != strings.Join(args, "\n") {
			t.Errorf("%q became %q", args, got)
		}
	}
}

// The C and the Go must agree, whatever stands on a command line.
func FuzzRewrite(f *testing.F) {
	f.Add("-c\nx.c", 0)
	f.Add("-Wl,-rpath\nx.o\n-Xlinker\n-rpath", 1)
	f.Add("-rpath\n/opt/../s/./b/lib\n-L\n", 3)
	f.Fuzz(func(t *testing.T, text string, l int) {
		compare(t, languages[uint(l)%4], strings.Split(strings.ReplaceAll(text, "\x00", ""), "\n"))
	})
}

// TestOracle compares many command lines of words that mean something.
func TestOracle(t *testing.T) {
	words := strings.Fields(`-c -S -E -M -MM -MD -MF -MT -o x.o x.c y.o lib.a - @list -r --relocatable -shared -fPIC -g -O2 -v -V --version -### -print-prog-name=ld
		-dumpmachine --help=target --help --print-search-dirs -march=native -mtune=native -march=haswell -xHost -tp=host -I -L -isystem -I. -I../inc -I/usr/include -I/usr/include/
		-I/opt/inc -I/s/a/include -I/stage/x -isystem/opt/i -isystem/usr/include -L/usr/lib -L/lib -L/opt/lib -L/s/b/lib -L/stage/l -Lsub -L/s/../usr/lib -I//usr//include/. -lz -l z
		-Wl, -Wl,-rpath -Wl,-rpath,/s/b/lib -Wl,-rpath=/opt/l:/usr/lib -Wl,/opt/l -Wl,--rpath,/stage/1:/stage/2:::: -Wl,-rpath,:::: -Wl,-rpath,$ORIGIN/../lib -Wl,-R/stage/3 -Wl,-R
		-Wl,-z,now -Wl,--enable-new-dtags,-z,relro -Wl,-rpath-link,/q -Wl,-L/usr/lib,-L/opt/x -Wl,-r -Wl,-soname,libx.so.1 -Xlinker -rpath --rpath=/opt/r -rpath=/s/a/lib/stubs/
		-R -R/opt --enable-new-dtags -enable-new-dtags -rpath-link -rpathological --disable-new-dtags -z -m -T -soname -h -e -i elf_x86_64 /s/p/lib / . .. /stage /stages/x
		-x c -D -DX=1 -U -include -Xclang -isysroot -B -specs -J mod x.f90 -target -Wall -std=c11 -pthread -Wp,-MD,f -fuse-ld=gold -nostdlib`)
	words = append(words, "", "a b", "-I ", "-Wl,a b", "\xff")
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		args := make([]string, rng.IntN(9))
		for i := range args {
			args[i] = words[rng.IntN(len(words))]
		}
		compare(t, languages[rng.IntN(4)], args)
		if t.Failed() {
			return
		}
	}
}

func compare(t *testing.T, l Language, args []string) {
	t.Helper()
	got, want := rewrite(t, testConfig(), l, args), oracle(testConfig(), l, args)
	if !slices.Equal(got, want) {
		t.Errorf("%s %q\n got %q\nwant %q", l, args, got, want)
	}
}

func rewrite(t testing.TB, c *Config, l Language, args []string) []string {
	t.Helper()
	got, err := Rewrite(c, l, args)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Longer than any block of memory, and than what is read at once.
func TestRewriteMany(t *testing.T) {
	c := testConfig()
	for i := range 300 {
		c.RPaths = append(c.RPaths, fmt.Sprintf("/s/%d/%s/lib", i, strings.Repeat("long", 100)))
	}
	args := []string{"-o", "x", "-L" + strings.Repeat("/deep", 20000)}
	for i := range 10000 {
		args = append(args, fmt.Sprintf("sub/object-%d.o", i))
	}
	if got, want := rewrite(t, c, CXX, args), oracle(c, CXX, args); !slices.Equal(got, want) {
		t.Errorf("%d arguments, want %d", len(got), len(want))
	}
}

func BenchmarkRewrite(b *testing.B) {
	c := testConfig()
	args := strings.Fields("-DHAVE_CONFIG_H -I. -I.. -I../src -O2 -Wall -MT x.lo -MD -MP -MF .deps/x.Tpo -c x.c -fPIC -DPIC -o .libs/x.o")
	for b.Loop() {
		rewrite(b, c, C, args)
	}
}
