package spackrepo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/packages/spackrepo/record"
)

// body is the state of a class statement that is being executed: what its directives have said so far, and the blocks (with when(...),
// with default_args(...)) that are open around the next one.
type body struct {
	directives []*directive
	conditions []condition
	defaults   []map[string]python.Value
}

// bodyOf is the state of the class statement that a directive is called in. Spack keeps a directive that is called outside of any class for the
// next class that comes; no recipe means that.
func bodyOf(c *python.Call, name string) (*body, error) {
	cb := c.ClassBody()
	if cb == nil {
		return nil, python.Raise(python.RuntimeError, "%s() is a directive: it belongs into the body of a package's class", name)
	}
	b, ok := cb.Data.(*body)
	if !ok {
		b = &body{}
		cb.Data = b
	}
	return b, nil
}

// directive is one call of a directive. Exactly one of the pointers is set, or none where it is for people only. It does not change once its
// class is made, so that classes share those of their bases.
type directive struct {
	name  string // "depends_on"
	never bool   // its condition is False on this host
	when  []string
	place packages.Place
	from  string // the class that it stands in: "build_systems.cmake.CMakePackage"

	version     *record.Version
	variant     *record.Variant
	depends     *record.Dependency
	extends     *record.Extension
	conflict    *record.Conflict
	requirement *record.Requirement
	provision   *record.Provision
	patch       *record.Patch
	resource    *record.Resource
	license     *record.License
	redistrib   *record.Redistribution
	splice      *record.Splice
	maintainers []string

	arguments []python.Kwarg // of a version, beside the version itself
}

// Type implements python.Value: a recipe can pass patch(...) to depends_on(...).
func (*directive) Type() string { return "directive" }

func (d *directive) String() string { return fmt.Sprintf("%s() at %s", d.name, d.place) }

// classData is what a class keeps of its directives: those of its bases first, then its own.
type classData struct{ directives []*directive }

// inherited is what the bases of a class have said, in Spack's order: the last base first, each directive once.
func inherited(class *python.Class) []*directive {
	var all []*directive
	seen := map[*directive]bool{}
	for _, base := range slices.Backward(class.Bases) {
		data, ok := base.Data.(*classData)
		if !ok {
			continue
		}
		if all == nil && len(class.Bases) == 1 {
			return slices.Clip(data.directives) // shared: whoever appends gets a copy
		}
		for _, d := range data.directives {
			if !seen[d] {
				seen[d] = true
				all = append(all, d)
			}
		}
	}
	return all
}

// onClass keeps the directives of a class that was just made.
func (r *Repo) onClass(class *python.Class, cb *python.ClassBody) error {
	all := inherited(class)
	if b, ok := cb.Data.(*body); ok {
		if len(b.conditions) > 0 || len(b.defaults) > 0 {
			return fmt.Errorf("class %s ends within a with block", class.Name)
		}
		for _, d := range b.directives {
			d.from = shortModule(class.Module) + "." + class.Name
		}
		all = append(all, b.directives...)
	}
	class.Data = &classData{directives: all}
	return nil
}

// isPackage reports whether a class inherits from PackageBase: that of its own repository, or of the one that its base classes are of.
func isPackage(class *python.Class) bool {
	return slices.ContainsFunc(class.MRO(), func(k *python.Class) bool { return k.Module == coreModule && k.Name == "PackageBase" })
}

// shortModule is a module without the repository's own name: "packages.boost.package", "build_systems.cmake", "spack.package".
func shortModule(name string) string {
	for _, prefix := range []string{modulesV2, modulesV1} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			_, rest, _ = strings.Cut(rest, ".")
			if prefix == modulesV1 {
				return "packages." + rest + ".package"
			}
			return rest
		}
	}
	return strings.TrimPrefix(name, "spack.build_systems.")
}

// The modules that recipes are: spack_repo.builtin.packages.boost.package, or in package API v1 spack.pkg.builtin.boost.
const (
	modulesV2 = "spack_repo."
	modulesV1 = "spack.pkg."
)
