package concretizer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/suggest"
)

// The errors of requests that speak of what does not exist.

// UnknownPackageError is a request for a name that is neither a package nor a virtual.
type UnknownPackageError struct {
	Name    string
	At      packages.Place
	Nearest []string
}

func (e *UnknownPackageError) Error() string {
	return at(e.At) + "no package is called " + e.Name + didYouMean(e.Nearest)
}

// newUnknownPackage is the error of a spec whose name none of known is. What reads as a namespace may be the version of somebody who wrote hdf5-1.14.
func newUnknownPackage(s *spec.Spec, known []string, at packages.Place) *UnknownPackageError {
	err := &UnknownPackageError{Name: s.Name, At: at}
	if s.Namespace != "" {
		err.Name = s.Namespace + "." + s.Name
		for cut := strings.LastIndexByte(err.Name, '-'); cut > 0; cut = strings.LastIndexByte(err.Name[:cut], '-') {
			if slices.Contains(known, err.Name[:cut]) {
				err.Nearest = []string{err.Name[:cut] + "@" + err.Name[cut+1:]}
				return err
			}
		}
	}
	err.Nearest = suggest.Nearest(s.Name, known, 3)
	return err
}

// Unwrap lets callers recognise packages.ErrUnknownPackage.
func (e *UnknownPackageError) Unwrap() error { return packages.ErrUnknownPackage }

// UnknownVariantError is a request for a variant that the package does not have under any condition.
type UnknownVariantError struct {
	Package, Variant string
	At               packages.Place
	Nearest, Known   []string
	Advice           string // what to write, where that can be told
}

// Hint says what may have been meant.
func (e *UnknownVariantError) Hint() string { return e.Advice }

func (e *UnknownVariantError) Error() string {
	s := fmt.Sprintf("%s%s has no variant %s", at(e.At), e.Package, e.Variant)
	if len(e.Nearest) == 0 && len(e.Known) > 0 {
		return s + "; it has " + list(e.Known, "and")
	}
	return s + didYouMean(e.Nearest)
}

// UnknownVariant is the error of asking a package for a variant that its recipe does not declare.
func UnknownVariant(r *packages.Recipe, variant string, at packages.Place) *UnknownVariantError {
	names := r.VariantNames()
	return &UnknownVariantError{Package: r.Name, Variant: variant, At: at, Nearest: suggest.Nearest(variant, names, 3), Known: names}
}

// UnknownValueError is a request for a value that the variant does not take under any condition.
type UnknownValueError struct {
	Package, Variant, Value string
	At                      packages.Place
	Nearest, Known          []string
}

func (e *UnknownValueError) Error() string {
	s := fmt.Sprintf("%svariant %s of %s cannot be %s; it takes %s", at(e.At), e.Variant, e.Package, e.Value, list(e.Known, "or"))
	return s + didYouMean(e.Nearest)
}

// nearestValues are the values that may be meant: 80 by sm_80, Debug by debug.
func nearestValues(value string, known []string) []string {
	if _, number, ok := strings.Cut(value, "_"); ok && slices.Contains(known, number) {
		return []string{number}
	}
	return suggest.Nearest(value, known, 3)
}

// UnknownVersionError is a request for versions of which none can be had.
type UnknownVersionError struct {
	Package  string
	Versions spec.Versions
	At       packages.Place
	Known    []string // best first
	NoGit    bool     // a git version is asked for, and the recipe has no repository
}

func (e *UnknownVersionError) Error() string {
	if e.NoGit {
		return fmt.Sprintf("%sthe recipe of %s tells no git repository, so there is no %s@%s", at(e.At), e.Package, e.Package, e.Versions)
	}
	s := fmt.Sprintf("%sno version of %s is in @%s", at(e.At), e.Package, e.Versions)
	if len(e.Known) == 0 {
		return s + "; it has none at all"
	}
	return s + "; there are " + list(e.Known, "and")
}

// NamespaceError is a request for a package of another repository than the one that its recipe is taken from.
type NamespaceError struct {
	Package, Wanted, Has string
	At                   packages.Place
}

func (e *NamespaceError) Error() string {
	return fmt.Sprintf("%sthe recipe of %s is taken from the repository %s, not from %s", at(e.At), e.Package, e.Has, e.Wanted)
}

// Hint says what decides about it.
func (e *NamespaceError) Hint() string {
	return "the first repository that has a package wins; `berth repo list` shows them in order, and `repos` of env.yaml sets another order"
}

// OtherSystemError is a request for an operating system or platform that is not this system's.
type OtherSystemError struct {
	Package, Wanted, Has string // "hdf5", "os=rhel8", "debian12"
	At                   packages.Place
}

func (e *OtherSystemError) Error() string {
	return fmt.Sprintf("%s%s: this system is %s, so nothing is built for %s", at(e.At), e.Package, e.Has, e.Wanted)
}

// Hint says how to build for another machine.
func (e *OtherSystemError) Hint() string {
	return "leave it out, or resolve for a machine of the other kind with a system in env.yaml"
}

// NotProvidedError is a request that a package provides a virtual that it never does.
type NotProvidedError struct {
	Package, Virtual string
	At               packages.Place
	Provided         []string
}

func (e *NotProvidedError) Error() string {
	s := fmt.Sprintf("%s%s does not provide %s", at(e.At), e.Package, e.Virtual)
	if len(e.Provided) == 0 {
		return s
	}
	return s + "; it provides " + list(e.Provided, "and")
}

// UnsupportedTargetError is a request for targets of which this system can run none.
type UnsupportedTargetError struct {
	Package, Target string
	System          string // "zen2": the best that the system runs
	At              packages.Place
	Unknown         string   // the name in Target that is no target's
	Nearest         []string // targets of like names
}

func (e *UnsupportedTargetError) Error() string {
	if e.Unknown != "" {
		return fmt.Sprintf("%s%s: no target is called %s%s", at(e.At), e.Package, e.Unknown, didYouMean(e.Nearest))
	}
	return fmt.Sprintf("%s%s: this system is a %s, which cannot run target=%s", at(e.At), e.Package, e.System, e.Target)
}

// Hint says how to build for another machine.
func (e *UnsupportedTargetError) Hint() string {
	if e.Unknown != "" {
		return "`berth arch --known-targets` lists them"
	}
	return "to build for another machine, say so with --target, or with a system in env.yaml"
}

func at(p packages.Place) string {
	if p.String() == "" {
		return ""
	}
	return p.String() + ": "
}

func didYouMean(nearest []string) string {
	if len(nearest) == 0 {
		return ""
	}
	return "; did you mean " + list(nearest, "or") + "?"
}
