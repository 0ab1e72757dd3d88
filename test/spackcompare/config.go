package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
)

// clingo54 makes a native module of clingo 5.4 one that Spack can use.
//
//go:embed clingo.py
var clingo54 string

// writeConfiguration writes what both are asked with: one compiler of the host, which is in compilers.yaml as Spack of January 2025 wants it and berth reads it;
// one target; no reuse; and for Spack, nothing to fetch. Of Spack's defaults, berth gets packages.yaml: the preferred providers, and what may not be built.
func writeConfiguration(o *options) error {
	defaults, err := os.ReadFile(filepath.Join(o.spack, "etc", "spack", "defaults", "packages.yaml"))
	if err != nil {
		return fmt.Errorf("read Spack's defaults: %w", err)
	}
	files := map[string]string{
		"config/packages.yaml":    fmt.Sprintf("packages:\n  all:\n    target: [%s]\n", o.target),
		"config/compilers.yaml":   compilersYAML,
		"config/concretizer.yaml": "concretizer:\n  reuse: false\n  unify: true\n",
		"config/bootstrap.yaml":   "bootstrap:\n  enable: false\n",
		"defaults/packages.yaml":  string(defaults),
		"berth/packages.yaml":     "packages: {}\n", // so that berth does not look for more on the host
		"python/clingo.py":        clingo54,
		"answers/README":          "What Spack printed, by a digest of target and request.\n",
	}
	for name, text := range files {
		if err := writeFile(filepath.Join(o.work, name), text); err != nil {
			return err
		}
	}
	return nil
}

// compilersYAML is gcc 12.2.0 of Debian 12.
const compilersYAML = `compilers:
- compiler:
    spec: gcc@=12.2.0
    paths: {cc: /usr/bin/gcc-12, cxx: /usr/bin/g++-12, f77: /usr/bin/gfortran-12, fc: /usr/bin/gfortran-12}
    flags: {}
    operating_system: debian12
    target: x86_64
    modules: []
    environment: {}
    extra_rpaths: []
`
