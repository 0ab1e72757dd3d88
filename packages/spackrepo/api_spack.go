package spackrepo

import (
	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/spec/arch"
)

// spackSpecial is what modules of Spack itself have and spack.package has not, as far as recipes of package API v1 use it when they are
// read. It is nil for everything else.
func (c *core) spackSpecial(module, name string) python.Value {
	switch module + "." + name {
	case "spack.platforms.host":
		return python.NewBuiltin(name, c.platform)
	case "spack.platforms.cray.slingshot_network":
		return python.NewBuiltin(name, func(*python.Call) (python.Value, error) {
			return python.Bool(c.host.Files["/opt/cray/pe"] && (c.host.Files["/lib64/libcxi.so"] || c.host.Files["/usr/lib64/libcxi.so"])), nil
		})
	case "spack.spack_version":
		return python.Str("0.23.1") // the last Spack that had recipes of this API
	case "spack.variant.ConditionalVariantValues":
		return python.TypeOf(python.NewList()) // conditional(...) gives a list
	case "spack.compilers.supported_compilers":
		return python.NewBuiltin(name, supportedCompilers)
	case "archspec.cpu.TARGETS":
		return targetTable()
	}
	return nil
}

// compilerNames are the compilers that Spack knew while they were no packages.
var compilerNames = []string{
	"aocc", "apple-clang", "arm", "cce", "clang", "dpcpp", "fj", "gcc", "intel", "msvc", "nag", "nvhpc", "oneapi", "pgi", "rocmcc", "xl", "xl_r",
}

func supportedCompilers(*python.Call) (python.Value, error) {
	list := python.NewList()
	for _, name := range compilerNames {
		list.Append(python.Str(name))
	}
	return list, nil
}

// targetTable is the microarchitectures by name.
func targetTable() python.Value {
	table := python.NewDict()
	for _, t := range arch.All() {
		if err := table.Set(python.Str(t.Name()), &targetValue{t}); err != nil {
			panic(err) // a text is always a key
		}
	}
	return table
}

// targetValue is a microarchitecture.
type targetValue struct{ target *arch.Target }

// Type implements python.Value.
func (*targetValue) Type() string { return "Microarchitecture" }

// Str and Repr implement python.Printer.
func (t *targetValue) Str() string { return t.target.Name() }

// Repr implements python.Printer.
func (t *targetValue) Repr() string { return t.target.Name() }

// Attr implements python.HasAttrs.
func (t *targetValue) Attr(name string) (python.Value, error) {
	switch name {
	case "name":
		return python.Str(t.target.Name()), nil
	case "family":
		return &targetValue{t.target.Family()}, nil
	case "vendor":
		return python.Str(t.target.Vendor()), nil
	}
	return nil, nil
}
