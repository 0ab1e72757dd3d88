package yamlrecipe

import (
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages"
)

const usesDemo = `name: demo
versions: {1.0: {sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, url: "https://example.org/demo-1.0.tar.gz"}}
variants:
  cuda_arch: {default: "80", any: true, about: its own}
uses: [cuda, rocm]
build: {system: cmake, args: ["-DARCH={list:cuda_arch:;}", "-DHIP={on-off:rocm}"]}
`

func TestUsesBringsVariantsAndTheirLimits(t *testing.T) {
	r := parseDemo(t, usesDemo)
	var own []packages.VariantDecl
	names := map[string]bool{}
	for _, v := range r.Variants {
		names[v.Name] = true
		if v.Name == "cuda_arch" {
			own = append(own, v)
		}
	}
	if !names["cuda"] || !names["rocm"] || !names["amdgpu_target"] {
		t.Errorf("variants are missing: %v", names)
	}
	if len(own) != 1 || own[0].About != "its own" {
		t.Errorf("the recipe's own cuda_arch does not stand alone: %v", own)
	}
	limits := map[string]string{}
	for _, d := range r.Depends {
		limits[d.When.String()] += d.Spec.String() + " "
	}
	if got := limits["+cuda"]; got != "cuda " {
		t.Errorf("+cuda needs %q", got)
	}
	if got := limits["cuda_arch=90"]; got != "cuda@12.0: " {
		t.Errorf("cuda_arch=90 needs %q", got)
	}
	if !slices.ContainsFunc(r.Conflicts, func(c packages.Conflict) bool {
		return c.Spec.String() == "amdgpu_target=none" && strings.HasPrefix(c.Place.File, "uses/rocm.yaml")
	}) {
		t.Errorf("+rocm without a GPU is no conflict: %v", r.Conflicts)
	}
}

func TestEverythingUsableReads(t *testing.T) {
	names := usableNames()
	if len(names) == 0 {
		t.Fatal("nothing is embedded")
	}
	for _, name := range names {
		text := "name: demo\nversions: {1.0: {}}\nexternal_only: for this test\nuses: " + name + "\n"
		if _, err := Parse("demo.yaml", []byte(text), nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUsesUnknown(t *testing.T) {
	_, err := Parse("demo.yaml", []byte("name: demo\nversions: {1.0: {}}\nexternal_only: for this test\nuses: [cudda]\n"), nil)
	if err == nil || !strings.Contains(err.Error(), `demo.yaml:4:8: unknown thing to use "cudda"`) || !strings.Contains(err.Error(), "cuda") {
		t.Errorf("error is %v", err)
	}
}
