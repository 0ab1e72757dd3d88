package python

func (p *parser) atom() expr {
	n := node{p.pos()}
	switch p.kind() {
	case tName:
		x := &nameExpr{node: n, id: p.text()}
		p.i++
		return x
	case tNumber:
		v, _ := numberValue(p.text())
		p.i++
		return &constExpr{n, v}
	case tString:
		return p.strings()
	case tNone:
		p.i++
		return &constExpr{n, None}
	case tTrue:
		p.i++
		return &constExpr{n, True}
	case tFalse:
		p.i++
		return &constExpr{n, False}
	case tEllipsis:
		p.i++
		return &constExpr{n, Ellipsis}
	case tLParen:
		return p.nested(p.parenthesized)
	case tLBracket:
		return p.nested(p.list)
	case tLBrace:
		return p.nested(p.brace)
	case tAwait:
		p.failAt(n.pos, "async and await are not supported")
	}
	p.unexpected("an expression")
	return nil
}

func (p *parser) nested(read func(node) expr) expr {
	p.nest()
	n := node{p.pos()}
	p.i++
	x := read(n)
	p.depth--
	return x
}

func (p *parser) parenthesized(n node) expr {
	if p.accept(tRParen) {
		return &tupleExpr{node: n}
	}
	if p.kind() == tYield {
		x := p.yieldExpression()
		p.expect(tRParen, "')'")
		return x
	}
	x := p.starItem()
	switch p.kind() {
	case tFor, tAsync:
		x = p.comprehension(n.pos, tLParen, x, nil)
	case tComma:
		x = &tupleExpr{n, p.rest(x, tRParen)}
	default:
		if s, ok := x.(*starExpr); ok {
			p.failAt(s.pos, "cannot use starred expression here")
		}
	}
	if p.kind() == tAssign {
		p.failAt(p.pos(), "invalid syntax. Maybe you meant '==' or ':=' instead of '='?")
	}
	if !p.accept(tRParen) {
		p.listProblem("')'")
	}
	return x
}

// rest reads the expressions behind the first one, up to end.
func (p *parser) rest(first expr, end kind) []expr {
	elts := []expr{first}
	for p.accept(tComma) && p.kind() != end {
		elts = append(elts, p.starItem())
	}
	return elts
}

// listProblem complains about a display that does not end.
func (p *parser) listProblem(end string) {
	switch p.kind() {
	case tName, tString, tNumber:
		p.failAt(p.pos(), "invalid syntax: expected ',' or %s, found '%s'; perhaps you forgot a comma", end, p.text())
	}
	p.unexpected("',' or " + end)
}

func (p *parser) list(n node) expr {
	if p.accept(tRBracket) {
		return &listExpr{node: n}
	}
	x := p.starItem()
	if p.kind() == tFor || p.kind() == tAsync {
		x = p.comprehension(n.pos, tLBracket, x, nil)
	} else {
		x = &listExpr{n, p.rest(x, tRBracket)}
	}
	if !p.accept(tRBracket) {
		p.listProblem("']'")
	}
	return x
}

// brace reads a dict or a set.
func (p *parser) brace(n node) expr {
	if p.accept(tRBrace) {
		return &dictExpr{node: n}
	}
	if p.kind() == tDoubleStar {
		return p.dict(n, nil)
	}
	x := p.starItem()
	switch p.kind() {
	case tColon:
		return p.dict(n, x)
	case tFor, tAsync:
		x = p.comprehension(n.pos, tLBrace, x, nil)
	default:
		x = &setExpr{n, p.rest(x, tRBrace)}
	}
	if !p.accept(tRBrace) {
		p.listProblem("'}'")
	}
	return x
}

// dict reads the rest of a dict from behind its first key, or from its first ** when key is nil.
func (p *parser) dict(n node, key expr) expr {
	d := &dictExpr{node: n}
	for {
		if key == nil && p.accept(tDoubleStar) {
			d.keys, d.values = append(d.keys, nil), append(d.values, p.binary(0))
		} else {
			if key == nil {
				key = p.test()
			}
			p.expect(tColon, "':' after dictionary key")
			value := p.test()
			if len(d.keys) == 0 && (p.kind() == tFor || p.kind() == tAsync) {
				x := p.comprehension(n.pos, tColon, key, value)
				p.expect(tRBrace, "'}'")
				return x
			}
			d.keys, d.values = append(d.keys, key), append(d.values, value)
		}
		key = nil
		if !p.accept(tComma) || p.kind() == tRBrace {
			break
		}
	}
	if !p.accept(tRBrace) {
		p.listProblem("'}'")
	}
	return d
}

func (p *parser) comprehension(pos Pos, what kind, elt, value expr) expr {
	if s, ok := elt.(*starExpr); ok {
		p.failAt(s.pos, "iterable unpacking cannot be used in comprehension")
	}
	c := &compExpr{node: node{pos}, what: what, elt: elt, value: value}
	for p.kind() == tFor || p.kind() == tAsync {
		if p.kind() == tAsync {
			p.failAt(p.pos(), "async and await are not supported")
		}
		p.i++
		var f compFor
		f.target = p.target(p.starList(false))
		p.expect(tIn, "'in'")
		f.iter = p.or2()
		for p.accept(tIf) {
			f.conds = append(f.conds, p.condition())
		}
		c.loops = append(c.loops, f)
		if len(c.loops) > maxNested {
			p.failAt(pos, "too many loops in a comprehension")
		}
	}
	name := map[kind]string{tLBracket: "<listcomp>", tLBrace: "<setcomp>", tColon: "<dictcomp>", tLParen: "<genexpr>"}[what]
	c.def = &funcDef{pos: pos, name: name, star: -1, kwStar: -1, generator: what == tLParen}
	return c
}

// or2 reads what may follow "in" of a comprehension: an "if" behind it is the comprehension's.
func (p *parser) or2() expr {
	if p.kind() == tLambda {
		return p.lambda()
	}
	return p.or()
}

// condition reads a condition of a comprehension; a second "if" begins the next one.
func (p *parser) condition() expr {
	if p.kind() == tName && p.peek() == tWalrus {
		return p.namedTest()
	}
	return p.or2()
}
