package python

// body notes the names that statements bind and use.
func (s *scope) body(list []stmt) {
	for _, st := range list {
		s.statement(st)
	}
}

func (s *scope) statement(st stmt) {
	switch st := st.(type) {
	case *exprStmt:
		s.expr(st.x)
	case *assignStmt:
		s.expr(st.value)
		for _, t := range st.targets {
			s.target(t)
		}
	case *augAssignStmt:
		s.target(st.target)
		s.expr(st.value)
	case *annAssignStmt:
		s.expr(st.value)
		s.target(st.target)
	case *returnStmt:
		s.expr(st.x)
	case *raiseStmt:
		s.expr(st.exc)
		s.expr(st.cause)
	case *ifStmt:
		for i, c := range st.conds {
			s.expr(c)
			s.body(st.bodies[i])
		}
		s.body(st.orelse)
	case *forStmt:
		s.expr(st.iter)
		s.target(st.target)
		s.body(st.body)
		s.body(st.orelse)
	case *whileStmt:
		s.expr(st.cond)
		s.body(st.body)
		s.body(st.orelse)
	case *tryStmt:
		s.try(st)
	case *withStmt:
		for _, item := range st.items {
			s.expr(item.ctx)
			s.target(item.target)
		}
		s.body(st.body)
	case *funcStmt:
		s.exprs(st.decorators)
		s.store(st.name)
		s.code(st.def, functionScope)
	case *classStmt:
		s.class_(st)
	case *importStmt:
		for _, n := range st.names {
			s.store(n.target)
		}
	case *importFromStmt:
		for _, n := range st.names {
			s.store(n.target)
		}
	case *scopeStmt:
		s.declareScope(st)
	case *delStmt:
		for _, t := range st.targets {
			s.target(t)
		}
	case *assertStmt:
		s.expr(st.cond)
		s.expr(st.msg)
	}
}

func (s *scope) try(st *tryStmt) {
	s.body(st.body)
	for _, h := range st.handlers {
		s.expr(h.typ)
		if h.name != nil {
			s.store(h.name)
		}
		s.body(h.body)
	}
	s.body(st.orelse)
	s.body(st.finally)
}

func (s *scope) class_(st *classStmt) {
	s.exprs(st.decorators)
	s.exprs(st.bases)
	for _, k := range st.keywords {
		s.expr(k.value)
	}
	s.store(st.name)
	inner := s.r.scope(s, classScope, st.def)
	inner.body(st.def.body)
}

// code opens the scope of a function: the defaults belong to the enclosing one.
func (s *scope) code(def *funcDef, kind scopeKind) *scope {
	for _, p := range def.params {
		s.expr(p.def)
	}
	inner := s.r.scope(s, kind, def)
	for i := range def.params {
		def.params[i].name = inner.mangle(def.params[i].name)
		inner.bind(def.params[i].name)
	}
	inner.body(def.body)
	inner.expr(def.x)
	return inner
}

// target notes what an assignment or a del binds.
func (s *scope) target(x expr) {
	switch x := x.(type) {
	case nil:
	case *nameExpr:
		s.store(x)
	case *tupleExpr:
		for _, e := range x.elts {
			s.target(e)
		}
	case *listExpr:
		for _, e := range x.elts {
			s.target(e)
		}
	case *starExpr:
		s.target(x.x)
	default:
		s.expr(x)
	}
}

func (s *scope) exprs(list []expr) {
	for _, x := range list {
		s.expr(x)
	}
}

func (s *scope) expr(x expr) {
	switch x := x.(type) {
	case nil, *constExpr:
	case *nameExpr:
		s.load(x)
	case *joinedExpr:
		s.exprs(x.parts)
	case *formatExpr:
		s.expr(x.value)
		s.expr(x.spec)
	case *listExpr:
		s.exprs(x.elts)
	case *tupleExpr:
		s.exprs(x.elts)
	case *setExpr:
		s.exprs(x.elts)
	case *dictExpr:
		s.exprs(x.keys)
		s.exprs(x.values)
	case *compExpr:
		s.comprehension(x)
	case *unaryExpr:
		s.expr(x.x)
	case *binaryExpr:
		s.expr(x.x)
		s.expr(x.y)
	case *boolExpr:
		s.exprs(x.xs)
	case *compareExpr:
		s.expr(x.x)
		s.exprs(x.ys)
	case *condExpr:
		s.expr(x.cond)
		s.expr(x.then)
		s.expr(x.els)
	case *lambdaExpr:
		s.code(x.def, functionScope)
	case *callExpr:
		s.expr(x.fn)
		s.exprs(x.args)
		for _, k := range x.kwargs {
			s.expr(k.value)
		}
	case *attrExpr:
		x.name = s.mangle(x.name)
		s.expr(x.x)
	case *indexExpr:
		s.expr(x.x)
		s.expr(x.key)
	case *sliceExpr:
		s.expr(x.lo)
		s.expr(x.hi)
		s.expr(x.step)
	case *starExpr:
		s.expr(x.x)
	case *namedExpr:
		s.named(x)
	case *yieldExpr:
		if s.kind == comprehensionScope {
			s.fail(x.pos, "'yield' inside a comprehension")
		}
		s.expr(x.x)
	}
}

// named binds the target of := in the function that a comprehension is in, not in the comprehension.
func (s *scope) named(x *namedExpr) {
	s.expr(x.value)
	owner := s
	for owner.kind == comprehensionScope {
		owner = owner.parent
	}
	if owner != s && owner.kind == classScope {
		s.fail(x.pos, "assignment expression within a comprehension cannot be used in a class body")
	}
	if owner == s {
		s.store(x.target)
		return
	}
	owner.bind(owner.mangle(x.target.id))
	s.load(x.target)
}

// comprehension opens a scope in which the first iterable is the only argument.
func (s *scope) comprehension(x *compExpr) {
	s.expr(x.loops[0].iter)
	inner := s.r.scope(s, comprehensionScope, x.def)
	inner.bind(".0")
	for i, l := range x.loops {
		if i > 0 {
			inner.expr(l.iter)
		}
		inner.target(l.target)
		inner.exprs(l.conds)
	}
	inner.expr(x.elt)
	inner.expr(x.value)
}
