package spackyaml

import (
	"os"
	"path/filepath"
	"testing"

	"gopkg.in/yaml.v3"
)

// FuzzConvert holds that whatever a spack.yaml says, the text that is made of it is YAML, and that converting ends.
func FuzzConvert(f *testing.F) {
	for _, seed := range []string{
		"spack: {specs: [hdf5+mpi], view: true}",
		"spack:\n  definitions:\n  - a: [x, y]\n  - b: [$a]\n  specs:\n  - matrix: [[$b], [$^a], ['%gcc']]\n    exclude: ['x%gcc']\n",
		"spack:\n  compilers:\n  - compiler: {spec: gcc@12, paths: {cc: /usr/bin/gcc}}\n  packages:: &p {all: {require: '@1'}, b: *p}\n",
		"spack: {view: {default: {root: /v}, b: 1}, repos: {a: /r, b: {git: u, commit: c}}, include: [., {path: x}]}",
		"spack: {concretizer: {unify: when_possible}, env_vars: {set: {A: 1}}, specs: [{group: a, specs: [b]}]}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "spack.yaml")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		var made yaml.Node
		result, err := Convert(path, func(text []byte) error { return yaml.Unmarshal(text, &made) })
		if err != nil {
			return
		}
		if err := yaml.Unmarshal(result.Text, &made); err != nil {
			t.Fatalf("%v\n%s", err, result.Text)
		}
	})
}
