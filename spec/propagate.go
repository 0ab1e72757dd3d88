package spec

import "slices"

// What ++x, ~~x and x==v mean: the package, and everything below it in its DAG, has exactly these values for the variant, as far as it
// has the variant at all. So ++x does not imply +x; and +x++x, which says both, is a spec.
//
// Where recipes are at hand, a package that cannot take the values is left alone; that is for the concretizer, which knows what they are.
// Two different values of one variant that one package propagates contradict each other, although a DAG without the variant would meet both:
// nobody means that.
//
// cflags==-O3 means that the package has the flag, and that what it links to or runs is compiled with it too, see the concretizer; of a spec
// that is only an attribute.

// propagated lists what a node propagates.
func propagated(s *Spec) []Variant {
	var list []Variant
	for i := range s.Variants {
		if s.Variants[i].Propagate {
			list = append(list, s.Variants[i])
		}
	}
	return list
}

// propagates reports whether the node or one below it propagates a variant.
func propagates(s *Spec) bool {
	return slices.ContainsFunc(s.Variants, func(v Variant) bool { return v.Propagate }) ||
		slices.ContainsFunc(s.Deps, func(d Dep) bool { return propagates(d.Spec) })
}

// settle narrows every own variant of a spec's nodes to what is propagated to it, so that specs of equal meaning print equally. The error
// says which node cannot have both. Dependencies with conditions, and wishes, are left alone: they may not be there.
func (r relation) settle(s *Spec, above []Variant) *ContradictionError {
	if len(above) == 0 && !propagates(s) {
		return nil
	}
	if err := r.settleNode(s, above); err != nil {
		return err
	}
	above = append(slices.Clip(above), propagated(s)...)
	for i := range s.Deps {
		if d := &s.Deps[i]; d.When == nil && !d.Propagate {
			if err := r.settle(d.Spec, above); err != nil {
				return err
			}
		}
	}
	return nil
}

// settleNode is settle for one node.
func (r relation) settleNode(s *Spec, above []Variant) *ContradictionError {
	for i := range s.Variants {
		own := &s.Variants[i]
		if own.Propagate {
			continue
		}
		single := r.single(s.Name, own.Name)
		for _, v := range append(slices.Clip(above), propagated(s)...) {
			if v.Name != own.Name || single && len(v.Values) > 1 {
				continue
			}
			exact := Variant{Name: v.Name, Values: v.Values, Exact: !v.IsBool()}
			if !own.intersects(&exact, single) {
				return &ContradictionError{s.Name, "variant " + v.Name, own.String(), v.String()}
			}
			*own = exact
		}
	}
	return nil
}

// settleFlags drops from the plain flags of a node the words that it propagates: it has those anyway.
func settleFlags(s *Spec) {
	for i := 0; i+1 < len(s.Flags); i++ {
		plain, more := &s.Flags[i], &s.Flags[i+1]
		if plain.Type == more.Type {
			plain.Words = slices.DeleteFunc(plain.Words, func(word string) bool { return slices.Contains(more.Words, word) })
		}
	}
	s.Flags = slices.DeleteFunc(s.Flags, func(f Flag) bool { return len(f.Words) == 0 })
}
