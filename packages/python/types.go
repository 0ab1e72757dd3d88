package python

import "sync"

// The classes of the built-in types. Their methods are in the file of each type.
var (
	objectClass    = newObjectClass()
	typeClass      = builtinType("type")
	noneClass      = sealed("NoneType")
	intClass       = builtinType("int")
	boolClass      = builtinSubtype("bool", intClass)
	floatClass     = builtinType("float")
	strClass       = builtinType("str")
	bytesClass     = builtinType("bytes")
	listClass      = builtinType("list")
	tupleClass     = builtinType("tuple")
	dictClass      = builtinType("dict")
	setClass       = builtinType("set")
	frozensetClass = builtinType("frozenset")
	rangeClass     = builtinType("range")
	sliceClass     = sealed("slice")
	moduleClass    = sealed("module")
	functionClass  = sealed("function")
	builtinClass   = sealed("builtin_function_or_method")
	methodClass    = sealed("method")
	propertyClass  = builtinType("property")
	staticClass    = builtinType("staticmethod")
	classClass     = builtinType("classmethod")
	superClass     = builtinType("super")
	dictViewClass  = builtinType("dict_view")
	iteratorClass  = builtinType("iterator")
	ellipsisClass  = sealed("ellipsis")
	notImplClass   = sealed("NotImplementedType")
	generatorClass = builtinType("generator")
)

// ObjectClass is the class that every class inherits from.
func ObjectClass() *Class { return objectClass }

func newObjectClass() *Class {
	c := &Class{Name: "object", Qualname: "object", ns: newNamespace(0), frozen: true}
	c.mro = []*Class{c}
	c.ns.frozen = true
	return c
}

func builtinType(name string) *Class {
	c := &Class{Name: name, Qualname: name, ns: newNamespace(0), Bases: []*Class{objectClass}, frozen: true}
	c.mro = []*Class{c, objectClass}
	return c
}

func builtinSubtype(name string, base *Class) *Class {
	c := builtinType(name)
	c.Bases = []*Class{base}
	c.mro = []*Class{c, base, objectClass}
	c.sealed = true
	return c
}

func sealed(name string) *Class {
	c := builtinType(name)
	c.sealed = true
	return c
}

// Methods and constructors refer to the classes, so they can't be part of the classes' own initialization.
func init() {
	initConstructors()
	for class, methods := range map[*Class]methodTable{
		objectClass: objectMethods, intClass: intMethods, floatClass: floatMethods, strClass: strMethods, bytesClass: bytesMethods,
		listClass: listMethods, tupleClass: tupleMethods, dictClass: dictMethods, setClass: setMethods,
		frozensetClass: frozensetMethods, rangeClass: rangeMethods, dictViewClass: dictViewMethods, iteratorClass: iteratorMethods,
		generatorClass: generatorMethods, BaseException: exceptionMethods,
	} {
		for _, k := range sortedKeys(methods) {
			class.ns.set(k, NewMethod(k, methods[k]))
		}
	}
	objectClass.ns.set("__new__", NewBuiltin("__new__", newObject))
	dictClass.ns.set("fromkeys", &ClassMethod{NewBuiltin("fromkeys", dictFromKeys)})
	strClass.ns.set("maketrans", &StaticMethod{NewBuiltin("maketrans", strMakeTrans)})
	for _, c := range exceptionClasses {
		c.construct = constructException
	}
}

// methodTable holds the methods of a built-in type; the first argument of each is the value.
type methodTable map[string]func(*Call) (Value, error)

func initConstructors() {
	for class, construct := range map[*Class]func(*Class, *Call) (Value, error){
		intClass: constructInt, floatClass: constructFloat, strClass: constructStr, bytesClass: constructBytes,
		listClass: constructList, tupleClass: constructTuple, dictClass: constructDict, setClass: constructSet,
		frozensetClass: constructSet,
	} {
		class.construct = withNative(construct)
	}
	for class, construct := range map[*Class]func(*Class, *Call) (Value, error){
		boolClass: constructBool, rangeClass: constructRange, sliceClass: constructSlice, propertyClass: constructProperty,
		staticClass: constructStatic, classClass: constructClassMethod, superClass: constructSuper, typeClass: constructType,
	} {
		class.construct = construct
	}
	for _, c := range []*Class{typeClass, rangeClass, superClass, dictViewClass, iteratorClass, generatorClass} {
		c.sealed = true
	}
}

// withNative makes the constructor of a built-in type one for its subclasses too: their instances hold a value of the type.
func withNative(construct func(*Class, *Call) (Value, error)) func(*Class, *Call) (Value, error) {
	return func(cls *Class, c *Call) (Value, error) {
		if cls.frozen && len(cls.mro) == 2 { // the type itself
			return construct(cls, c)
		}
		obj := NewInstance(cls)
		args := c
		if init, owner := cls.Lookup("__init__"); init != nil && owner.Module != "" {
			if mutableNative(cls) {
				args = &Call{In: c.In, Name: c.Name, caller: c.caller, pos: c.pos} // __init__ may fill it
			}
		}
		native, err := construct(nativeBase(cls), args)
		if err != nil {
			return nil, err
		}
		obj.native = native
		if init, owner := cls.Lookup("__init__"); init != nil && owner.Module != "" {
			return obj, c.initialize(obj)
		}
		return obj, nil
	}
}

// fillNative does what __init__ of a list, dict or set does for an instance of a subclass.
func (c *Call) fillNative(i *Instance) error {
	base := nativeBase(i.class)
	if base == nil || !mutableNative(i.class) {
		return nil // the value is immutable: it is what the constructor made
	}
	v, err := base.construct(base, c)
	if err == nil {
		i.native = v
	}
	return err
}

// nativeBase is the built-in type among what a class inherits from.
func nativeBase(cls *Class) *Class {
	for _, k := range cls.mro {
		switch k {
		case intClass, floatClass, strClass, bytesClass, listClass, tupleClass, dictClass, setClass, frozensetClass:
			return k
		}
	}
	return nil
}

// twoNatives says whether an MRO has more than one built-in type whose values an instance would have to hold.
func twoNatives(mro []*Class) bool {
	var native *Class
	for _, k := range mro {
		if len(k.mro) != 2 || nativeBase(k) != k {
			continue
		}
		if native != nil {
			return true
		}
		native = k
	}
	return false
}

func mutableNative(cls *Class) bool {
	switch nativeBase(cls) {
	case listClass, dictClass, setClass:
		return true
	}
	return false
}

// TypeOf gives the class of a value.
func TypeOf(v Value) *Class {
	switch v := v.(type) {
	case *Instance:
		return v.class
	case Str:
		return strClass
	case Int, *BigInt:
		return intClass
	case Bool:
		return boolClass
	case NoneType:
		return noneClass
	case *List:
		return listClass
	case *Dict:
		if v.class != nil {
			return v.class
		}
		return dictClass
	case Tuple:
		return tupleClass
	case Float:
		return floatClass
	case *Set:
		if v.immutable {
			return frozensetClass
		}
		return setClass
	case Bytes:
		return bytesClass
	case *Class:
		return typeClass
	case *Range:
		return rangeClass
	case Classed:
		return v.Class()
	}
	return rareType(v)
}

func rareType(v Value) *Class {
	switch v.(type) {
	case *Function:
		return functionClass
	case *Builtin:
		return builtinClass
	case *BoundMethod:
		return methodClass
	case *Module:
		return moduleClass
	case *Slice:
		return sliceClass
	case *Property:
		return propertyClass
	case *StaticMethod:
		return staticClass
	case *ClassMethod:
		return classClass
	case *superValue:
		return superClass
	case *Generator:
		return generatorClass
	case *dictView:
		return dictViewClass
	case Iterator:
		return iteratorClass
	case ellipsisType:
		return ellipsisClass
	case notImplementedType:
		return notImplClass
	}
	c, _ := otherClasses.LoadOrStore(v.Type(), sealed(v.Type()))
	return c.(*Class)
}

// otherClasses are those of Go types that are not Classed, by the name of the type.
var otherClasses sync.Map

func typeName(v Value) string {
	if v == nil {
		return "nothing"
	}
	return v.Type()
}

// unwrap gives what an instance of a subclass of a built-in type holds, and other values as they are.
func unwrap(v Value) Value {
	if i, ok := v.(*Instance); ok && i.native != nil {
		return i.native
	}
	return v
}
