package gpu

import (
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages/host/hosttest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestMachines probes each machine of testdata/machines and compares with testdata/golden.
func TestMachines(t *testing.T) {
	files, err := filepath.Glob("testdata/machines/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no machines", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			m := hosttest.New(t, file)
			got := describe(t, Prober{System: m, Getenv: m.Getenv}.Probe(t.Context()), m)
			golden := filepath.Join("testdata/golden", name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// describe writes down a report for people to review.
func describe(t *testing.T, r Report, m *hosttest.Machine) string {
	facts, err := json.MarshalIndent(r.Facts, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "GPUs: %s\nfor: %s\n", r.Facts, strings.Join(r.Facts.Archs(), " "))
	if c, ok := r.Facts.CUDACeiling(); ok {
		fmt.Fprintf(&b, "%s\n", c)
	}
	for _, d := range r.Drivers {
		fmt.Fprintf(&b, "driver %s by %s\n", d.Version, d.From)
	}
	for _, x := range Externals(m, r.Toolkits) {
		fmt.Fprintf(&b, "external %s in %s\n", x.Spec, x.Prefix)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", strings.ReplaceAll(n, m.Dir, ""))
	}
	return b.String() + string(facts) + "\n"
}

func TestQuickRunsNothing(t *testing.T) {
	m := hosttest.New(t, "testdata/machines/v100-old-driver.txtar")
	m.Write(t, "/usr/bin/nvidia-smi", "#!/bin/sh\ntouch "+m.Dir+"/ran\n")
	r := Prober{System: m, Getenv: m.Getenv, Quick: true}.Probe(t.Context())
	if got := r.Facts.String(); got != "Tesla V100-SXM2-16GB (sm_70), driver 418.67 (CUDA 10.1)" {
		t.Errorf("got %s", got)
	}
	if _, err := os.Stat(m.Dir + "/ran"); err == nil {
		t.Error("nvidia-smi was run")
	}
}

func TestCeiling(t *testing.T) {
	a100 := []Device{{Arch: "sm_80", Name: "NVIDIA A100", Count: 1}}
	geforce := []Device{{Arch: "sm_86", Name: "NVIDIA GeForce RTX 3090", Count: 1}}
	newer := []Compat{{Dir: "/c", Driver: "570.86.10"}}
	for _, c := range []struct {
		name      string
		facts     NVIDIA
		forbidden string // "" is: nothing is known
		allows    string
		refuses   string
		noPTX     string
	}{
		{"a driver of CUDA 12.2 takes all of 12", NVIDIA{Driver: "535.54.03"}, "13", "12.9.1", "13.0.0", "12.3.0"},
		{"the first driver of CUDA 12", NVIDIA{Driver: "525.60.13"}, "13", "12.6", "13.0", "12.1"},
		{"CUDA 11 with minor-version compatibility", NVIDIA{Driver: "450.80.02"}, "12", "11.8.0", "12.0.0", "11.1"},
		{"CUDA 11 before it", NVIDIA{Driver: "450.51.05"}, "11.1", "11.0.3", "11.1.1", ""},
		{"CUDA 10 has none", NVIDIA{Driver: "418.39"}, "10.2", "10.1.243", "10.2.89", ""},
		{"CUDA 13", NVIDIA{Driver: "580.65.06"}, "14", "13.9", "14.0", "13.1"},
		{"a driver newer than the table", NVIDIA{Driver: "700.10"}, "14", "13.9", "14.0", ""},
		{"a driver that says what it speaks", NVIDIA{Driver: "700.10", CUDA: "15.2"}, "16", "15.9", "16.0", "15.3"},
		{"a driver older than the table", NVIDIA{Driver: "304.137"}, "", "", "", ""},
		{"no driver", NVIDIA{Devices: a100}, "", "", "", ""},
		{"forward compatibility", NVIDIA{Driver: "470.82.01", Devices: a100, Compat: newer}, "13", "12.8", "13.0", ""},
		{"not on a GeForce", NVIDIA{Driver: "470.82.01", Devices: geforce, Compat: newer}, "12", "11.8", "12.0", ""},
		{"not below the driver itself", NVIDIA{Driver: "580.65.06", Devices: a100, Compat: newer}, "14", "13.0", "14.0", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, known := Facts{NVIDIA: &c.facts}.CUDACeiling()
			if known != (c.forbidden != "") || got.Forbidden != c.forbidden {
				t.Fatalf("forbidden from %q on (%v), want %q", got.Forbidden, known, c.forbidden)
			}
			if !known {
				return
			}
			if !got.Allows(c.allows) || got.Allows(c.refuses) {
				t.Errorf("%s: allows %s: %v, %s: %v", got, c.allows, got.Allows(c.allows), c.refuses, got.Allows(c.refuses))
			}
			if c.noPTX != "" && !got.WithoutPTX(c.noPTX) {
				t.Errorf("%s: %s should run without PTX", got, c.noPTX)
			}
		})
	}
}

// TestTable holds the table against itself: newest first in both columns.
func TestTable(t *testing.T) {
	for i := 1; i < len(releases); i++ {
		newer, older := releases[i-1], releases[i]
		if compareVersions(newer.cuda, older.cuda) <= 0 || compareVersions(newer.driver, older.driver) <= 0 {
			t.Errorf("%v stands before %v", newer, older)
		}
	}
	for i := 1; i < len(nvidiaChips); i++ {
		if nvidiaChips[i-1].last >= nvidiaChips[i].first {
			t.Errorf("%+v overlaps %+v", nvidiaChips[i-1], nvidiaChips[i])
		}
	}
}

func TestMinimumDriver(t *testing.T) {
	for cuda, want := range map[string]string{"13.0.2": "580", "12.9.1": "525", "12.7": "525", "11.8.0": "450.80.02", "11.0.3": "450.36.06", "10.2.89": "440.33", "6.5": "", "": ""} {
		if got := MinimumDriver(cuda); got != want {
			t.Errorf("CUDA %s needs %q, want %q", cuda, got, want)
		}
	}
}

func TestArchitectures(t *testing.T) {
	for device, want := range map[uint16]string{
		0x1db4: "sm_70", 0x1eb8: "sm_75", 0x20b0: "sm_80", 0x2235: "sm_86", 0x26b5: "sm_89", 0x2335: "sm_90", 0x2901: "sm_100", 0x15f8: "sm_60", 0x1b38: "sm_61", 0x102d: "sm_37", 0x0001: "",
	} {
		if got := nvidiaArch(device); got != want {
			t.Errorf("10de:%04x is %q, want %q", device, got, want)
		}
	}
	for version, want := range map[uint64]string{90010: "gfx90a", 90402: "gfx942", 90008: "gfx908", 100300: "gfx1030", 110001: "gfx1101", 90500: "gfx950"} {
		if got := gfxName(version); got != want {
			t.Errorf("%d is %s, want %s", version, got, want)
		}
	}
}

// loaderCache writes an ld.so.cache of name, flags and path.
func loaderCache(entries ...[3]any) []byte {
	data := append([]byte(cacheMagic), make([]byte, cacheHeader-len(cacheMagic))...)
	binary.LittleEndian.PutUint32(data[20:], uint32(len(entries)))
	table := make([]byte, len(entries)*cacheEntry)
	offset := uint32(cacheHeader + len(table))
	var texts []byte
	put := func(s string) uint32 {
		at := offset + uint32(len(texts))
		texts = append(append(texts, s...), 0)
		return at
	}
	for i, e := range entries {
		entry := table[i*cacheEntry:]
		binary.LittleEndian.PutUint32(entry, uint32(e[1].(int)))
		binary.LittleEndian.PutUint32(entry[4:], put(e[0].(string)))
		binary.LittleEndian.PutUint32(entry[8:], put(e[2].(string)))
	}
	return append(append(data, table...), texts...)
}

func TestLoaderCache(t *testing.T) {
	const old = "ld.so-1.7.0\x00\x00\x00\x00\x00"
	data := append([]byte(old), loaderCache(
		[3]any{"libcuda.so.1", 0x0003, "/lib/i386-linux-gnu/libcuda.so.1"},
		[3]any{"libcuda.so.1", 0x0303, "/usr/lib/x86_64-linux-gnu/libcuda.so.1"},
		[3]any{"libz.so.1", 0x0303, "/lib/libz.so.1"})...)
	if got := cachedLibraries(data, "libcuda.so.1"); len(got) != 1 || got[0] != "/usr/lib/x86_64-linux-gnu/libcuda.so.1" {
		t.Errorf("got %q", got)
	}
	if real, err := os.ReadFile("/etc/ld.so.cache"); err == nil {
		if got := cachedLibraries(real, "libc.so.6"); len(got) == 0 {
			t.Error("this machine's cache has no libc.so.6")
		}
	}
}

func FuzzLoaderCache(f *testing.F) {
	f.Add(loaderCache([3]any{"libcuda.so.1", 0x0303, "/usr/lib/libcuda.so.1"}), "libcuda.so.1")
	f.Add([]byte(cacheMagic), "x")
	f.Add(append([]byte("ld.so-1.7.0\x00\x00\x00\x00\x00"), loaderCache([3]any{"a", 0x0303, "/a"}, [3]any{"a", 0x0a03, "/b/a"}, [3]any{"a", 0x0003, "/c/a"})...), "a")
	f.Add(loaderCache([3]any{"libz.so.1", 0x0303, "not/absolute"}, [3]any{"", 0xffff, ""})[:cacheHeader+cacheEntry], "")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		for _, path := range cachedLibraries(data, name) {
			if !filepath.IsAbs(path) {
				t.Errorf("a relative path: %q", path)
			}
		}
	})
}
