package main

import (
	"slices"
	"strings"

	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/arch"
)

// How specs are completed: those of packages to have, and those of what is installed.

// specs completes a part of a spec. before are the finished words of the command line; a spec may be several of them: hdf5 +mpi api=v18 ^mpich.
func (c completer) specs(word string, before []string) []suggestion {
	about := lastPackage(before)
	switch {
	case word != "" && strings.ContainsRune("+~", rune(word[0])):
		return c.switches(word[:1], about)
	case strings.Contains(word, "="):
		return c.variantValues(word, about)
	}
	return append(c.packages(word, nil), c.keys(about)...)
}

// lastPackage is the name that the last word which names a package has: gmake for [hdf5+mpi %gmake@4 jobs=3]; "" if none does.
func lastPackage(words []string) string {
	for _, w := range slices.Backward(words) {
		w = strings.TrimLeft(w, "^%")
		name, _, _ := cutAny(w, "@+~%^/ ")
		if name != "" && !strings.Contains(w, "=") && !strings.HasPrefix(w, "-") {
			return name
		}
	}
	return ""
}

// cutAny is strings.Cut at the first of several characters.
func cutAny(s, chars string) (before, after string, found bool) {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// packages are names; behind one, its variants or versions: hdf5+mpi, hdf5@1.14.6.
func (c completer) packages(word string, _ []string) []suggestion {
	repo, err := c.recipes(c.ctx, "")
	if err != nil {
		return nil
	}
	sigil := word[:len(word)-len(strings.TrimLeft(word, "^%"))]
	rest := word[len(sigil):]
	i := strings.LastIndexAny(rest, "+~@")
	if i < 0 {
		names := repo.Names()
		if sigil != "" {
			names = append(slices.Clone(names), repo.Virtuals()...)
			slices.Sort(names)
		}
		return prefixed(sigil, plain(slices.Compact(names)))
	}
	name, _, _ := cutAny(rest, "+~@")
	head := sigil + rest[:i+1]
	if rest[i] != '@' {
		return prefixed(head[:len(head)-1], c.switches(head[len(head)-1:], name))
	}
	r := c.recipe(name)
	if r == nil {
		return nil
	}
	var versions []string
	for _, v := range byPreference(r) {
		versions = append(versions, v.Version.String())
	}
	return prefixed(head, plain(versions))
}

// recipe is the recipe of that name, nil if there is none.
func (c completer) recipe(name string) *packages.Recipe {
	repo, err := c.recipes(c.ctx, "")
	if err != nil || name == "" {
		return nil
	}
	r, err := repo.Recipe(c.ctx, name)
	if err != nil {
		return nil
	}
	return r
}

// switches are the variants of a package that are on or off, each behind a sign.
func (c completer) switches(sign, name string) []suggestion {
	r := c.recipe(name)
	if r == nil {
		return nil
	}
	var all []suggestion
	for _, v := range r.Variants {
		if s := (suggestion{sign + v.Name, v.About}); v.Kind == packages.BoolVariant && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// keys are what a package takes with a value: "api=", and the target.
func (c completer) keys(name string) []suggestion {
	r := c.recipe(name)
	if r == nil {
		return nil
	}
	all := []suggestion{{"target=", "what to build for"}}
	for _, v := range r.Variants {
		if s := (suggestion{v.Name + "=", v.About}); v.Kind != packages.BoolVariant && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// variantValues completes "api=v1", and "languages=c,fo" by what is not there yet.
func (c completer) variantValues(word, name string) []suggestion {
	key, value, _ := strings.Cut(word, "=")
	head := key + "="
	key = strings.TrimSuffix(key, ":")
	if key == "target" {
		return prefixed(head, plain(append([]string{"native"}, arch.Names()...)))
	}
	r := c.recipe(name)
	if r == nil {
		return nil
	}
	var values, used []string
	multi := false
	for _, v := range r.Variants {
		if v.Name == key {
			multi = multi || v.Kind == packages.MultiVariant
			values = append(values, valuesOf(v)...)
		}
	}
	if i := strings.LastIndexByte(value, ','); i >= 0 && multi {
		used = strings.Split(value[:i], ",")
		head += value[:i+1]
	}
	slices.Sort(values)
	values = slices.DeleteFunc(slices.Compact(values), func(v string) bool { return slices.Contains(used, v) })
	return prefixed(head, plain(values))
}

// valuesOf lists what a definition of a variant allows; of one that takes anything its defaults.
func valuesOf(v packages.VariantDecl) []string {
	values := slices.Clone(v.Default)
	for _, value := range v.Values {
		values = append(values, value.Value)
	}
	return append(values, slices.Concat(v.Sets...)...)
}

// installed are the names of what is installed; behind @ its versions, and behind / its hashes: zlib@1.3.1, zlib/abcdefg, /abcdefg.
func (c completer) installed(word string, _ []string) []suggestion {
	s, err := c.store()
	if err != nil {
		return nil
	}
	s.Warn = nil
	records, err := s.Query(store.Filter{})
	if err != nil {
		return nil
	}
	name, _, behind := cutAny(word, "@/")
	var all []suggestion
	for _, r := range records {
		switch n := r.Node; {
		case !behind:
			all = append(all, suggestion{text: n.Name()})
		case name != "" && name != n.Name():
		case word[len(name)] == '@':
			all = append(all, suggestion{text: name + "@" + n.Version().String()})
		default:
			all = append(all, suggestion{name + "/" + n.ShortHash(), n.String()})
		}
	}
	return slices.Compact(all)
}
