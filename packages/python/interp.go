package python

import "context"

// Importer resolves import statements.
type Importer interface {
	// Import gives the module of an absolute dotted name ("os.path", "spack_repo.builtin.packages.boost.package"), or nil
	// and no error when there is none of that name, which raises ModuleNotFoundError. It is asked for every dotted prefix of
	// "import a.b.c", the outermost first. To evaluate another file it calls in.Exec, which counts towards in's limits;
	// what it gives is not cached here.
	Import(in *Interp, name string) (*Module, error)
}

// ImporterFunc is a function as an Importer.
type ImporterFunc func(in *Interp, name string) (*Module, error)

// Import calls the function.
func (f ImporterFunc) Import(in *Interp, name string) (*Module, error) { return f(in, name) }

// Options say what a program may reach. The zero value gives it the built-in functions alone.
type Options struct {
	Limits   Limits
	Importer Importer
	Builtins map[string]Value // names known everywhere, beside Python's own; they win over those
	// OnClass is told of every class that a class statement has made, before any decorator of it is called.
	OnClass func(class *Class, body *ClassBody) error
	// Print is given what print() writes; nil discards it.
	Print func(text string)
}

// Interp evaluates programs. It is for one goroutine.
type Interp struct {
	opts     Options
	builtins *Namespace
	ctx      context.Context
	steps    int64 // left
	depth    int   // left
	bytes    int64 // left
	nested   int   // expressions that are being evaluated, in all calls together
	bodies   []*ClassBody
	top      *frame   // the innermost frame
	handling []*Error // exceptions whose except clauses are being executed
	live     map[*generatorState]struct{}
}

// New makes an interpreter.
func New(opts Options) *Interp {
	opts.Limits = opts.Limits.withDefaults()
	in := &Interp{opts: opts, builtins: builtinNamespace(opts.Builtins), live: map[*generatorState]struct{}{}}
	in.ResetLimits()
	return in
}

// Close ends the generators that are still suspended. The interpreter must not be used afterwards.
func (in *Interp) Close() {
	for g := range in.live {
		g.kill()
	}
	in.live = nil
}

// Context is that of the evaluation that goes on: for the Importer, or another Go function, that calls Exec or Call in turn.
func (in *Interp) Context() context.Context {
	if in.ctx == nil {
		return context.Background()
	}
	return in.ctx
}

// Exec evaluates a file as a module. It may also be called by an Importer or another Go function during an evaluation; see Context.
func (in *Interp) Exec(ctx context.Context, file *File, moduleName string) (*Module, error) {
	module := &Module{Name: moduleName, File: file.Name, ns: newNamespace(16)}
	module.ns.set("__name__", Str(moduleName))
	module.ns.set("__file__", Str(file.Name))
	module.ns.set("__doc__", None)
	return module, in.ExecIn(ctx, file, module)
}

// ExecIn evaluates a file in a module that exists: to let an import cycle see what there is so far, or to bind names first.
func (in *Interp) ExecIn(ctx context.Context, file *File, module *Module) error {
	if module.ns.frozen {
		return errFrozen("module")
	}
	return in.run(ctx, func() error {
		f := &frame{in: in, file: file, module: module, parent: in.top}
		_, err := f.call(file.body)
		return err
	})
}

// Call calls a function, a class, or anything else that is callable.
func (in *Interp) Call(ctx context.Context, fn Value, args []Value, kwargs ...Kwarg) (Value, error) {
	var result Value
	err := in.run(ctx, func() (err error) {
		result, err = in.call(in.top, fn, args, kwargs)
		return err
	})
	return result, err
}

// run enters the interpreter from outside, or again from a Go function that it called.
func (in *Interp) run(ctx context.Context, f func() error) error {
	outer := in.ctx
	in.ctx = ctx
	defer func() { in.ctx = outer }()
	if err := in.enter(); err != nil {
		return err
	}
	err := f()
	in.leave()
	if err != nil {
		return asError(err)
	}
	return nil
}
