// Package python evaluates the subset of Python that package recipes are written in, so that a catalogue of recipes can
// be read where no Python is. It is no general Python: no async, no match, no metaclasses of one's own, no byte code,
// no C extensions, no complex numbers, no lone surrogates. Sets keep the order of insertion, cached functions remember nothing, and
// keys whose class defines __hash__ and __eq__ are taken for equal when their hashes are. What it does have behaves as CPython 3.11 does, down to the messages of most errors.
//
// It knows nothing of packages, and it can do nothing to the machine: there is no file, network, clock or environment
// access. All that a program can reach comes from the caller, through [Options.Importer] and [Options.Builtins].
// Limits on steps, depth and memory end a runaway program with an error, as does cancelling the context.
//
// # Use
//
//	file, err := python.Parse("hdf5/package.py", src)       // *File: immutable, for any number of goroutines
//	in := python.New(python.Options{Importer: ..., OnClass: ...})
//	defer in.Close()
//	module, err := in.Exec(ctx, file, "spack_repo.builtin.packages.hdf5.package")
//	class, ok := module.Get("Hdf5")                          // a Value; here a *Class
//	result, err := in.Call(ctx, method, args, kwargs)
//
// An [Interp] belongs to one goroutine and to one evaluation. Modules and classes that many evaluations need (base
// classes) are evaluated once and then handed to [Freeze]: from then on they are immutable and may be shared by
// interpreters and goroutines; a program that tries to change one gets a TypeError. What a module keeps as a Go value of the
// caller's, the caller must see to.
//
// The modules of Python's library that only compute are in packages/python/stdlib; its Import can serve an Importer.
//
// # Values
//
// A [Value] is one of [NoneType], [Bool], [Int], *[BigInt], [Float], [Str], [Bytes], *[List], [Tuple], *[Dict], *[Set],
// *[Range], *[Slice], *[Function], *[BoundMethod], *[Builtin], *[Class], *[Instance], *[Module], *[Generator], or
// any Go type that has the one method of Value. What such a Go type can do follows from the optional interfaces in
// object.go: [HasAttrs], [HasSetAttr], [Callable], [Indexable], [Iterable], [Container], [Sized], [Truther], [Comparer],
// [Operand], [Hasher], [Printer], [ContextManager], [Classed].
//
// Functions in Go are [NewBuiltin]; classes in Go are [NewClass], with [NewMethod] for their methods; their instances are
// *[Instance], whose Data is the caller's. A recipe's classes may inherit from them. A function gets a *[Call]: arguments
// (see [Call.Bind]), the position of the call, and the class body that is being executed ([Call.ClassBody]), to which
// a directive can attach what it records; [Options.OnClass] is told when that class has been made.
//
// # Errors
//
// [Parse] gives *[SyntaxError]. Evaluation gives *[Error]: an exception that nobody caught, with the places that
// led there, or the end of a limit (errors.Is with [ErrSteps], [ErrDepth], [ErrMemory], or the context's error). A Go function
// raises an exception with [Raise] or the short forms [TypeErrorf], [ValueErrorf]...; any other Go error that it
// returns ends the evaluation: no except clause sees it.
//
// # Reading order
//
// lexer.go, ast.go, parser.go (text to tree); scope.go (which variable a name means); value.go, object.go, class.go (what
// there is); interp.go, exec.go, eval.go, call.go (what happens); cost.go (what it may cost); then one file for each type's methods.
package python
