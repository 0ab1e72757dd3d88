package python

import (
	"path"
	"strings"
)

func (f *frame) qualified(name string) string {
	if f.class != nil {
		return f.qual + f.def.name + "." + name
	}
	if f.fn != nil {
		return f.fn.Qualname + ".<locals>." + name
	}
	return name
}

// function makes a function of a def, a lambda or a comprehension.
func (f *frame) function(def *funcDef) (*Function, error) {
	if err := f.in.Alloc(200); err != nil {
		return nil, err
	}
	fn := &Function{
		Name: def.name, Qualname: f.qualified(def.name), Module: f.module.Name,
		def: def, file: f.file, module: f.module, free: f.captured(def), class: f.own,
	}
	for i, p := range def.params {
		if p.def == nil && (i < def.npos || i == def.star || i == def.kwStar) {
			continue
		}
		var v Value
		if p.def != nil {
			var err error
			if v, err = f.eval(p.def); err != nil {
				return nil, err
			}
		}
		if i < def.npos {
			fn.defaults = append(fn.defaults, v)
		} else {
			for len(fn.kwonly) < i-def.npos {
				fn.kwonly = append(fn.kwonly, nil)
			}
			fn.kwonly = append(fn.kwonly, v)
		}
	}
	return fn, nil
}

func (f *frame) defineFunction(st *funcStmt) error {
	decorators, err := f.evalAll(st.decorators)
	if err != nil {
		return err
	}
	fn, err := f.function(st.def)
	if err != nil {
		return err
	}
	v, err := f.decorate(fn, decorators, st.decorators)
	if err != nil {
		return err
	}
	return f.store(st.name, v)
}

// decorate calls the decorators, the last one first.
func (f *frame) decorate(v Value, decorators []Value, places []expr) (Value, error) {
	for i := len(decorators) - 1; i >= 0; i-- {
		f.pos = places[i].at()
		var err error
		if v, err = f.in.call(f, decorators[i], []Value{v}, nil); err != nil {
			return nil, f.located(err, places[i].at())
		}
	}
	return v, nil
}

func (f *frame) defineClass(st *classStmt) error {
	decorators, err := f.evalAll(st.decorators)
	if err != nil {
		return err
	}
	bases, err := f.bases(st)
	if err != nil {
		return err
	}
	kwargs, err := f.classKeywords(st)
	if err != nil {
		return err
	}
	class, body, err := f.classBody(st, bases)
	if err != nil {
		return err
	}
	if err := f.classMade(class, body, kwargs); err != nil {
		return err
	}
	v, err := f.decorate(class, decorators, st.decorators)
	if err != nil {
		return err
	}
	return f.store(st.name, v)
}

func (f *frame) bases(st *classStmt) ([]*Class, error) {
	args, err := f.evalArgs(st.bases)
	if err != nil {
		return nil, err
	}
	var bases []*Class
	for _, a := range args {
		c, ok := a.(*Class)
		if !ok {
			return nil, TypeErrorf("cannot inherit from '%s' object: it is no class", typeName(a))
		}
		bases = append(bases, c)
	}
	return bases, f.in.chargeBases(bases)
}

// classKeywords are for __init_subclass__; the only metaclass is type.
func (f *frame) classKeywords(st *classStmt) ([]Kwarg, error) {
	kwargs, err := f.evalKwargs(st.keywords, "class "+st.name.id)
	if err != nil {
		return nil, err
	}
	for i, k := range kwargs {
		if k.Name != "metaclass" {
			continue
		}
		if c, ok := k.Value.(*Class); !ok || !c.IsSubclass(typeClass) || c.Name != "type" && c.Name != "ABCMeta" {
			return nil, TypeErrorf("metaclasses are not supported")
		}
		return append(kwargs[:i:i], kwargs[i+1:]...), nil
	}
	return kwargs, nil
}

// classBody executes the body of a class statement and makes the class.
func (f *frame) classBody(st *classStmt, bases []*Class) (*Class, *ClassBody, error) {
	in := f.in
	if err := in.Alloc(classCost); err != nil {
		return nil, nil, err
	}
	qual := f.qualified(st.name.id)
	ns := newNamespace(16)
	ns.set("__module__", Str(f.module.Name))
	ns.set("__qualname__", Str(qual))
	if doc := docstring(st.def.body); doc != "" {
		ns.set("__doc__", Str(doc))
	}
	body := &ClassBody{Name: st.name.id, Qualname: qual, Module: f.module.Name, Bases: bases, ns: ns}
	own := &cell{}
	inner := &frame{
		in: in, file: f.file, module: f.module, parent: f, class: ns, free: f.captured(st.def), own: own,
		qual: strings.TrimSuffix(qual, st.name.id),
	}
	f.pos = st.name.at()
	in.bodies = append(in.bodies, body)
	_, err := inner.call(st.def)
	in.bodies = in.bodies[:len(in.bodies)-1]
	if err != nil {
		return nil, nil, err
	}
	place := f.place(st.name.at())
	class := &Class{
		Name: body.Name, Qualname: qual, Module: f.module.Name, File: place.File, Line: place.Line, Bases: bases, Data: body.Data, ns: ns,
	}
	own.v = class
	return class, body, class.finish()
}

// classMade does what follows when a class exists: __set_name__, __init_subclass__, what its Go bases want, the caller's hook.
func (f *frame) classMade(class *Class, body *ClassBody, kwargs []Kwarg) error {
	in := f.in
	for _, name := range class.ns.names() {
		v, _ := class.ns.own(name)
		if i, ok := v.(*Instance); ok {
			if set := in.special(i, "__set_name__"); set != nil {
				if _, err := in.call(f, set, []Value{class, Str(name)}, nil); err != nil {
					return err
				}
			}
		}
	}
	hook, _ := in.lookup(class, "__init_subclass__")
	if own, ok := class.ns.own("__init_subclass__"); ok && own == hook {
		if fn, ok := own.(*Function); ok {
			class.ns.set("__init_subclass__", &ClassMethod{fn})
		}
	}
	if err := in.initSubclass(f, class, kwargs); err != nil {
		return err
	}
	for _, k := range class.mro {
		if k.created != nil {
			if err := k.created(class, body); err != nil {
				return err
			}
			break
		}
	}
	if in.opts.OnClass != nil {
		return in.opts.OnClass(class, body)
	}
	return nil
}

func (in *Interp) initSubclass(f *frame, class *Class, kwargs []Kwarg) error {
	hook, err := in.superAttr(&superValue{start: class, self: class, class: class}, "__init_subclass__")
	if err != nil {
		return err
	}
	_, err = in.call(f, hook, nil, kwargs)
	return err
}

// docstring gives the string that a body begins with.
func docstring(body []stmt) string {
	if len(body) == 0 {
		return ""
	}
	if st, ok := body[0].(*exprStmt); ok {
		if c, ok := st.x.(*constExpr); ok {
			if s, ok := c.value.(Str); ok {
				return string(s)
			}
		}
	}
	return ""
}

// importModule finds a module and those it lies in.
func (f *frame) importModule(name string) (*Module, error) {
	if f.in.opts.Importer == nil {
		return nil, noModule(name)
	}
	m, err := f.in.opts.Importer.Import(f.in, name)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, noModule(name)
	}
	return m, nil
}

func noModule(name string) error {
	return Raise(ModuleNotFoundError, "No module named %s", repr(Str(name)))
}

func (f *frame) importModules(st *importStmt) error {
	for _, im := range st.names {
		f.pos = im.pos
		var m *Module
		parts := strings.Split(im.name, ".")
		for i := range parts {
			name := strings.Join(parts[:i+1], ".")
			sub, err := f.importModule(name)
			if err != nil {
				return f.located(err, im.pos)
			}
			if i == 0 || im.whole {
				m = sub
			} else if err := f.in.Work(m.ns.len() / 4); err != nil {
				return err
			} else if m, err = m.with(parts[1:i+1], sub); err != nil {
				return err
			}
			if i == 0 && len(parts) > 1 && !im.whole {
				m = f.imported(im.target, m)
			}
		}
		if err := f.store(im.target, m); err != nil {
			return err
		}
	}
	return nil
}

// imported is the module of that name as an earlier import bound it: "import a.b" and then "import a.c" give an a with both.
func (f *frame) imported(target *nameExpr, m *Module) *Module {
	if v, err := f.load(target); err == nil {
		if before, ok := v.(*Module); ok && before.Name == m.Name {
			return before
		}
	}
	return m
}

// with makes sub reachable from m by attributes: by setting the attribute, or, since m may be shared, in a copy of m.
func (m *Module) with(path []string, sub *Module) (*Module, error) {
	have, ok := m.Get(path[0])
	if len(path) > 1 {
		inner, isModule := have.(*Module)
		if !isModule {
			return nil, Raise(ImportError, "'%s' is no module", path[0])
		}
		var err error
		if sub, err = inner.with(path[1:], sub); err != nil {
			return nil, err
		}
	}
	if before, isModule := have.(*Module); ok && isModule && (before == sub || len(path) == 1 && before.Name == sub.Name) {
		return m, nil // as it is, or as an earlier import extended it
	}
	if m.ns.frozen {
		m = &Module{Name: m.Name, File: m.File, ns: m.ns.copy(), fallback: m.fallback}
	}
	m.ns.set(path[0], sub)
	return m, nil
}

func (f *frame) importFrom(st *importFromStmt) error {
	if st.level == 0 && st.module == "__future__" {
		return nil
	}
	f.pos = st.pos
	name, err := f.absolute(st)
	if err != nil {
		return err
	}
	m, err := f.importModule(name)
	if err != nil {
		return err
	}
	if st.names == nil {
		ns := f.module.ns
		if f.class != nil {
			ns = f.class
		}
		if err := f.in.Work((ns.len() + m.ns.len()) / 4); err != nil {
			return err
		}
		return ns.importStar(m.ns)
	}
	for _, im := range st.names {
		v, ok := m.Get(im.name)
		if !ok {
			if v, err = f.submodule(m, name, im); err != nil {
				return f.located(err, im.pos)
			}
		}
		if err := f.store(im.target, v); err != nil {
			return err
		}
	}
	return nil
}

func (f *frame) submodule(m *Module, name string, im importName) (Value, error) {
	sub, err := f.importModule(name + "." + im.name)
	if e, ok := err.(*Error); ok && e.Exc != nil && e.Exc.class == ModuleNotFoundError {
		return nil, Raise(ImportError, "cannot import name '%s' from '%s'%s", im.name, name, didYouMean(im.name, m.ns.names()))
	}
	return sub, err
}

// absolute gives the full name of a module that is named relative to this one.
func (f *frame) absolute(st *importFromStmt) (string, error) {
	if st.level == 0 {
		return st.module, nil
	}
	parts := strings.Split(f.module.Name, ".")
	up := st.level
	if path.Base(f.file.Name) == "__init__.py" {
		up-- // the module is the package
	}
	if up >= len(parts) {
		return "", Raise(ImportError, "attempted relative import beyond top-level package")
	}
	parts = parts[:len(parts)-up]
	if st.module != "" {
		parts = append(parts, st.module)
	}
	return strings.Join(parts, "."), nil
}
