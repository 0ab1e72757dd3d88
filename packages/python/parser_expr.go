package python

import "slices"

// namedTest reads test, or name := test.
func (p *parser) namedTest() expr {
	if p.kind() == tName && p.peek() == tWalrus {
		name, pos := p.name("")
		p.i++
		return &namedExpr{node{pos}, &nameExpr{node: node{pos}, id: name}, p.test()}
	}
	x := p.test()
	if p.kind() == tWalrus {
		p.failAt(x.at(), "cannot use assignment expressions with %s", describe(x))
	}
	return x
}

// test reads an expression without commas.
func (p *parser) test() expr {
	p.nest()
	var x expr
	if p.kind() == tLambda {
		x = p.lambda()
	} else {
		x = p.or()
		if pos := p.pos(); p.accept(tIf) {
			cond := p.or()
			if p.kind() != tElse {
				p.failAt(pos, "expected 'else' after 'if' expression")
			}
			p.i++
			x = &condExpr{node{x.at()}, cond, x, p.test()}
		}
	}
	p.depth--
	return x
}

func (p *parser) lambda() expr {
	pos := p.pos()
	p.i++
	def := &funcDef{pos: pos, name: "<lambda>"}
	p.parameters(def, tColon, false)
	p.expect(tColon, "':'")
	p.inside(def, func() { def.x = p.test() })
	return &lambdaExpr{node{pos}, def}
}

func (p *parser) or() expr {
	return p.boolean(tOr, func() expr { return p.boolean(tAnd, p.not) })
}

func (p *parser) boolean(op kind, operand func() expr) expr {
	x := operand()
	if p.kind() != op {
		return x
	}
	b := &boolExpr{node{x.at()}, op, []expr{x}}
	for p.accept(op) {
		b.xs = append(b.xs, operand())
	}
	return b
}

func (p *parser) not() expr {
	pos := p.pos()
	if !p.accept(tNot) {
		return p.comparison()
	}
	p.nest()
	x := &unaryExpr{node{pos}, tNot, p.not()}
	p.depth--
	return x
}

func (p *parser) comparison() expr {
	x := p.binary(0)
	op, ok := p.compareOp()
	if !ok {
		return x
	}
	c := &compareExpr{node: node{x.at()}, x: x}
	for ok {
		c.ops = append(c.ops, op)
		c.ys = append(c.ys, p.binary(0))
		op, ok = p.compareOp()
	}
	return c
}

func (p *parser) compareOp() (compareOp, bool) {
	k := p.kind()
	switch {
	case k >= tEq && k <= tGe:
		p.i++
		return compareOp(k - tEq), true
	case k == tIn:
		p.i++
		return opIn, true
	case k == tNot && p.peek() == tIn:
		p.i += 2
		return opNotIn, true
	case k == tIs && p.peek() == tNot:
		p.i += 2
		return opIsNot, true
	case k == tIs:
		p.i++
		return opIs, true
	}
	return 0, false
}

// binaryLevel is how tightly a binary operator binds, -1 for other tokens.
func binaryLevel(k kind) int {
	switch k {
	case tPipe:
		return 0
	case tCaret:
		return 1
	case tAmp:
		return 2
	case tShl, tShr:
		return 3
	case tPlus, tMinus:
		return 4
	case tStar, tSlash, tDoubleSlash, tPercent, tAt:
		return 5
	}
	return -1
}

// binary reads operators that bind at least as tightly as level.
func (p *parser) binary(level int) expr {
	x := p.unary()
	for links := 0; ; links++ {
		op := p.kind()
		l := binaryLevel(op)
		if l < level {
			return x
		}
		p.chain(links)
		p.i++
		x = &binaryExpr{node{x.at()}, op, x, p.binary(l + 1)}
	}
}

func (p *parser) chain(links int) {
	if links > maxChain {
		p.failAt(p.pos(), "the expression is too long")
	}
}

func (p *parser) unary() expr {
	pos, op := p.pos(), p.kind()
	if op != tMinus && op != tPlus && op != tTilde {
		return p.power()
	}
	p.i++
	p.nest()
	x := &unaryExpr{node{pos}, op, p.unary()}
	p.depth--
	return x
}

func (p *parser) power() expr {
	x := p.postfix()
	if !p.accept(tDoubleStar) {
		return x
	}
	p.nest()
	x = &binaryExpr{node{x.at()}, tDoubleStar, x, p.unary()}
	p.depth--
	return x
}

// postfix reads an atom and the calls, subscripts and attributes behind it.
func (p *parser) postfix() expr {
	x := p.atom()
	for links := 0; ; links++ {
		switch p.kind() {
		case tDot:
			p.i++
			name, _ := p.name("an attribute name")
			x = &attrExpr{node{x.at()}, x, name}
		case tLParen:
			p.i++
			x = p.arguments(x, x.at())
		case tLBracket:
			p.i++
			key := p.subscript()
			p.expect(tRBracket, "']'")
			x = &indexExpr{node{x.at()}, x, key}
		default:
			return x
		}
		p.chain(links)
	}
}

// subscript reads what stands between brackets behind a value.
func (p *parser) subscript() expr {
	pos := p.pos()
	x := p.subscriptItem()
	if p.kind() != tComma {
		return x
	}
	t := &tupleExpr{node{pos}, []expr{x}}
	for p.accept(tComma) && p.kind() != tRBracket {
		t.elts = append(t.elts, p.subscriptItem())
	}
	return t
}

func (p *parser) subscriptItem() expr {
	pos := p.pos()
	part := func() expr {
		if k := p.kind(); k == tColon || k == tComma || k == tRBracket {
			return nil
		}
		return p.test()
	}
	if p.kind() != tColon {
		x := p.namedTest()
		if p.kind() != tColon {
			return x
		}
		p.i++
		return p.slice(pos, x, part)
	}
	p.i++
	return p.slice(pos, nil, part)
}

func (p *parser) slice(pos Pos, lo expr, part func() expr) expr {
	s := &sliceExpr{node: node{pos}, lo: lo, hi: part()}
	if p.accept(tColon) {
		s.step = part()
	}
	return s
}

// arguments reads those of a call, behind its parenthesis, and of a class statement (with fn nil).
func (p *parser) arguments(fn expr, pos Pos) *callExpr {
	c := &callExpr{node: node{pos}, fn: fn, plain: true}
	var named names
	for p.kind() != tRParen {
		at := p.pos()
		switch {
		case p.accept(tDoubleStar):
			c.plain = false
			c.kwargs = append(c.kwargs, keyword{pos: at, value: p.test()})
		case p.accept(tStar):
			c.plain = false
			c.args = append(c.args, &starExpr{node{at}, p.test()})
		case p.kind() == tName && p.peek() == tAssign:
			p.keywordArgument(c, &named)
		default:
			p.positional(c)
		}
		if !p.accept(tComma) {
			break
		}
	}
	if p.kind() != tRParen && p.kind() != tComma {
		p.argumentProblem()
	}
	p.i++
	return c
}

// argumentProblem names the usual reasons for a call that does not end.
func (p *parser) argumentProblem() {
	switch p.kind() {
	case tAssign:
		p.failAt(p.pos(), "expression cannot contain assignment, perhaps you meant \"==\"?")
	case tName, tString, tNumber:
		p.failAt(p.pos(), "invalid syntax: expected ',' or ')', found '%s'; perhaps you forgot a comma", p.text())
	}
	p.unexpected("',' or ')'")
}

// names are few mostly, and sometimes too many to go through for each new one.
type names struct {
	few  []string
	many map[string]bool
}

// add reports whether the name is new.
func (n *names) add(name string) bool {
	if len(n.few) < 16 {
		if slices.Contains(n.few, name) {
			return false
		}
		n.few = append(n.few, name)
		return true
	}
	if n.many == nil {
		n.many = map[string]bool{}
		for _, s := range n.few {
			n.many[s] = true
		}
	}
	known := n.many[name]
	n.many[name] = true
	return !known
}

func (p *parser) keywordArgument(c *callExpr, named *names) {
	name, at := p.name("")
	p.i++
	if !named.add(name) {
		p.failAt(at, "keyword argument repeated: %s", name)
	}
	c.kwargs = append(c.kwargs, keyword{at, name, p.test()})
}

func (p *parser) positional(c *callExpr) {
	at := p.pos()
	x := p.namedTest()
	if p.kind() == tFor || p.kind() == tAsync {
		x = p.comprehension(at, tLParen, x, nil)
		if len(c.args)+len(c.kwargs) > 0 || p.kind() == tComma && p.peek() != tRParen {
			p.failAt(at, "Generator expression must be parenthesized")
		}
	}
	for _, k := range c.kwargs {
		if k.name == "" {
			p.failAt(at, "positional argument follows keyword argument unpacking")
		}
		p.failAt(at, "positional argument follows keyword argument")
	}
	c.args = append(c.args, x)
}

// starList reads expressions with commas between them; a single one is itself, several are a tuple. Without full, the
// operators "in" and "not in" end it: the targets of a for.
func (p *parser) starList(full bool) expr {
	pos := p.pos()
	item := p.starTarget
	if full {
		item = p.starItem
	}
	x := item()
	if p.kind() != tComma {
		if s, ok := x.(*starExpr); ok && full {
			p.failAt(s.pos, "can't use starred expression here")
		}
		return x
	}
	t := &tupleExpr{node{pos}, []expr{x}}
	for p.accept(tComma) {
		if p.endsList() {
			break
		}
		t.elts = append(t.elts, item())
	}
	return t
}

// endsList says that no further expression follows a comma.
func (p *parser) endsList() bool {
	switch k := p.kind(); k {
	case tNewline, tEOF, tSemicolon, tAssign, tColon, tIn, tRParen, tRBracket, tRBrace, tBang:
		return true
	default:
		return k >= tPlusEq && k <= tAtEq
	}
}

func (p *parser) starItem() expr {
	if pos := p.pos(); p.accept(tStar) {
		return &starExpr{node{pos}, p.binary(0)}
	}
	return p.namedTest()
}

func (p *parser) starTarget() expr {
	if pos := p.pos(); p.accept(tStar) {
		return &starExpr{node{pos}, p.binary(0)}
	}
	return p.binary(0)
}

func (p *parser) yieldExpression() expr {
	pos := p.pos()
	p.i++
	if p.fn == nil {
		p.failAt(pos, "'yield' outside function")
	}
	p.fn.generator = true
	y := &yieldExpr{node: node{pos}}
	if p.accept(tFrom) {
		y.from = true
		y.x = p.test()
	} else if !p.endsList() {
		y.x = p.starList(true)
	}
	return y
}
