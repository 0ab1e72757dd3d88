package yamldoc

import (
	"errors"
	"fmt"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// Spec reads a spec. A mistake points at the character inside the value.
func (n Node) Spec() *spec.Spec {
	text, ok := n.scalar("a spec")
	if !ok {
		return nil
	}
	s, err := spec.Parse(text)
	if err != nil {
		n.failSpec(err)
		return nil
	}
	return s
}

// Named reads a spec that must name a package.
func (n Node) Named() *spec.Spec {
	s := n.Spec()
	if s != nil && s.Name == "" {
		n.Errorf("this spec names no package")
		return nil
	}
	return s
}

// When reads a condition: a spec, or a list of specs that must all hold.
func (n Node) When() packages.When {
	var when packages.When
	for _, e := range n.ListOrOne() {
		if s := e.Spec(); s != nil {
			when = append(when, s)
		}
	}
	return when
}

// Version reads one version, as it was written.
func (n Node) Version() spec.Version {
	text, ok := n.scalar("a version")
	if !ok {
		return spec.Version{}
	}
	v, err := spec.ParseVersion(text)
	if err != nil {
		n.Errorf("%v", err)
	}
	return v
}

// Versions reads what may stand after @ in a spec.
func (n Node) Versions() spec.Versions {
	text, ok := n.scalar("versions")
	if !ok {
		return spec.Versions{}
	}
	v, err := spec.ParseVersions(text)
	if err != nil {
		n.Errorf("%v", err)
	}
	return v
}

// DepTypes reads dependency types: build, or [build, link].
func (n Node) DepTypes() spec.DepTypes {
	var types spec.DepTypes
	for _, e := range n.ListOrOne() {
		text := e.Text()
		if t, ok := spec.ParseDepType(text); ok {
			types |= t
		} else if text != "" {
			e.FailUnknown("dependency type", text, []string{"build", "link", "run", "test"})
		}
	}
	return types
}

// FailUnknown records that a name is none of those known: unknown key "varaints" (did you mean "variants"?).
func (n Node) FailUnknown(what, name string, known []string) {
	n.Fail(unknown(what, name), DidYouMean(name, known))
}

func unknown(what, name string) string { return fmt.Sprintf("unknown %s %q", what, clip(name)) }

func (n Node) scalar(what string) (string, bool) {
	if n.n == nil {
		return "", false
	}
	if !n.IsScalar() {
		n.Errorf("expected %s, found %s", what, n.kind())
		return "", false
	}
	return resolve(n.n).Value, true
}

func (n Node) failSpec(err error) {
	var at *spec.ParseError
	if !errors.As(err, &at) {
		n.Errorf("%v", err)
		return
	}
	hint := ""
	if at.Expected != "" {
		hint = "expected " + at.Expected
	}
	n.FailAt(at.Offset, at.Length, at.Message, hint)
}
