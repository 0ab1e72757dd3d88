package python

import (
	"slices"
	"strings"
)

// call calls a value. caller is the code that does so; nil for Go code.
func (in *Interp) call(caller *frame, v Value, args []Value, kwargs []Kwarg) (Value, error) {
	switch fn := v.(type) {
	case *Function:
		return in.callFunction(caller, fn, args, kwargs)
	case *Builtin:
		if fn.method && len(args) == 0 {
			return nil, TypeErrorf("unbound method %s() needs an argument", fn.Name)
		}
		c := &Call{In: in, Name: fn.Name, Args: args, Kwargs: kwargs, caller: caller}
		if caller != nil {
			c.pos = caller.pos
		}
		return in.native(c, fn.fn)
	case *BoundMethod:
		all := make([]Value, 0, len(args)+1)
		all = append(append(all, fn.Self), args...)
		return in.call(caller, fn.Func, all, kwargs)
	case *Class:
		return in.construct(caller, fn, args, kwargs)
	case *StaticMethod:
		return in.call(caller, fn.Func, args, kwargs)
	case Callable:
		c := &Call{In: in, Name: typeName(v), Args: args, Kwargs: kwargs, caller: caller}
		if caller != nil {
			c.pos = caller.pos
		}
		return in.native(c, fn.Call)
	case *Instance:
		if m := in.special(fn, "__call__"); m != nil {
			return in.call(caller, m, args, kwargs)
		}
	}
	return nil, TypeErrorf("'%s' object is not callable", typeName(v))
}

// native calls a Go function, which may call back.
func (in *Interp) native(c *Call, fn func(*Call) (Value, error)) (Value, error) {
	if err := in.enter(); err != nil {
		return nil, err
	}
	if err := in.scanArgs(c.Args); err != nil {
		in.leave()
		return nil, err
	}
	top := in.top
	v, err := fn(c)
	in.top = top
	in.leave()
	if err == nil && v == nil {
		return None, nil
	}
	return v, err
}

func (in *Interp) callFunction(caller *frame, fn *Function, args []Value, kwargs []Kwarg) (Value, error) {
	if err := in.Alloc(160 + 16*fn.def.nlocals); err != nil {
		return nil, err
	}
	f := &frame{
		in: in, file: fn.file, module: fn.module, parent: caller, fn: fn, def: fn.def,
		locals: make([]Value, fn.def.nlocals), free: fn.free, own: fn.class,
	}
	if err := f.bindArgs(fn, args, kwargs); err != nil {
		return nil, err
	}
	f.makeCells(fn.def)
	if fn.def.generator {
		return in.generator(fn.Name, f, func() error {
			if fn.def.x != nil {
				_, err := f.eval(fn.def.x)
				return err
			}
			_, err := f.block(fn.def.body)
			return err
		})
	}
	return f.call(fn.def)
}

// bindArgs assigns arguments to parameters.
func (f *frame) bindArgs(fn *Function, args []Value, kwargs []Kwarg) error {
	def := fn.def
	n := min(len(args), def.npos)
	copy(f.locals, args[:n])
	if def.star >= 0 {
		f.locals[def.star] = Tuple(append([]Value(nil), args[n:]...))
	} else if len(args) > def.npos {
		return tooManyArgs(fn, len(args))
	}
	var more *Dict
	if def.kwStar >= 0 {
		if err := f.in.AllocN(len(kwargs), entryCost); err != nil {
			return err
		}
		more = NewDict()
		f.locals[def.kwStar] = more
	}
	if len(kwargs) > 8 {
		if err := f.in.Work(len(kwargs) * len(def.params) / 64); err != nil {
			return err
		}
	}
	for _, k := range kwargs {
		i := def.paramNamed(k.Name)
		switch {
		case i < 0 && more != nil:
			more.put(Str(k.Name), k.Value)
		case i < 0:
			return TypeErrorf("%s() got an unexpected keyword argument '%s'%s", fn.Qualname, k.Name, didYouMean(k.Name, def.paramNames()))
		case f.locals[i] != nil:
			return TypeErrorf("%s() got multiple values for argument '%s'", fn.Qualname, k.Name)
		default:
			f.locals[i] = k.Value
		}
	}
	return f.bindDefaults(fn)
}

func (f *frame) bindDefaults(fn *Function) error {
	def := fn.def
	var missing []string
	first := def.npos - len(fn.defaults)
	for i := range def.npos {
		if f.locals[i] == nil {
			if i < first {
				missing = append(missing, def.params[i].name)
			} else {
				f.locals[i] = fn.defaults[i-first]
			}
		}
	}
	if len(missing) > 0 {
		return missingArgs(fn, "positional", missing)
	}
	for i := def.npos; i < len(def.params); i++ {
		if f.locals[i] != nil {
			continue
		}
		if j := i - def.npos; j < len(fn.kwonly) && fn.kwonly[j] != nil {
			f.locals[i] = fn.kwonly[j]
		} else {
			missing = append(missing, def.params[i].name)
		}
	}
	if len(missing) > 0 {
		return missingArgs(fn, "keyword-only", missing)
	}
	return nil
}

// paramNamed gives the parameter that a keyword argument is for, or -1.
func (d *funcDef) paramNamed(name string) int {
	for i := d.nposonly; i < len(d.params); i++ {
		if d.params[i].name == name && i != d.star && i != d.kwStar {
			return i
		}
	}
	return -1
}

func (d *funcDef) paramNames() []string {
	names := make([]string, len(d.params))
	for i, p := range d.params {
		names[i] = p.name
	}
	return names
}

func missingArgs(fn *Function, what string, names []string) error {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = "'" + n + "'"
	}
	list := strings.Join(quoted, ", ")
	switch n := len(quoted); {
	case n == 2:
		list = quoted[0] + " and " + quoted[1]
	case n > 2:
		list = strings.Join(quoted[:n-1], ", ") + ", and " + quoted[n-1]
	}
	return TypeErrorf("%s() missing %d required %s argument%s: %s", fn.Qualname, len(names), what, plural(len(names)), list)
}

func tooManyArgs(fn *Function, given int) error {
	def := fn.def
	takes, many := itoa(def.npos), plural(def.npos)
	if len(fn.defaults) > 0 {
		many = "s"
		takes = "from " + itoa(def.npos-len(fn.defaults)) + " to " + takes
	}
	was := "were"
	if given == 1 {
		was = "was"
	}
	return TypeErrorf("%s() takes %s positional argument%s but %d %s given", fn.Qualname, takes, many, given, was)
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// construct makes an instance of a class.
func (in *Interp) construct(caller *frame, class *Class, args []Value, kwargs []Kwarg) (Value, error) {
	if err := in.Alloc(120); err != nil {
		return nil, err
	}
	c := &Call{In: in, Name: class.Name, Args: args, Kwargs: kwargs, caller: caller}
	if caller != nil {
		c.pos = caller.pos
	}
	if v, owner := in.lookup(class, "__new__"); owner != nil && owner != objectClass {
		if made, err := in.constructNew(c, class, v); made != nil || err != nil {
			return made, err
		}
	}
	if class.construct != nil {
		return in.native(c, func(c *Call) (Value, error) { return class.construct(class, c) })
	}
	obj := NewInstance(class)
	if init, _ := in.lookup(class, "__init__"); init == nil && len(args)+len(kwargs) > 0 {
		return nil, TypeErrorf("%s() takes no arguments", class.Name)
	}
	return obj, c.initialize(obj)
}

// constructNew calls a __new__ of the program's own, and then __init__ if it gave an instance of the class.
func (in *Interp) constructNew(c *Call, class *Class, v Value) (Value, error) {
	if s, ok := v.(*StaticMethod); ok {
		v = s.Func
	}
	made, err := in.call(c.caller, v, append([]Value{class}, c.Args...), c.Kwargs)
	if err != nil {
		return nil, err
	}
	if i, ok := made.(*Instance); ok && i.class.IsSubclass(class) {
		return made, c.initialize(i)
	}
	return made, nil
}

// initialize calls __init__ of an instance with the arguments of the call.
func (c *Call) initialize(obj *Instance) error {
	init, _ := c.In.lookup(obj.class, "__init__")
	if init == nil {
		return nil
	}
	v, err := c.In.call(c.caller, c.In.bind(init, obj, obj.class), c.Args, c.Kwargs)
	if err != nil {
		return err
	}
	if v != None {
		return TypeErrorf("__init__() should return None, not '%s'", typeName(v))
	}
	return nil
}

// calleeName is what messages call the function that is called.
func calleeName(fn Value) string {
	switch fn := fn.(type) {
	case *Function:
		return fn.Qualname + "()"
	case *Builtin:
		return fn.Name + "()"
	case *BoundMethod:
		return calleeName(fn.Func)
	case *Class:
		return fn.Name + "()"
	}
	return typeName(fn) + " object"
}

// nativeBinder puts a call's arguments to the parameters of a Go function.
type nativeBinder struct {
	*Call
	params    []string // "self", "n=", "*", "/", "*args", "**kwargs"
	posOnly   int      // where "/" stands, or -1
	onlyNames bool     // behind "*"
	next      int      // the next of Args
	used      int      // how many of Kwargs
	max       int      // how many positional arguments there can be
}

// bindNative does Call.Bind.
func bindNative(c *Call, params []string) ([]Value, error) {
	b := &nativeBinder{Call: c, params: params, posOnly: slices.Index(params, "/")}
	vals := make([]Value, len(params))
	for i, p := range params {
		switch {
		case p == "*":
			b.onlyNames = true
		case p == "/":
		case strings.HasPrefix(p, "**"):
			vals[i] = b.rest()
		case p[0] == '*':
			vals[i] = Tuple(append([]Value(nil), c.Args[min(b.next, len(c.Args)):]...))
			b.next = len(c.Args)
			b.onlyNames = true
		default:
			v, err := b.one(i, p)
			if err != nil {
				return nil, err
			}
			vals[i] = v
		}
	}
	return vals, b.leftOver()
}

// one is the argument of an ordinary parameter, nil for one that has a default.
func (b *nativeBinder) one(i int, p string) (v Value, err error) {
	name := strings.TrimSuffix(p, "=")
	if !b.onlyNames {
		b.max++
		if b.next < len(b.Args) {
			v = b.Args[b.next]
			b.next++
		}
	}
	if named := b.Kwarg(name); named != nil && i > b.posOnly {
		if v != nil {
			return nil, TypeErrorf("%s() got multiple values for argument '%s'", b.Name, name)
		}
		v = named
		b.used++
	}
	if v == nil && name == p {
		return nil, TypeErrorf("%s() missing required argument: '%s'", b.Name, name)
	}
	return v, nil
}

// rest are the keyword arguments that no parameter has the name of.
func (b *nativeBinder) rest() *Dict {
	d := NewDict()
	for _, k := range b.Kwargs {
		if !namedParam(b.params, k.Name, b.posOnly) {
			d.put(Str(k.Name), k.Value)
			b.used++
		}
	}
	return d
}

// leftOver is what is wrong with arguments that no parameter took.
func (b *nativeBinder) leftOver() error {
	switch {
	case b.next < len(b.Args):
		return TypeErrorf("%s() takes at most %d argument%s (%d given)", b.Name, b.max, plural(b.max), len(b.Args))
	case b.used == len(b.Kwargs):
		return nil
	}
	for _, k := range b.Kwargs {
		if !namedParam(b.params, k.Name, b.posOnly) {
			return TypeErrorf("%s() got an unexpected keyword argument '%s'%s", b.Name, k.Name, didYouMean(k.Name, plainParams(b.params)))
		}
	}
	return TypeErrorf("%s() got a keyword argument twice", b.Name)
}

func namedParam(params []string, name string, posOnly int) bool {
	for i, p := range params {
		if i > posOnly && p[0] != '*' && strings.TrimSuffix(p, "=") == name {
			return true
		}
	}
	return false
}

func plainParams(params []string) []string {
	var names []string
	for _, p := range params {
		if p[0] != '*' && p != "/" {
			names = append(names, strings.TrimSuffix(p, "="))
		}
	}
	return names
}
