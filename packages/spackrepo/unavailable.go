package spackrepo

import (
	"github.com/berth-hpc/berth/packages/python"
)

// unavailable is something that builds use: a recipe may import it and name it in its methods. Any use while the recipe is read is an
// error that names it: an answer that is made up would be a wrong dependency.
type unavailable struct{ name string } // "shutil.copytree"

// Type implements python.Value.
func (u *unavailable) Type() string { return u.name }

func (u *unavailable) error(what string) error {
	return python.Raise(python.RuntimeError, "%s is there in builds only: a recipe cannot %s it while it is read", u.name, what)
}

// Attr implements python.HasAttrs: shutil.copytree is as little available as shutil.
func (u *unavailable) Attr(name string) (python.Value, error) {
	if len(name) > 4 && name[:2] == "__" {
		return nil, nil
	}
	return &unavailable{name: u.name + "." + name}, nil
}

// Call implements python.Callable.
func (u *unavailable) Call(*python.Call) (python.Value, error) { return nil, u.error("call") }

// Index implements python.Indexable.
func (u *unavailable) Index(python.Value) (python.Value, error) { return nil, u.error("subscript") }

// Contains implements python.Container.
func (u *unavailable) Contains(python.Value) (bool, error) { return false, u.error("search") }

// Compare implements python.Comparer.
func (u *unavailable) Compare(string, python.Value) (python.Value, error) {
	return nil, u.error("compare")
}

// Binary implements python.Operand.
func (u *unavailable) Binary(string, python.Value, bool) (python.Value, error) {
	return nil, u.error("calculate with")
}

// Truth implements python.TruthOrError.
func (u *unavailable) Truth() (bool, error) { return false, u.error("test") }

// Iterate implements python.Iterable.
func (u *unavailable) Iterate() python.Iterator { return failing{u.error("go through")} }

type failing struct{ err error }

// Next implements python.Iterator.
func (f failing) Next() (python.Value, bool, error) { return nil, false, f.err }
