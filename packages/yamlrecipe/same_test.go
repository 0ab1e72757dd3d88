package yamlrecipe

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sameDemo = `name: demo
versions: {1.0: {sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, url: "https://example.org/demo-1.0.tar.gz"}}
variants:
  int64: {default: false}
  kernels: {default: true}
  arch: {default: none, sets: [[none], [a, b]]}
  name: {default: x, any: true}
depends:
- {spec: "kernels@2:", when: +kernels, same: [int64, arch]}
build: {system: makefile}
`

func TestSameGivesADependencyForEachValue(t *testing.T) {
	r := parseDemo(t, sameDemo)
	var got []string
	for _, d := range r.Depends {
		if d.Spec.Name == "kernels" {
			got = append(got, d.Spec.String()+" when "+d.When.String())
		}
	}
	want := []string{
		"kernels@2: when +kernels",
		"kernels@2:+int64 when +kernels and +int64",
		"kernels@2:~int64 when +kernels and ~int64",
		"kernels@2: arch=a when +kernels and arch=a",
		"kernels@2: arch=b when +kernels and arch=b",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSameWantsVariantsWithValues(t *testing.T) {
	for name, want := range map[string]string{
		"int46": `unknown variant "int46" (did you mean "int64"?)`,
		"name":  "variant name takes any text",
	} {
		_, err := Parse("demo.yaml", []byte(strings.Replace(sameDemo, "[int64, arch]", name, 1)), nil)
		if err == nil || !strings.Contains(err.Error(), "demo.yaml:9:") || !strings.Contains(err.Error(), want) {
			t.Errorf("same: %s: %v", name, err)
		}
	}
}
