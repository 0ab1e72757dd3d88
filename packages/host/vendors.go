package host

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/spec"
)

// Vendors' compilers say what they are in their banner; the names of some are those of LLVM, and only where they stand tells them apart.

// vendorClang is where a clang stands that is not LLVM's own.
var vendorClang = regexp.MustCompile(`(?i)/(?:aocc[^/]*|rocm[^/]*|cce|hpc_sdk|oneapi)/`)

// vendorFamily is a family whose members say their version in the answer to --version.
func vendorFamily(pkg string, names map[Language]string, banners map[Language]string) family {
	f := family{pkg: pkg, names: map[Language]*regexp.Regexp{}, variants: func(map[Language]string) []spec.Variant { return nil }}
	for lang, name := range names {
		f.names[lang] = regexp.MustCompile(`^(?:` + name + `)$`)
	}
	compiled := map[Language]*regexp.Regexp{}
	for lang, banner := range banners {
		compiled[lang] = regexp.MustCompile(banner)
	}
	f.version = func(ctx context.Context, s *search, lang Language, path string) (string, error) {
		banner := compiled[lang]
		if banner == nil {
			banner = compiled[C]
		}
		r, err := s.ask(ctx, path, "--version")
		if err != nil {
			return "", err
		}
		m := banner.FindStringSubmatch(r.Both())
		if m == nil {
			return "", fmt.Errorf("is not %s, whatever its name says: %s", pkg, r.Complaint())
		}
		return strings.TrimRight(m[1], "."), nil
	}
	return f
}

var (
	oneapiFamily = vendorFamily("intel-oneapi-compilers",
		map[Language]string{C: "icx", Cxx: "icpx", Fortran: "ifx"},
		map[Language]string{C: `oneAPI DPC\+\+/C\+\+ Compiler ([0-9.]+)`, Fortran: `ifx \(IFX\) ([0-9.]+)`})
	classicFamily = vendorFamily("intel-oneapi-compilers-classic",
		map[Language]string{C: "icc", Cxx: "icpc", Fortran: "ifort"},
		map[Language]string{C: `(?:icc|icpc) \(ICC\) ([0-9.]+)`, Fortran: `ifort \(IFORT\) ([0-9.]+)`})
	nvhpcFamily = withoutMachine(vendorFamily("nvhpc",
		map[Language]string{C: "nvc", Cxx: `nvc\+\+`, Fortran: "nvfortran"},
		map[Language]string{C: `nv(?:c|c\+\+|fortran) ([0-9]+\.[0-9]+)-[0-9]+ .*[Ll]inux`}))
	aoccFamily = where(vendorFamily("aocc",
		map[Language]string{C: "clang", Cxx: `clang\+\+`, Fortran: "flang"},
		map[Language]string{C: `AOCC_([0-9.]+)`}), `(?i)/aocc[^/]*/`)
	cceFamily = withoutMachine(vendorFamily("cce",
		map[Language]string{C: "craycc", Cxx: "crayCC|craycxx", Fortran: "crayftn"},
		map[Language]string{C: `Cray clang version ([0-9.]+)`, Fortran: `Cray Fortran : Version ([0-9.]+)`}))
	amdFamily = vendorFamily("llvm-amdgpu",
		map[Language]string{C: "amdclang", Cxx: `amdclang\+\+`, Fortran: "amdflang"},
		map[Language]string{C: `roc-([0-9.]+)`})
)

// withoutMachine is for compilers that do not answer -dumpmachine; what they build is proven by the probe alone.
func withoutMachine(f family) family {
	f.silent = true
	return f
}

// where is for compilers whose names are others', too.
func where(f family, path string) family {
	f.where = regexp.MustCompile(path)
	return f
}

// drivers lists the programs that may be of the family.
func (s *search) drivers(f family, lang Language) []*program {
	return slices.DeleteFunc(s.programs(f.pkg, f.names[lang], true), func(p *program) bool {
		if f.where != nil {
			return !f.where.MatchString(p.last)
		}
		return f.pkg == llvmFamily.pkg && vendorClang.MatchString(p.last)
	})
}
