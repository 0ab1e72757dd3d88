package python

// parameterList reads parameters into a definition.
type parameterList struct {
	*parser
	def         *funcDef
	end         kind // what ends the list
	annotations bool
	seen        map[string]bool
	// what was there already: a default, *, /
	defaults, byName, slash bool
}

// parameters reads those of a def, with annotations, or of a lambda.
func (p *parser) parameters(def *funcDef, end kind, annotations bool) {
	def.star, def.kwStar = -1, -1
	l := &parameterList{parser: p, def: def, end: end, annotations: annotations, seen: map[string]bool{}}
	for p.kind() != end {
		l.next()
		if !p.accept(tComma) {
			break
		}
	}
	if len(def.params) > 255 {
		p.failAt(def.pos, "more than 255 parameters")
	}
}

func (l *parameterList) next() {
	pos, def := l.pos(), l.def
	switch {
	case def.kwStar >= 0:
		l.failAt(pos, "arguments cannot follow var-keyword argument")
	case l.accept(tDoubleStar):
		def.kwStar = len(def.params)
		def.params = append(def.params, l.name())
	case l.accept(tStar):
		l.star(pos)
	case l.accept(tSlash):
		if l.slash || l.byName || len(def.params) == 0 {
			l.failAt(pos, "/ must come once, after a parameter and ahead of *")
		}
		l.slash = true
		def.nposonly = len(def.params)
	default:
		l.ordinary(pos)
	}
}

// name reads a name with its annotation.
func (l *parameterList) name() param {
	name, pos := l.parser.name("a parameter name")
	if l.seen[name] {
		l.failAt(pos, "duplicate argument '%s' in function definition", name)
	}
	l.seen[name] = true
	if l.annotations && l.accept(tColon) {
		l.test()
	}
	return param{pos: pos, name: name}
}

// star reads what stands behind *: a name, or nothing.
func (l *parameterList) star(pos Pos) {
	if l.byName {
		l.failAt(pos, "* argument may appear only once")
	}
	l.byName = true
	if l.kind() != tComma && l.kind() != l.end {
		l.def.star = len(l.def.params)
		l.def.params = append(l.def.params, l.name())
	} else if l.kind() == l.end || l.peek() == l.end || l.peek() == tDoubleStar {
		l.failAt(pos, "named arguments must follow bare *")
	}
}

// ordinary reads a name that may have a default.
func (l *parameterList) ordinary(pos Pos) {
	prm := l.name()
	if l.accept(tAssign) {
		prm.def = l.test()
		l.defaults = true
	} else if l.defaults && !l.byName {
		l.failAt(pos, "non-default argument follows default argument")
	}
	if !l.byName {
		l.def.npos++
	}
	l.def.params = append(l.def.params, prm)
}
