package packages

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Layer joins repositories: a package's recipe is the first repository's that has the package; names and virtuals are those
// of all of them. What is layered already is taken apart, so that Layers tells every repository there is.
func Layer(repos ...Repo) Repo {
	if len(repos) == 1 {
		return repos[0]
	}
	var l layered
	for _, r := range repos {
		l = append(l, Layers(r)...)
	}
	return l
}

type layered []Repo

// Namespace is that of the first repository, which wins.
func (l layered) Namespace() string {
	if len(l) == 0 {
		return ""
	}
	return l[0].Namespace()
}

// Identity is those of all, in order.
func (l layered) Identity() string {
	ids := make([]string, len(l))
	for i, r := range l {
		ids[i] = r.Identity()
	}
	return strings.Join(ids, "+")
}

func (l layered) Names() []string { return l.union(Repo.Names) }

func (l layered) Virtuals() []string { return l.union(Repo.Virtuals) }

// Providers leaves out a package of a later repository that an earlier one hides without providing the virtual.
func (l layered) Providers(virtual string) []string {
	var names []string
	var earlier [][]string // the names of the repositories before, sorted
	for i, r := range l {
		for _, name := range r.Providers(virtual) {
			hidden := slices.ContainsFunc(earlier, func(all []string) bool {
				_, found := slices.BinarySearch(all, name)
				return found
			})
			if !hidden {
				names = append(names, name)
			}
		}
		if i < len(l)-1 {
			earlier = append(earlier, r.Names())
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (l layered) Recipe(ctx context.Context, name string) (*Recipe, error) {
	for _, r := range l {
		recipe, err := r.Recipe(ctx, name)
		if err == nil || !errors.Is(err, ErrUnknownPackage) {
			return recipe, err
		}
	}
	return nil, fmt.Errorf("%w %q", ErrUnknownPackage, name)
}

func (l layered) union(list func(Repo) []string) []string {
	var names []string
	for _, r := range l {
		names = append(names, list(r)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Layers lists the repositories that Layer joined, in the order in which they are searched; another repository is its own only layer.
func Layers(r Repo) []Repo {
	if l, ok := r.(layered); ok {
		return slices.Clone(l)
	}
	return []Repo{r}
}
