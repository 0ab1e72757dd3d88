package arch

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

func TestFlags(t *testing.T) {
	for _, test := range []struct{ target, compiler, version, want string }{
		{"zen3", "gcc", "12.2.0", "-march=znver3 -mtune=znver3"},
		{"zen3", "gcc", "10.3.0", "-march=znver3 -mtune=znver3"},
		{"haswell", "gcc", "4.8.5", "-march=core-avx2 -mtune=core-avx2"},
		{"haswell", "gcc", "4.9.0", "-march=haswell -mtune=haswell"},
		{"x86_64_v3", "gcc", "11.1.0", "-march=x86-64-v3 -mtune=generic"},
		{"x86_64_v3", "gcc", "13", "-march=x86-64-v3 -mtune=generic"},
		{"x86_64_v2", "gcc", "8.5.0", "-march=x86-64 -mtune=generic -mcx16 -msahf -mpopcnt -msse3 -msse4.1 -msse4.2 -mssse3"},
		{"x86_64", "gcc", "4.1.2", "-march=x86-64 -mtune=x86-64"},
		{"zen4", "gcc", "13.1.0", "-march=znver4 -mtune=znver4"},
		{"zen4", "clang", "16.0.0git", "-march=znver4 -mtune=znver4"},
		{"zen4", "llvm", "main", "-march=znver4 -mtune=znver4"},
		{"icelake", "intel-oneapi-compilers", "2024.0.1", "-march=icelake-client -mtune=icelake-client"},
		{"sandybridge", "intel-oneapi-compilers-classic", "17.0.4", "-march=corei7-avx -mtune=corei7-avx"},
		{"zen2", "nvhpc", "23.9", "-tp zen2"},
		{"zen3", "oneapi", "2023.1.0", "-march=core-avx2 -mtune=core-avx2"},
		{"a64fx", "gcc", "10.2.0", "-march=armv8.2-a+crc+sha2+fp16+sve -msve-vector-bits=512"},
		{"a64fx", "gcc", "11.4.0", "-mcpu=a64fx -msve-vector-bits=512"},
		{"a64fx", "fj", "4.10.0", ""}, // nothing recorded about the compiler
		{"neoverse_v1", "gcc", "8.5.0", "-mcpu=neoverse-v1"},
		{"neoverse_v1", "gcc", "9.3.0", "-march=armv8.2-a+fp16+dotprod+crypto -mtune=cortex-a72"},
		{"neoverse_v1", "gcc", "9.4.0", "-mcpu=neoverse-v1"},
		{"neoverse_v1", "gcc", "10.2.1", "-mcpu=zeus"},
		{"neoverse_n1", "acfl", "22.0.1", "-mcpu=neoverse-n1"},
		{"power9le", "gcc", "12.2.0", "-mcpu=power9 -mtune=power9"},
		{"m2", "apple-clang", "15.0.0", "-mcpu=apple-m2"},
		{"u74mc", "gcc", "12.2.0", "-march=rv64gc -mtune=sifive-7-series"},
		{"prescott", "gcc", "12.2.0", ""},
	} {
		got, err := mustLookup(t, test.target).Flags(test.compiler, test.version)
		if err != nil || got != test.want {
			t.Errorf("%s with %s@%s: %q, %v, want %q", test.target, test.compiler, test.version, got, err, test.want)
		}
	}
}

func TestUnsupported(t *testing.T) {
	for _, test := range []struct{ target, compiler, version, minimal, message string }{
		{"zen5", "gcc", "12.2.0", "14.1",
			"optimize for target zen5: gcc@12.2.0 does not support it; gcc@14.1: does"},
		{"zen4", "gcc", "10.2.0", "10.3", // 12.3 would do as well, but is not the first
			"optimize for target zen4: gcc@10.2.0 does not support it; gcc@10.3: does"},
		{"mic_knl", "gcc", "15.1.0", "",
			"optimize for target mic_knl: gcc@15.1.0 does not support it, nor does any later version known here"},
		{"nehalem", "nvhpc", "23.9", "",
			"optimize for target nehalem: nvhpc@23.9 does not support it, nor does any later version known here"},
		{"sapphirerapids", "aocc", "4.0.0", "",
			"optimize for target sapphirerapids: aocc@4.0.0 does not support it, nor does any later version known here"},
		{"x86_64_v2", "llvm", "3.8", "3.9",
			"optimize for target x86_64_v2: llvm@3.8 does not support it; llvm@3.9: does"},
	} {
		target := mustLookup(t, test.target)
		_, err := target.Flags(test.compiler, test.version)
		var unsupported *UnsupportedError
		if !errors.As(err, &unsupported) {
			t.Errorf("%s with %s@%s: %v, want an UnsupportedError", test.target, test.compiler, test.version, err)
			continue
		}
		if unsupported.Minimal != test.minimal || err.Error() != test.message {
			t.Errorf("minimal %q, message %q, want %q and %q", unsupported.Minimal, err, test.minimal, test.message)
		}
		if test.minimal != "" && !target.Supports(test.compiler, test.minimal) {
			t.Errorf("%s@%s is said to support %s, and does not", test.compiler, test.minimal, target)
		}
	}
}

func TestInvalidVersion(t *testing.T) {
	for _, version := range []string{"", "unknown", ".1", "99999999999999999999"} {
		_, err := mustLookup(t, "zen3").Flags("gcc", version)
		var invalid *InvalidVersionError
		if !errors.As(err, &invalid) {
			t.Errorf("gcc@%s: %v, want an InvalidVersionError", version, err)
		}
	}
}

func TestBest(t *testing.T) {
	for _, test := range []struct{ target, compiler, version, want string }{
		{"zen5", "gcc", "14.2.0", "zen5"},
		{"zen5", "gcc", "12.2.0", "zen4"},
		{"zen5", "gcc", "9.3.0", "zen2"}, // x86_64_v4 would do too, but has fewer ancestors
		{"zen3", "gcc", "9.3.0", "zen2"},
		{"zen3", "gcc", "4.8.5", "x86_64_v3"},
		{"zen3", "gcc", "4.1.2", "x86_64"},
		{"westmere", "nvhpc", "23.9", "x86_64"},
		{"graniterapids", "gcc", "12.2.0", "sapphirerapids"},
		{"neoverse_v2", "gcc", "4.7", ""},
		{"neoverse_v2", "fj", "4.10", "neoverse_v2"},
	} {
		got, ok := mustLookup(t, test.target).Best(test.compiler, test.version)
		if ok != (test.want != "") || ok && got.Name() != test.want {
			t.Errorf("best for %s with %s@%s: %v, want %q", test.target, test.compiler, test.version, got, test.want)
		}
	}
}

// TestBestRunsOnTarget holds Best against a search of all targets.
func TestBestRunsOnTarget(t *testing.T) {
	for _, target := range All() {
		for _, compiler := range []string{"gcc@4.8.5", "gcc@9.3.0", "gcc@13.2.0", "clang@3.9", "clang@17.0.1", "nvhpc@23.9", "aocc@4.0", "fj@4"} {
			name, version, _ := strings.Cut(compiler, "@")
			best, ok := target.Best(name, version)
			for _, other := range All() {
				if Leq(other, target) && other.Supports(name, version) && (!ok || other != best && Leq(best, other)) {
					t.Errorf("best for %s with %s is %v, but %s runs there and is better", target, compiler, best, other)
				}
			}
			if ok && (!Leq(best, target) || !best.Supports(name, version)) {
				t.Errorf("best for %s with %s is %s, which does not run there or is not supported", target, compiler, best)
			}
		}
	}
}

func TestVersionWithin(t *testing.T) {
	for _, test := range []struct {
		version, low, high string
		want               bool
	}{
		{"8.4.1", "8", "8.4", true},
		{"8.5", "", "8.4", false},
		{"8", "8.0", "", true},
		{"12", "12.3", "", false},
		{"12", "", "12.2", true},
		{"4.10", "4.9", "", true},
		{"4.10", "", "4.9", false},
		{"main", "99", "", true},
		{"main", "", "99", false},
		{"3", "", "", true},
	} {
		v, ok := parseCompilerVersion(test.version)
		if !ok || v.within(test.low, test.high) != test.want {
			t.Errorf("%s within %s:%s: %v, want %v", test.version, test.low, test.high, !test.want, test.want)
		}
	}
}

// TestFlagsWithRealCompilers asks the compilers of this machine whether they take the flags that the table gives for
// their version. Compilers accept the flags of their own architecture only.
func TestFlagsWithRealCompilers(t *testing.T) {
	for _, compiler := range []string{"gcc", "clang"} {
		t.Run(compiler, func(t *testing.T) {
			path, err := exec.LookPath(compiler)
			if err != nil {
				t.Skip(err)
			}
			version, machine := compilerOutput(t, path, "-dumpfullversion", "-dumpversion"), compilerOutput(t, path, "-dumpmachine")
			machine, _, _ = strings.Cut(machine, "-")
			family, ok := load().machines[machine]
			if !ok {
				t.Skipf("no targets are known for %s", machine)
			}
			for _, target := range All() {
				flags, err := target.Flags(compiler, version)
				if target.Family() != family || err != nil {
					continue
				}
				args := append(strings.Fields(flags), "-x", "c", "-S", "-o", "/dev/null", "/dev/null")
				if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
					t.Errorf("%s@%s does not take %q for %s: %s", compiler, version, flags, target, out)
				}
			}
		})
	}
}

// compilerOutput runs a compiler with the first argument that it takes.
func compilerOutput(t *testing.T, path string, args ...string) string {
	t.Helper()
	for _, arg := range args {
		if out, err := exec.Command(path, arg).Output(); err == nil {
			return strings.TrimSpace(string(out))
		}
	}
	t.Skipf("%s tells no version", path)
	return ""
}

func BenchmarkFlags(b *testing.B) {
	target := mustLookup(b, "neoverse_v1")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := target.Flags("gcc", "10.2.1"); err != nil {
			b.Fatal(err)
		}
	}
}
