package spec

import (
	"fmt"
	"slices"
	"strings"
)

// Toolchain is what a name after % stands for: constraints that are laid over the package on whose side it stands. The parser knows no toolchains: to
// it %gcc_mpich is a direct dependency like any other, until Toolchains.Expand puts in its place what it means.
type Toolchain struct {
	Name    string // "gcc_mpich"
	Place   string // "toolchains.yaml:2"
	Entries []ToolchainEntry
}

// ToolchainEntry is one constraint of a toolchain.
type ToolchainEntry struct {
	Spec  *Spec  // anonymous: "%c=gcc@13", "cflags=-O3"
	When  *Spec  // nil: always; else only its dependencies depend on this: "%c"
	Place string // "toolchains.yaml:4"
}

// Toolchains is the toolchains that there are, by name.
type Toolchains map[string]Toolchain

// ToolchainError says what is wrong with a toolchain, or with the way in which a spec uses it.
type ToolchainError struct {
	Name    string
	Place   string // where it is defined
	Problem string // "it takes no attributes of its own, so @13 cannot follow it"
}

func (e *ToolchainError) Error() string {
	if e.Place == "" {
		return fmt.Sprintf("toolchain %s: %s", e.Name, e.Problem)
	}
	return fmt.Sprintf("toolchain %s (%s): %s", e.Name, e.Place, e.Problem)
}

// Check looks at a toolchain by itself; all is what it may not lean on. The error is a *ToolchainError.
func (t Toolchain) Check(all Toolchains) error {
	if pkg, ok := legacyCompilers[t.Name]; ok {
		return t.fail("%%%s means the package %s: give it another name", t.Name, pkg)
	}
	for _, e := range t.Entries {
		at := Toolchain{Name: t.Name, Place: e.Place}
		switch {
		case e.Spec.Name != "" || e.Spec.Namespace != "":
			return at.fail("%s names a package, but it is for any: begin with %% or an attribute", e.Spec)
		case e.Spec.IsAny():
			return at.fail("an entry says nothing")
		case e.When != nil && e.Spec.NodeString() != "":
			return at.fail("%s cannot have a condition: only dependencies (%%) can", e.Spec.NodeString())
		}
		for _, d := range e.Spec.Deps {
			if !d.Direct {
				return at.fail("^%s: only direct dependencies (%%) can be part of a toolchain", d.Spec)
			}
			if _, nested := all[d.Spec.Name]; nested {
				return at.fail("it uses the toolchain %s, and toolchains cannot be nested", d.Spec.Name)
			}
		}
	}
	return nil
}

func (t Toolchain) fail(format string, args ...any) error {
	return &ToolchainError{t.Name, t.Place, fmt.Sprintf(format, args...)}
}

// Expand returns the spec with every toolchain after a % replaced by what it means; s is left as it is. The error is a *ToolchainError.
func (t Toolchains) Expand(s *Spec) (*Spec, error) {
	if !t.usedIn(s) {
		return s, nil
	}
	s = s.Clone()
	if name, found := t.inCondition(s); found {
		return nil, t[name].fail("it cannot stand in a condition (when=)")
	}
	if err := t.expandNode(s); err != nil {
		return nil, err
	}
	for i := range s.Deps {
		if err := t.expandNode(s.Deps[i].Spec); err != nil {
			return nil, err
		}
	}
	if err := (relation{}).settle(s, nil); err != nil {
		return nil, fmt.Errorf("%s: %w", s, err)
	}
	sortDeps(s)
	return s, nil
}

// usedIn reports whether a node of the spec, or a condition in it, has a toolchain.
func (t Toolchains) usedIn(s *Spec) bool {
	return slices.ContainsFunc(s.Deps, func(d Dep) bool { return t.is(&d) || t.usedIn(d.Spec) || d.When != nil && t.usedIn(d.When) })
}

// inCondition finds a toolchain in the condition of a dependency.
func (t Toolchains) inCondition(s *Spec) (name string, found bool) {
	for _, d := range s.Deps {
		if d.When != nil {
			for _, c := range d.When.Deps {
				if t.is(&c) {
					return c.Spec.Name, true
				}
			}
		}
		if name, found := t.inCondition(d.Spec); found {
			return name, true
		}
	}
	return "", false
}

func (t Toolchains) is(d *Dep) bool {
	_, ok := t[d.Spec.Name]
	return ok && d.Direct
}

// expandNode replaces the toolchains among the dependencies of one node.
func (t Toolchains) expandNode(s *Spec) error {
	var used []Dep
	s.Deps = slices.DeleteFunc(s.Deps, func(d Dep) bool {
		if t.is(&d) {
			used = append(used, d)
		}
		return t.is(&d)
	})
	for _, d := range used {
		if err := t[d.Spec.Name].apply(s, &d); err != nil {
			return err
		}
	}
	return nil
}

// apply lays the toolchain that d names over a node.
func (t Toolchain) apply(s *Spec, d *Dep) error {
	rest := *d.Spec
	rest.Name = ""
	switch {
	case !rest.IsAny():
		return t.fail("it takes no attributes of its own, so %s cannot follow it", strings.TrimSpace(rest.String()))
	case len(d.Virtuals) > 0:
		return t.fail("it says itself what provides what, so %s= cannot stand before it", strings.Join(d.Virtuals, ","))
	case d.Types != 0:
		return t.fail("deptypes=%s cannot be said of it", d.Types)
	}
	for _, e := range t.Entries {
		part, err := t.part(e, d)
		if err != nil {
			return err
		}
		whole, err := s.Constrain(part)
		if err != nil {
			return Toolchain{Name: t.Name, Place: e.Place}.fail("%v", err)
		}
		*s = *whole
	}
	return nil
}

// part is one entry as it applies where the toolchain stands as d.
func (t Toolchain) part(e ToolchainEntry, d *Dep) (*Spec, error) {
	part := e.Spec.Clone()
	if d.When != nil && part.NodeString() != "" {
		return nil, t.fail("%s cannot have a condition, so when=%s cannot be said of it", part.NodeString(), quoteIfNeeded(d.When.String()))
	}
	for i := range part.Deps {
		p := &part.Deps[i]
		for _, when := range []*Spec{e.When, d.When} {
			if when == nil {
				continue
			}
			both := when.Clone()
			if p.When != nil {
				var err error
				if both, err = p.When.Constrain(when); err != nil {
					return nil, t.fail("its condition can never hold: %v", err)
				}
			}
			p.When = both
		}
		p.Propagate = p.Propagate || d.Propagate
		p.From = "toolchain " + t.Name
		if e.Place != "" {
			p.From += " (" + e.Place + ")"
		}
	}
	return part, nil
}
