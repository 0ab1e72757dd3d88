package python

import "strings"

func (p *parser) simpleStatement() stmt {
	n := node{p.pos()}
	switch p.kind() {
	case tPass:
		p.i++
		return &passStmt{n}
	case tBreak:
		p.i++
		if p.loops == 0 {
			p.failAt(n.pos, "'break' outside loop")
		}
		return &breakStmt{n}
	case tContinue:
		p.i++
		if p.loops == 0 {
			p.failAt(n.pos, "'continue' not properly in loop")
		}
		return &continueStmt{n}
	case tReturn:
		return p.returnStatement(n)
	case tRaise:
		return p.raiseStatement(n)
	case tImport:
		return p.importStatement(n)
	case tFrom:
		return p.importFrom(n)
	case tGlobal, tNonlocal:
		return p.scopeStatement(n)
	case tDel:
		return p.delStatement(n)
	case tAssert:
		p.i++
		s := &assertStmt{node: n, cond: p.test()}
		if p.accept(tComma) {
			s.msg = p.test()
		}
		return s
	}
	return p.expressionStatement(n)
}

func (p *parser) atEnd() bool {
	k := p.kind()
	return k == tNewline || k == tSemicolon || k == tEOF
}

func (p *parser) returnStatement(n node) stmt {
	p.i++
	if p.fn == nil {
		p.failAt(n.pos, "'return' outside function")
	}
	s := &returnStmt{node: n}
	if !p.atEnd() {
		s.x = p.starList(true)
	}
	return s
}

func (p *parser) raiseStatement(n node) stmt {
	p.i++
	s := &raiseStmt{node: n}
	if p.atEnd() {
		return s
	}
	s.exc = p.test()
	if p.accept(tFrom) {
		s.cause = p.test()
	}
	return s
}

func (p *parser) dottedName() (string, Pos) {
	name, pos := p.name("a module name")
	for p.accept(tDot) {
		part, _ := p.name("a name after '.'")
		name += "." + part
	}
	return name, pos
}

func (p *parser) importStatement(n node) stmt {
	p.i++
	s := &importStmt{node: n}
	for {
		name, pos := p.dottedName()
		im := importName{pos: pos, name: name}
		bound, _, _ := strings.Cut(name, ".")
		if p.accept(tAs) {
			bound, pos = p.name("a name")
			im.whole = true
		}
		im.target = &nameExpr{node: node{pos}, id: bound}
		s.names = append(s.names, im)
		if !p.accept(tComma) {
			return s
		}
	}
}

func (p *parser) importFrom(n node) stmt {
	p.i++
	s := &importFromStmt{node: n}
	for {
		if p.accept(tDot) {
			s.level++
		} else if p.accept(tEllipsis) {
			s.level += 3
		} else {
			break
		}
	}
	if s.level == 0 || p.kind() == tName {
		s.module, _ = p.dottedName()
	}
	p.expect(tImport, "'import'")
	if p.kind() == tStar {
		if p.fn != nil {
			p.failAt(p.pos(), "import * only allowed at module level")
		}
		p.i++
		return s
	}
	paren := p.accept(tLParen)
	for {
		name, pos := p.name("a name to import")
		im := importName{pos: pos, name: name}
		bound := name
		if p.accept(tAs) {
			bound, pos = p.name("a name")
		}
		im.target = &nameExpr{node: node{pos}, id: bound}
		s.names = append(s.names, im)
		if !p.accept(tComma) || paren && p.kind() == tRParen {
			break
		}
	}
	if paren {
		p.expect(tRParen, "')'")
	}
	return s
}

func (p *parser) scopeStatement(n node) stmt {
	s := &scopeStmt{node: n, nonlocal: p.kind() == tNonlocal}
	p.i++
	for {
		name, _ := p.name("a name")
		s.names = append(s.names, name)
		if !p.accept(tComma) {
			return s
		}
	}
}

func (p *parser) delStatement(n node) stmt {
	p.i++
	x := p.starList(false)
	s := &delStmt{node: n}
	s.targets = p.delTargets(s.targets, x)
	return s
}

func (p *parser) delTargets(list []expr, x expr) []expr {
	switch x := x.(type) {
	case *nameExpr, *attrExpr, *indexExpr:
		return append(list, x)
	case *tupleExpr:
		for _, e := range x.elts {
			list = p.delTargets(list, e)
		}
		return list
	case *listExpr:
		for _, e := range x.elts {
			list = p.delTargets(list, e)
		}
		return list
	}
	p.failAt(x.at(), "cannot delete %s", describe(x))
	return nil
}

// augmentedOps are the operators of the tokens from tPlusEq on.
var augmentedOps = [...]kind{
	tPlus, tMinus, tStar, tSlash, tDoubleSlash, tPercent, tDoubleStar, tShl, tShr, tAmp, tPipe, tCaret, tAt,
}

func (p *parser) expressionStatement(n node) stmt {
	x := p.starListOrYield()
	switch k := p.kind(); {
	case k == tColon:
		return p.annotated(n, x)
	case k >= tPlusEq && k <= tAtEq:
		p.i++
		switch x.(type) {
		case *nameExpr, *attrExpr, *indexExpr:
		default:
			p.failAt(x.at(), "'%s' is an illegal expression for augmented assignment", describe(x))
		}
		return &augAssignStmt{n, augmentedOps[k-tPlusEq], x, p.starListOrYield()}
	case k != tAssign:
		return &exprStmt{n, x}
	}
	s := &assignStmt{node: n}
	for p.accept(tAssign) {
		s.targets = append(s.targets, p.target(x))
		x = p.starListOrYield()
	}
	s.value = x
	return s
}

func (p *parser) annotated(n node, x expr) stmt {
	switch x.(type) {
	case *nameExpr, *attrExpr, *indexExpr:
	default:
		p.failAt(x.at(), "illegal target for annotation")
	}
	p.i++
	p.test() // the annotation
	s := &annAssignStmt{node: n, target: x}
	if p.accept(tAssign) {
		s.value = p.starListOrYield()
	}
	return s
}

func (p *parser) starListOrYield() expr {
	if p.kind() == tYield {
		return p.yieldExpression()
	}
	return p.starList(true)
}

// target checks that x can be assigned to.
func (p *parser) target(x expr) expr {
	switch t := x.(type) {
	case *nameExpr, *attrExpr, *indexExpr:
	case *tupleExpr:
		p.targets(t.elts)
	case *listExpr:
		p.targets(t.elts)
	case *starExpr:
		p.failAt(x.at(), "starred assignment target must be in a list or tuple")
	default:
		p.failAt(x.at(), "cannot assign to %s", describe(x))
	}
	return x
}

func (p *parser) targets(elts []expr) {
	stars := 0
	for _, e := range elts {
		if s, ok := e.(*starExpr); ok {
			if stars++; stars > 1 {
				p.failAt(e.at(), "multiple starred expressions in assignment")
			}
			e = s.x
		}
		p.target(e)
	}
}

// describe says what an expression is, for messages.
func describe(x expr) string {
	switch x := x.(type) {
	case *nameExpr:
		return "name"
	case *constExpr:
		switch x.value.(type) {
		case NoneType, Bool:
			return repr(x.value)
		}
		if x.value == Ellipsis {
			return "ellipsis"
		}
		return "literal"
	case *joinedExpr:
		return "f-string expression"
	case *listExpr:
		return "list"
	case *tupleExpr:
		return "tuple"
	case *setExpr:
		return "set display"
	case *dictExpr:
		return "dict literal"
	case *compExpr:
		return map[kind]string{
			tLBracket: "list comprehension", tLBrace: "set comprehension", tColon: "dict comprehension", tLParen: "generator expression",
		}[x.what]
	case *compareExpr:
		return "comparison"
	case *condExpr:
		return "conditional expression"
	case *lambdaExpr:
		return "lambda"
	case *callExpr:
		return "function call"
	case *attrExpr:
		return "attribute"
	case *indexExpr:
		return "subscript"
	case *starExpr:
		return "starred"
	case *namedExpr:
		return "named expression"
	case *yieldExpr:
		return "yield expression"
	}
	return "expression"
}

func (p *parser) funcStatement(pos Pos, decorators []expr) stmt {
	p.i++
	name, namePos := p.name("the function's name")
	def := &funcDef{pos: namePos, name: name}
	p.expect(tLParen, "'('")
	p.parameters(def, tRParen, true)
	p.expect(tRParen, "')'")
	if p.accept(tArrow) {
		p.test()
	}
	p.inside(def, func() { def.body = p.block("function definition") })
	return &funcStmt{node{pos}, def, decorators, &nameExpr{node: node{namePos}, id: name}}
}

// inside reads the code of a function, or with nil that of a class.
func (p *parser) inside(def *funcDef, read func()) {
	fn, loops := p.fn, p.loops
	p.fn, p.loops = def, 0
	read()
	p.fn, p.loops = fn, loops
}

func (p *parser) classStatement(pos Pos, decorators []expr) stmt {
	p.i++
	name, namePos := p.name("the class's name")
	s := &classStmt{node: node{pos}, name: &nameExpr{node: node{namePos}, id: name}, decorators: decorators}
	if p.accept(tLParen) {
		call := p.arguments(nil, pos)
		s.bases, s.keywords = call.args, call.kwargs
	}
	s.def = &funcDef{pos: namePos, name: name, star: -1, kwStar: -1}
	p.inside(nil, func() { s.def.body = p.block("class definition") })
	return s
}
