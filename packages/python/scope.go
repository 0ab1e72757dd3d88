package python

import "strings"

// scope is a piece of code with variables of its own. Which variable a name means is settled when a file is parsed, so that a
// function's variables are slots of an array.
type scope struct {
	r      *resolver
	parent *scope
	def    *funcDef
	kind   scopeKind
	class  string // of the innermost class statement around it: what __private names are mangled with
	vars   map[string]*variable
	global map[string]bool
	outer  map[string]Pos // declared nonlocal
	inner  []*scope
	uses   []*nameExpr
	method bool // in a method: __class__ means something
}

type scopeKind uint8

const (
	moduleScope scopeKind = iota
	classScope
	functionScope
	comprehensionScope
)

// variable is one of a function's.
type variable struct {
	slot   int // in the frame; -1 for one that is shared with the enclosing function
	free   int // which of the function's free cells it is, or -1
	shared bool
}

type resolver struct{ file *File }

func resolve(f *File) {
	r := &resolver{f}
	s := r.scope(nil, moduleScope, f.body)
	s.body(f.body.body)
	s.settle()
}

func (r *resolver) scope(parent *scope, kind scopeKind, def *funcDef) *scope {
	s := &scope{r: r, parent: parent, def: def, kind: kind}
	if parent != nil {
		s.class, s.method = parent.class, parent.method || parent.kind == classScope
		parent.inner = append(parent.inner, s)
	}
	if kind == classScope {
		s.class, s.method = def.name, false
	}
	return s
}

func (s *scope) function() bool { return s.kind == functionScope || s.kind == comprehensionScope }

func (s *scope) fail(pos Pos, msg string) {
	panic(syntaxPanic{s.r.file.syntaxError(pos, msg)})
}

// bind notes that the scope has a variable.
func (s *scope) bind(name string) {
	if !s.function() {
		if _, outer := s.outer[name]; s.kind == classScope && s.vars[name] == nil && !outer {
			s.declare(name, &variable{slot: -1, free: -1})
		}
		return
	}
	if _, outer := s.outer[name]; outer || s.global[name] || s.vars[name] != nil {
		return
	}
	s.declare(name, &variable{slot: s.def.nlocals, free: -1})
	s.def.nlocals++
	s.def.locals = append(s.def.locals, name)
}

func (s *scope) declare(name string, v *variable) {
	if s.vars == nil {
		s.vars = map[string]*variable{}
	}
	s.vars[name] = v
}

// store notes an assignment to a name.
func (s *scope) store(n *nameExpr) {
	n.id = s.mangle(n.id)
	s.bind(n.id)
	s.uses = append(s.uses, n)
}

func (s *scope) load(n *nameExpr) {
	n.id = s.mangle(n.id)
	s.uses = append(s.uses, n)
}

// mangle gives __private names of a class the class's name.
func (s *scope) mangle(name string) string {
	if s.class == "" || !strings.HasPrefix(name, "__") || strings.HasSuffix(name, "__") {
		return name
	}
	class := strings.TrimLeft(s.class, "_")
	if class == "" {
		return name
	}
	return "_" + class + name
}

// settle decides about every use of a name, in this scope and those in it. All bindings are known by now.
func (s *scope) settle() {
	for _, name := range sortedKeys(s.outer) {
		if !s.parent.binds(name) {
			s.fail(s.outer[name], "no binding for nonlocal '"+name+"' found")
		}
		s.declare(name, &variable{slot: -1, free: s.capture(name, s.parent.freeCell(name))})
	}
	for _, n := range s.uses {
		s.find(n)
	}
	for _, in := range s.inner {
		in.settle()
	}
	// Inner scopes have marked by now which variables they share.
	for _, v := range s.vars {
		if s.function() && v.shared && v.slot >= 0 {
			s.def.cells = append(s.def.cells, v.slot)
		}
	}
	if s.function() {
		for _, n := range s.uses {
			if v := s.vars[n.id]; v != nil && n.kind == nameLocal && v.shared {
				n.kind = nameCell
			}
		}
	}
}

// find settles one name, apart from whether a local variable is shared.
func (s *scope) find(n *nameExpr) {
	n.kind = nameGlobal
	if s.global[n.id] {
		return
	}
	v := s.vars[n.id]
	switch s.kind {
	case moduleScope:
		return
	case classScope:
		n.kind = nameClass
		if v != nil && v.free >= 0 {
			n.kind, n.idx = nameFree, int32(v.free) // declared nonlocal
		} else if free := s.parent.freeCell(n.id); free != nil {
			n.kind, n.idx = nameClassFree, int32(s.capture(n.id, free))
		}
		return
	}
	if v != nil {
		if v.slot >= 0 {
			n.kind, n.idx = nameLocal, int32(v.slot)
		} else {
			n.kind, n.idx = nameFree, int32(v.free)
		}
		return
	}
	if n.id == "__class__" && s.method {
		n.kind = nameOwnClass
		return
	}
	if free := s.parent.freeCell(n.id); free != nil {
		v := &variable{slot: -1, free: s.capture(n.id, free)}
		s.declare(n.id, v)
		n.kind, n.idx = nameFree, int32(v.free)
	}
}

// freeCell finds the cell that code within s shares when it uses a name that it does not bind; nil when that is a global.
func (s *scope) freeCell(name string) *capture {
	if s == nil || s.kind == moduleScope {
		return nil
	}
	if s.kind == classScope {
		// The names of a class body are not seen by the functions in it; what is outside is.
		if free := s.parent.freeCell(name); free != nil && !s.global[name] {
			return &capture{free: true, idx: s.capture(name, free)}
		}
		return nil
	}
	if s.global[name] {
		return nil
	}
	if v := s.vars[name]; v != nil {
		if v.slot >= 0 {
			v.shared = true
			return &capture{idx: v.slot}
		}
		return &capture{free: true, idx: v.free}
	}
	free := s.parent.freeCell(name)
	if free == nil {
		return nil
	}
	v := &variable{slot: -1, free: s.capture(name, free)}
	s.declare(name, v)
	return &capture{free: true, idx: v.free}
}

// capture has the scope's code hold a cell of the enclosing code; it gives the number among its free cells.
func (s *scope) capture(name string, from *capture) int {
	for i, c := range s.def.captures {
		if c == *from {
			return i
		}
	}
	s.def.captures = append(s.def.captures, *from)
	return len(s.def.captures) - 1
}

func (s *scope) declareScope(st *scopeStmt) {
	for _, name := range st.names {
		name = s.mangle(name)
		if s.vars[name] != nil && s.vars[name].slot >= 0 {
			kind := "global"
			if st.nonlocal {
				kind = "nonlocal"
			}
			s.fail(st.pos, "name '"+name+"' is assigned to before "+kind+" declaration")
		}
		if !st.nonlocal {
			if s.global == nil {
				s.global = map[string]bool{}
			}
			s.global[name] = true
			continue
		}
		if s.kind == moduleScope {
			s.fail(st.pos, "nonlocal declaration not allowed at module level")
		}
		if s.outer == nil {
			s.outer = map[string]Pos{}
		}
		s.outer[name] = st.pos
	}
}

// binds says whether a function around s, or s itself, has the variable.
func (s *scope) binds(name string) bool {
	for ; s != nil; s = s.parent {
		if s.function() && s.vars[name] != nil {
			return true
		}
	}
	return false
}
