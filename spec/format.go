package spec

import (
	"cmp"
	"slices"
	"strings"
)

// String prints the spec so that Parse reads it back to an equal one; specs of equal meaning print equally. The order is: name, versions,
// bool variants by name, other variants and flags by name, platform, os, target, hash, direct dependencies, other dependencies with their own direct
// ones. The nil Spec prints as the empty text.
func (s *Spec) String() string {
	if s == nil {
		return ""
	}
	var b strings.Builder
	s.writeNode(&b)
	s.writeDeps(&b)
	return b.String()
}

// NodeString prints the spec without its dependencies.
func (s *Spec) NodeString() string {
	var b strings.Builder
	s.writeNode(&b)
	return b.String()
}

func (s *Spec) writeNode(b *strings.Builder) {
	begin := b.Len()
	if s.Name != "" {
		if s.Namespace != "" {
			b.WriteString(s.Namespace + ".")
		}
		b.WriteString(s.Name)
	}
	if !s.Versions.IsAny() {
		b.WriteString("@" + s.Versions.String())
	}
	for i := range s.Variants {
		if s.Variants[i].IsBool() {
			b.WriteString(s.Variants[i].String())
		}
	}
	pairs := s.pairs()
	for _, pair := range pairs {
		if b.Len() > begin {
			b.WriteByte(' ')
		}
		b.WriteString(pair)
	}
	if s.Hash != "" {
		if len(pairs) > 0 || strings.Contains(s.Versions.String(), "git.") { // both may have slashes of their own
			b.WriteByte(' ')
		}
		b.WriteString("/" + s.Hash)
	}
}

// pairs lists what prints as name=value.
func (s *Spec) pairs() []string {
	type pair struct{ name, text string }
	var named []pair
	for _, v := range s.Variants {
		if !v.IsBool() {
			named = append(named, pair{v.Name, v.String()})
		}
	}
	for _, f := range s.Flags {
		named = append(named, pair{f.Type, f.String()})
	}
	slices.SortStableFunc(named, func(a, b pair) int { return cmp.Compare(a.name, b.name) })
	var list []string
	if s.Name == "" && s.Namespace != "" {
		list = append(list, "namespace="+s.Namespace)
	}
	for _, p := range named {
		list = append(list, p.text)
	}
	if s.Platform != "" {
		list = append(list, "platform="+quoteIfNeeded(s.Platform))
	}
	if s.OS != "" {
		list = append(list, "os="+quoteIfNeeded(s.OS))
	}
	if !s.Target.IsAny() {
		list = append(list, "target="+quoteIfNeeded(s.Target.String()))
	}
	return list
}

// writeDeps prints the direct dependencies first: behind a ^ they would belong to it.
func (s *Spec) writeDeps(b *strings.Builder) {
	deps := slices.Clone(s.Deps)
	slices.SortStableFunc(deps, compareDeps)
	for i := range deps {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		deps[i].write(b)
	}
}

// String is the dependency as a spec writes it: "%c,cxx=gcc@13".
func (d Dep) String() string {
	var b strings.Builder
	d.write(&b)
	return b.String()
}

func (d *Dep) write(b *strings.Builder) {
	switch {
	case d.Propagate:
		b.WriteString("%%")
	case d.Direct:
		b.WriteByte('%')
	default:
		b.WriteByte('^')
	}
	if properties := d.properties(); properties != "" {
		b.WriteString("[" + properties + "] ")
	} else if len(d.Virtuals) > 0 {
		b.WriteString(strings.Join(d.Virtuals, ",") + "=")
	}
	if d.Spec.Name == "" {
		b.WriteByte('*') // "^a=b" would be another thing
	}
	node := d.Spec.NodeString()
	if d.Spec.Name == "" && node != "" && isNameStart(node[0]) {
		b.WriteByte(' ')
	}
	b.WriteString(node)
	d.Spec.writeDeps(b)
}

// properties is what must stand in brackets: nothing if the virtuals can go before the name.
func (d *Dep) properties() string {
	var list []string
	if d.Types != 0 {
		list = append(list, "deptypes="+d.Types.String())
	}
	if d.When != nil && !d.When.IsAny() {
		list = append(list, "when="+quoteIfNeeded(d.When.String()))
	}
	if len(d.Virtuals) > 0 && (len(list) > 0 || d.Spec.Name == "") {
		list = append(list, "virtuals="+strings.Join(d.Virtuals, ","))
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// compareDeps is the order in which dependencies print.
func compareDeps(a, b Dep) int {
	if a.Direct != b.Direct {
		if a.Direct {
			return -1
		}
		return 1
	}
	if c := cmp.Compare(a.Spec.Name, b.Spec.Name); c != 0 {
		return c
	}
	return cmp.Compare(a.String(), b.String())
}

// sortDeps puts the dependencies of a spec, and of those, in order, and drops repetitions.
func sortDeps(s *Spec) {
	for i := range s.Deps {
		sortDeps(s.Deps[i].Spec)
	}
	if len(s.Deps) > 1 {
		slices.SortStableFunc(s.Deps, compareDeps)
		s.Deps = slices.CompactFunc(s.Deps, func(a, b Dep) bool { return compareDeps(a, b) == 0 })
	}
}

// String is the variant as a spec writes it: "+mpi", "~shared", "api=v18". No space stands before it.
func (v Variant) String() string {
	if v.IsBool() {
		sign := "~"
		if v.On() {
			sign = "+"
		}
		if v.Propagate {
			sign += sign
		}
		return sign + v.Name
	}
	return v.Name + assign(v.Exact, v.Propagate) + quoteIfNeeded(strings.Join(v.Values, ","))
}

func assign(exact, propagate bool) string {
	switch {
	case exact && propagate:
		return ":=="
	case exact:
		return ":="
	case propagate:
		return "=="
	}
	return "="
}

// String is the flags as a spec writes them: cflags="-O3 -g".
func (f Flag) String() string {
	return f.Type + assign(false, f.Propagate) + quoteIfNeeded(strings.Join(f.Words, " "))
}
