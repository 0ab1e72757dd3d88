package python

// The classes of exceptions, as in Python's own hierarchy.
var (
	BaseException       = exceptionClass("BaseException", nil)
	GeneratorExit       = exceptionClass("GeneratorExit", BaseException)
	KeyboardInterrupt   = exceptionClass("KeyboardInterrupt", BaseException)
	SystemExit          = exceptionClass("SystemExit", BaseException)
	Exception           = exceptionClass("Exception", BaseException)
	ArithmeticError     = exceptionClass("ArithmeticError", Exception)
	FloatingPointError  = exceptionClass("FloatingPointError", ArithmeticError)
	OverflowError       = exceptionClass("OverflowError", ArithmeticError)
	ZeroDivisionError   = exceptionClass("ZeroDivisionError", ArithmeticError)
	AssertionError      = exceptionClass("AssertionError", Exception)
	AttributeError      = exceptionClass("AttributeError", Exception)
	BufferError         = exceptionClass("BufferError", Exception)
	EOFError            = exceptionClass("EOFError", Exception)
	ImportError         = exceptionClass("ImportError", Exception)
	ModuleNotFoundError = exceptionClass("ModuleNotFoundError", ImportError)
	LookupError         = exceptionClass("LookupError", Exception)
	IndexError          = exceptionClass("IndexError", LookupError)
	KeyError            = exceptionClass("KeyError", LookupError)
	MemoryError         = exceptionClass("MemoryError", Exception)
	NameError           = exceptionClass("NameError", Exception)
	UnboundLocalError   = exceptionClass("UnboundLocalError", NameError)
	OSError             = exceptionClass("OSError", Exception)
	FileExistsError     = exceptionClass("FileExistsError", OSError)
	FileNotFoundError   = exceptionClass("FileNotFoundError", OSError)
	IsADirectoryError   = exceptionClass("IsADirectoryError", OSError)
	NotADirectoryError  = exceptionClass("NotADirectoryError", OSError)
	PermissionError     = exceptionClass("PermissionError", OSError)
	ProcessLookupError  = exceptionClass("ProcessLookupError", OSError)
	ConnectionError     = exceptionClass("ConnectionError", OSError)
	TimeoutError        = exceptionClass("TimeoutError", OSError)
	RuntimeError        = exceptionClass("RuntimeError", Exception)
	NotImplementedError = exceptionClass("NotImplementedError", RuntimeError)
	RecursionError      = exceptionClass("RecursionError", RuntimeError)
	StopIteration       = exceptionClass("StopIteration", Exception)
	SyntaxErrorClass    = exceptionClass("SyntaxError", Exception)
	TypeError           = exceptionClass("TypeError", Exception)
	ValueError          = exceptionClass("ValueError", Exception)
	UnicodeError        = exceptionClass("UnicodeError", ValueError)
	UnicodeDecodeError  = exceptionClass("UnicodeDecodeError", UnicodeError)
	UnicodeEncodeError  = exceptionClass("UnicodeEncodeError", UnicodeError)
	Warning             = exceptionClass("Warning", Exception)
	DeprecationWarning  = exceptionClass("DeprecationWarning", Warning)
	RuntimeWarning      = exceptionClass("RuntimeWarning", Warning)
	SyntaxWarning       = exceptionClass("SyntaxWarning", Warning)
	UserWarning         = exceptionClass("UserWarning", Warning)
)

var exceptionClasses = []*Class{
	BaseException, GeneratorExit, KeyboardInterrupt, SystemExit, Exception, ArithmeticError, FloatingPointError, OverflowError,
	ZeroDivisionError, AssertionError, AttributeError, BufferError, EOFError, ImportError, ModuleNotFoundError, LookupError, IndexError,
	KeyError, MemoryError, NameError, UnboundLocalError, OSError, FileExistsError, FileNotFoundError, IsADirectoryError,
	NotADirectoryError, PermissionError, ProcessLookupError, ConnectionError, TimeoutError, RuntimeError, NotImplementedError,
	RecursionError, StopIteration, SyntaxErrorClass, TypeError, ValueError, UnicodeError, UnicodeDecodeError, UnicodeEncodeError,
	Warning, DeprecationWarning, RuntimeWarning, SyntaxWarning, UserWarning,
}

// NewException makes a class of exceptions, for modules written in Go.
func NewException(name string, base *Class) *Class { return exceptionClass(name, base) }

func exceptionClass(name string, base *Class) *Class {
	c := builtinType(name)
	if base != nil {
		c.Bases = []*Class{base}
		c.mro = append([]*Class{c}, base.mro...)
		c.construct = base.construct
	}
	return c
}

var exceptionMethods = methodTable{
	"__init__":       initException,
	"__str__":        strException,
	"__repr__":       reprException,
	"with_traceback": func(c *Call) (Value, error) { return c.Args[0], nil },
}

func newException(class *Class, args ...Value) *Instance {
	e := NewInstance(class)
	e.attrs.set("args", Tuple(args))
	return e
}

// constructException keeps the arguments as args, whatever __init__ of the class does with them.
func constructException(cls *Class, c *Call) (Value, error) {
	e := newException(cls, append([]Value(nil), c.Args...)...)
	return e, c.initialize(e)
}

func initException(c *Call) (Value, error) {
	self, ok := c.Args[0].(*Instance)
	if !ok {
		return nil, TypeErrorf("descriptor '__init__' requires an exception")
	}
	if len(c.Kwargs) > 0 {
		return nil, TypeErrorf("%s() takes no keyword arguments", self.class.Name)
	}
	self.attrs.set("args", Tuple(c.Args[1:]))
	return None, nil
}

func strException(c *Call) (Value, error) {
	if self, ok := c.Args[0].(*Instance); ok {
		return Str(exceptionText(self)), nil
	}
	return nil, TypeErrorf("descriptor '__str__' requires an exception")
}

func reprException(c *Call) (Value, error) {
	self, ok := c.Args[0].(*Instance)
	if !ok {
		return nil, TypeErrorf("descriptor '__repr__' requires an exception")
	}
	args, _ := self.attrs.own("args")
	items := sequence(args)
	if len(items) == 1 {
		return Str(self.class.Name + "(" + repr(items[0]) + ")"), nil
	}
	return Str(self.class.Name + repr(Tuple(items))), nil
}

// exceptionText is str(exception), without a __str__ of the program's own.
func exceptionText(e *Instance) string {
	args, _ := e.attrs.own("args")
	items := sequence(args)
	switch {
	case len(items) == 0:
		return ""
	case len(items) > 1:
		return repr(Tuple(items))
	case e.class.IsSubclass(KeyError):
		return repr(items[0])
	}
	return display(items[0])
}
