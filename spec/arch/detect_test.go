package arch

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

func TestDetect(t *testing.T) {
	for _, test := range []struct{ fixture, machine, want string }{
		{"broadwell", "x86_64", "broadwell"},
		{"skylake_avx512", "x86_64", "skylake_avx512"},
		{"cascadelake", "x86_64", "cascadelake"},
		{"icelake", "x86_64", "icelake"},
		{"icelake", "amd64", "icelake"},
		{"zen3", "x86_64", "zen3"},
		{"zen4", "x86_64", "zen4"},
		{"milan_vm_without_pku", "x86_64", "zen2"},
		{"other_vendor", "x86_64", "x86_64_v3"},
		{"haswell_without_rdrand", "x86_64", "x86_64_v3"}, // rather than sandybridge, which has all features that it needs
		{"qemu64", "x86_64", "x86_64"},
		{"a64fx", "aarch64", "a64fx"},
		{"neoverse_n1", "aarch64", "neoverse_n1"},
		{"neoverse_n1", "arm64", "neoverse_n1"},
		{"neoverse_v2", "aarch64", "neoverse_v2"},
		{"thunderx2", "aarch64", "thunderx2"},
		{"unknown_arm_part", "aarch64", "neoverse_n1"}, // by its features
		{"unknown_arm_vendor", "aarch64", "aarch64"},
		{"power9", "ppc64le", "power9le"},
		{"power9", "ppc64", "power9"},
		{"power11", "ppc64le", "power10le"}, // the best that is known
		{"u74mc", "riscv64", "u74mc"},
		{"unknown_riscv", "riscv64", "riscv64"},
		{"zen3", "aarch64", "aarch64"}, // an x86_64 cpuinfo under user-mode emulation
		{"zen3", "ppc64le", "ppc64le"},
		{"power9", "x86_64", "x86_64"},
	} {
		text, err := os.ReadFile(filepath.Join("testdata", "cpuinfo", test.fixture))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Detect(strings.NewReader(string(text)), test.machine)
		if err != nil || got.Name() != test.want {
			t.Errorf("%s on %s is %v, %v, want %s", test.fixture, test.machine, got, err, test.want)
		}
	}
}

func TestDetectErrors(t *testing.T) {
	_, err := Detect(strings.NewReader(""), "s390x")
	var unknown *UnknownMachineError
	if !errors.As(err, &unknown) || unknown.Machine != "s390x" {
		t.Errorf("on s390x: %v, want an UnknownMachineError", err)
	}
	cause := errors.New("input/output error")
	if _, err := Detect(iotest.ErrReader(cause), "x86_64"); !errors.Is(err, cause) {
		t.Errorf("with a broken file: %v, want %v", err, cause)
	}
	if got, err := Detect(strings.NewReader("\n\nnonsense\n"), "x86_64"); err != nil || got.Name() != "x86_64" {
		t.Errorf("out of nonsense: %v, %v, want the family", got, err)
	}
}

func TestHost(t *testing.T) {
	host, err := Host()
	if err != nil {
		if _, statErr := os.Stat("/proc/cpuinfo"); statErr == nil {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	if family := load().machines[runtime.GOARCH]; host.Family() != family {
		t.Errorf("the host is %s, of family %s, want %s", host, host.Family(), family)
	}
}

func FuzzDetect(f *testing.F) {
	files, err := filepath.Glob("testdata/cpuinfo/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), uint8(0))
	}
	machines := []string{"x86_64", "aarch64", "ppc64le", "riscv64", "i686", "sparc64"}
	f.Fuzz(func(t *testing.T, text string, machine uint8) {
		m := machines[int(machine)%len(machines)]
		got, err := Detect(strings.NewReader(text), m)
		if err == nil && got.Family() != load().machines[m] {
			t.Fatalf("on %s: %s", m, got)
		}
	})
}

func BenchmarkDetect(b *testing.B) {
	text, err := os.ReadFile("testdata/cpuinfo/zen3")
	if err != nil {
		b.Fatal(err)
	}
	load()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Detect(strings.NewReader(string(text)), "x86_64"); err != nil {
			b.Fatal(err)
		}
	}
}
