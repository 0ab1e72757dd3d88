package python

import (
	"fmt"
)

// Place is a position in a source file.
type Place struct {
	File      string
	Line, Col int    // from 1; columns count code points
	Func      string // the function that the place is in, "<module>" outside of any
}

func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Kwarg is one argument passed by name.
type Kwarg struct {
	Name  string
	Value Value
}

// Call is one call of a function that is written in Go.
type Call struct {
	In     *Interp
	Name   string // of the function, for messages
	Args   []Value
	Kwargs []Kwarg

	caller *frame
	pos    Pos
}

// Place is where the call expression stands: that of the innermost Python code.
func (c *Call) Place() Place {
	if c.caller == nil {
		return Place{File: "<go>", Func: c.Name}
	}
	return c.caller.place(c.pos)
}

// Stack lists the places that led to this call, the innermost first; the first is Place.
func (c *Call) Stack() []Place {
	if c.caller == nil {
		return nil
	}
	stack := []Place{c.Place()}
	for f := c.caller; f.parent != nil; f = f.parent {
		stack = append(stack, f.parent.place(f.parent.pos))
	}
	return stack
}

// Module is the name of the module that the calling code belongs to.
func (c *Call) Module() string {
	if c.caller == nil {
		return ""
	}
	return c.caller.module.Name
}

// ClassBody is the innermost class statement that is being executed, or nil. A function that is called from a class
// body, and itself calls a directive, is within that class body.
func (c *Call) ClassBody() *ClassBody {
	if n := len(c.In.bodies); n > 0 {
		return c.In.bodies[n-1]
	}
	return nil
}

// Kwarg gives an argument that was passed by name, or nil.
func (c *Call) Kwarg(name string) Value {
	for _, k := range c.Kwargs {
		if k.Name == name {
			return k.Value
		}
	}
	return nil
}

// Bind assigns the arguments to parameters as a def would: params is "spec", "when=" (optional), "*" (what follows is by name
// only), "/" (what precedes is by position only), "*rest" and "**more" (a Tuple and a *Dict). What was not passed is nil.
func (c *Call) Bind(params ...string) ([]Value, error) {
	return bindNative(c, params)
}

// ClassBody is a class statement that is being executed.
type ClassBody struct {
	Name     string
	Qualname string
	Module   string
	Bases    []*Class
	// Data is for the directives that are called in the body; it becomes the class's Data.
	Data any

	ns *Namespace
}

// Get gives a name that the body has bound so far.
func (b *ClassBody) Get(name string) (Value, bool) { return b.ns.own(name) }

// Set binds a name in the body.
func (b *ClassBody) Set(name string, v Value) { b.ns.set(name, v) }

// Builtin is a function written in Go.
type Builtin struct {
	Name   string
	fn     func(*Call) (Value, error)
	method bool // binds to an instance as a def in a class does
}

// NewBuiltin makes a function. As an attribute of a class it doesn't bind, like a staticmethod.
func NewBuiltin(name string, fn func(*Call) (Value, error)) *Builtin {
	return &Builtin{Name: name, fn: fn}
}

// NewMethod makes a function that, as an attribute of a class, gets the instance as its first argument.
func NewMethod(name string, fn func(*Call) (Value, error)) *Builtin {
	return &Builtin{Name: name, fn: fn, method: true}
}

// Type implements Value.
func (*Builtin) Type() string { return "builtin_function_or_method" }

// Function is a def or a lambda.
type Function struct {
	Name     string
	Qualname string
	Module   string

	def      *funcDef
	file     *File
	module   *Module
	defaults []Value // of the last parameters
	kwonly   []Value // defaults of the parameters by name only; nil where there is none
	free     []*cell
	class    *cell // what super() and __class__ mean
	attrs    *Namespace
	frozen   bool
}

// Type implements Value.
func (*Function) Type() string { return "function" }

// Place is where the def stands.
func (f *Function) Place() Place {
	p := f.file.place(f.def.pos)
	p.Func = f.Name
	return p
}

// File is the name of the file that the function is in.
func (f *Function) File() string { return f.file.Name }

// Doc is the docstring.
func (f *Function) Doc() string { return docstring(f.def.body) }

// BoundMethod is a function together with the object that it was looked up on.
type BoundMethod struct {
	Self Value
	Func Value // *Function or *Builtin
}

// Type implements Value.
func (*BoundMethod) Type() string { return "method" }

// Property is an attribute that is computed.
type Property struct{ Get, Set, Del Value }

// Type implements Value.
func (*Property) Type() string { return "property" }

// StaticMethod is a function that doesn't bind.
type StaticMethod struct{ Func Value }

// Type implements Value.
func (*StaticMethod) Type() string { return "staticmethod" }

// ClassMethod is a function that binds to the class.
type ClassMethod struct{ Func Value }

// Type implements Value.
func (*ClassMethod) Type() string { return "classmethod" }

// superValue is what super() gives.
type superValue struct {
	start *Class // attributes are looked up behind this class
	self  Value
	class *Class // whose MRO is walked
}

func (*superValue) Type() string { return "super" }

// cell is a variable that an inner function shares. It lies in the slots of a frame, which is why it is a Value.
type cell struct {
	v      Value
	frozen bool
}

func (*cell) Type() string { return "cell" }
