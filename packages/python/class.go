package python

// Class is a class: built in, made by Go code, or made by a class statement.
type Class struct {
	Name     string
	Qualname string // "Outer.Inner"
	Module   string // name of the module that it was made in, "" for the built-in ones
	File     string // where its class statement is, and its line; "" and 0 for classes made in Go
	Line     int
	Bases    []*Class
	// Data is whatever the class body's directives left in ClassBody.Data, or a Go class's own.
	Data any

	mro    []*Class
	ns     *Namespace
	frozen bool
	// construct makes an instance; nil means an *Instance of the class and a call of __init__. It is inherited.
	construct func(cls *Class, c *Call) (Value, error)
	// created is told of the classes that inherit from this one.
	created func(cls *Class, body *ClassBody) error
	// iterate answers for x in the class; it is inherited.
	iterate func(cls *Class) (Iterator, error)
	// member answers for the class with a subscript; it is inherited.
	member func(cls *Class, key Value) (Value, error)
	// instance answers isinstance(v, class) where the class of v does not; it is not inherited.
	instance func(in *Interp, v Value) bool
	// sealed classes can't be inherited from: their values are Go types with no room for more.
	sealed bool
}

// Type implements Value.
func (*Class) Type() string { return "type" }

// MRO lists the class and all that it inherits from, in the order in which attributes are looked up. Read only.
func (c *Class) MRO() []*Class { return c.mro }

// Own gives what the class statement itself bound.
func (c *Class) Own(name string) (Value, bool) { return c.ns.own(name) }

// OwnNames lists what the class statement itself bound, in order.
func (c *Class) OwnNames() []string { return c.ns.names() }

// Lookup finds an attribute along the MRO, unbound, and says which class has it.
func (c *Class) Lookup(name string) (Value, *Class) {
	for _, k := range c.mro {
		if v, ok := k.ns.own(name); ok {
			return v, k
		}
	}
	return nil, nil
}

// lookup is Lookup in a program, which can make classes that inherit from thousands.
func (in *Interp) lookup(c *Class, name string) (Value, *Class) {
	if len(c.mro) > 32 && in != nil {
		_ = in.Work(len(c.mro) / 8)
	}
	return c.Lookup(name)
}

// Set binds an attribute of the class. It must not be called once the class is frozen.
func (c *Class) Set(name string, v Value) { c.ns.set(name, v) }

// IsSubclass says whether c is other or inherits from it.
func (c *Class) IsSubclass(other *Class) bool {
	for _, k := range c.mro {
		if k == other {
			return true
		}
	}
	return false
}

// NewClass makes a class in Go. Methods among the members are made with NewMethod.
func NewClass(name string, bases []*Class, members map[string]Value) (*Class, error) {
	c := &Class{Name: name, Qualname: name, Bases: bases, ns: newNamespace(len(members))}
	for _, k := range sortedKeys(members) {
		c.ns.set(k, members[k])
	}
	return c, c.finish()
}

// SetConstructor has f make the instances of the class and of those that inherit from it, instead of an *Instance and
// __init__.
func (c *Class) SetConstructor(f func(cls *Class, c *Call) (Value, error)) { c.construct = f }

// finish computes what follows from the bases.
func (c *Class) finish() error {
	if len(c.Bases) == 0 && c != objectClass {
		c.Bases = []*Class{objectClass}
	}
	for _, b := range c.Bases {
		if b.sealed {
			return TypeErrorf("type '%s' is not an acceptable base type", b.Name)
		}
	}
	mro, err := linearize(c)
	if err != nil {
		return err
	}
	if c.mro = mro; twoNatives(mro) {
		return TypeErrorf("multiple bases have instance lay-out conflict")
	}
	for _, k := range mro[1:] {
		if c.construct == nil {
			c.construct = k.construct
		}
	}
	return nil
}

// chargeBases counts what the order of resolution of a class with these bases takes: each is held against all others.
func (in *Interp) chargeBases(bases []*Class) error {
	for _, b := range bases {
		if err := in.Alloc(16 * len(b.mro)); err != nil {
			return err
		}
		if err := in.Work(len(b.mro) * len(bases) * len(bases) / 4); err != nil {
			return err
		}
	}
	return nil
}

// linearize gives the C3 linearization, as CPython does.
func linearize(c *Class) ([]*Class, error) {
	if len(c.Bases) == 1 {
		return append([]*Class{c}, c.Bases[0].mro...), nil
	}
	var lists [][]*Class
	for i, b := range c.Bases {
		for _, earlier := range c.Bases[:i] {
			if earlier == b {
				return nil, TypeErrorf("duplicate base class %s", b.Name)
			}
		}
		lists = append(lists, b.mro)
	}
	lists = append(lists, c.Bases)
	mro := []*Class{c}
	for {
		var rest [][]*Class
		for _, l := range lists {
			if len(l) > 0 {
				rest = append(rest, l)
			}
		}
		if len(rest) == 0 {
			return mro, nil
		}
		head := goodHead(rest)
		if head == nil {
			return nil, TypeErrorf("Cannot create a consistent method resolution order (MRO) for bases of %s", c.Name)
		}
		mro = append(mro, head)
		for i, l := range rest {
			if l[0] == head {
				rest[i] = l[1:]
			}
		}
		lists = rest
	}
}

// goodHead finds the first class that no list has behind its head.
func goodHead(lists [][]*Class) *Class {
	for _, l := range lists {
		good := true
		for _, other := range lists {
			for _, k := range other[1:] {
				good = good && k != l[0]
			}
		}
		if good {
			return l[0]
		}
	}
	return nil
}

// Instance is an object of a class.
type Instance struct {
	Data any // the caller's

	class  *Class
	attrs  *Namespace
	native Value // what an instance of a subclass of str, dict, list... holds
	frozen bool
}

// NewInstance makes an object without calling __init__.
func NewInstance(class *Class) *Instance { return &Instance{class: class, attrs: newNamespace(0)} }

// Type implements Value.
func (i *Instance) Type() string { return i.class.Name }

// Class gives the object's class.
func (i *Instance) Class() *Class { return i.class }

// Get gives an attribute of the object itself, not of its class.
func (i *Instance) Get(name string) (Value, bool) { return i.attrs.own(name) }

// Set binds an attribute of the object itself.
func (i *Instance) Set(name string, v Value) { i.attrs.set(name, v) }

// Names lists the attributes of the object itself, in order.
func (i *Instance) Names() []string { return i.attrs.names() }

// Copy makes an object with the same attributes.
func (i *Instance) Copy() *Instance {
	return &Instance{Data: i.Data, class: i.class, attrs: i.attrs.copy(), native: i.native}
}
