package host

import (
	"context"
	"fmt"
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// recipes is a repository of the recipes that detection needs.
type recipes map[string]*packages.Recipe

func (r recipes) Namespace() string { return "test" }
func (r recipes) Identity() string  { return "test" }
func (r recipes) Names() []string {
	var names []string
	for name := range r {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (r recipes) Recipe(_ context.Context, name string) (*packages.Recipe, error) {
	if recipe, ok := r[name]; ok {
		return recipe, nil
	}
	return nil, fmt.Errorf("%w %q", packages.ErrUnknownPackage, name)
}

func (r recipes) Providers(virtual string) []string {
	var names []string
	for _, name := range r.Names() {
		for _, p := range r[name].Provides {
			for _, v := range p.Virtuals {
				if v.Name == virtual {
					names = append(names, name)
				}
			}
		}
	}
	return names
}

func (r recipes) Virtuals() []string { return []string{"mpi"} }

func boolVariant(name string) packages.VariantDecl {
	return packages.VariantDecl{Name: name, Kind: packages.BoolVariant, Default: []string{"true"}}
}

func valued(name string, kind packages.VariantKind, values ...string) packages.VariantDecl {
	d := packages.VariantDecl{Name: name, Kind: kind, Default: values[:1]}
	for _, v := range values {
		d.Values = append(d.Values, packages.VariantValue{Value: v})
	}
	return d
}

func tool(name, executable, version string, args ...string) *packages.Recipe {
	return &packages.Recipe{Name: name, Detection: &packages.Detection{
		Executables: []string{executable}, VersionExpr: version, VersionArgs: args,
	}}
}

func testRecipes() recipes {
	mpi := []packages.Provision{{Virtuals: []*spec.Spec{{Name: "mpi"}}}}
	r := recipes{
		"gcc":     {Name: "gcc", Variants: []packages.VariantDecl{valued("languages", packages.MultiVariant, "c", "c++", "fortran", "go")}},
		"llvm":    {Name: "llvm", Variants: []packages.VariantDecl{boolVariant("clang"), boolVariant("flang")}},
		"openmpi": {Name: "openmpi", Provides: mpi, Variants: []packages.VariantDecl{boolVariant("fortran"), boolVariant("cxx")}},
		"mpich": {Name: "mpich", Provides: mpi, Variants: []packages.VariantDecl{
			boolVariant("fortran"), valued("device", packages.SingleVariant, "ch3", "ch4"), valued("netmod", packages.SingleVariant, "tcp", "ofi", "ucx"),
		}},
		"zlib": {Name: "zlib"},
	}
	for _, name := range []string{"cray-mpich", "intel-oneapi-mpi", "spectrum-mpi", "mvapich2"} {
		r[name] = &packages.Recipe{Name: name, Provides: mpi}
	}
	for _, name := range []string{"intel-oneapi-compilers", "nvhpc", "aocc", "cce", "llvm-amdgpu"} {
		r[name] = &packages.Recipe{Name: name}
	}
	for _, t := range []*packages.Recipe{
		tool("cmake", `^cmake$`, `^cmake version (\S+)`),
		tool("gmake", `^g?make$`, `^GNU Make (\S+)`),
		tool("perl", `^perl$`, `\(v([0-9.]+)\)`, "-v"),
		tool("python", `^python3?(\.\d+)?$`, `^Python (\S+)`, "-V"),
		tool("tar", `^tar$`, `^tar \(GNU tar\) (\S+)`),
	} {
		r[t.Name] = t
	}
	return r
}
