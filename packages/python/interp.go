package python

import (
	"context"
	"fmt"
)

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

// Limits end a runaway program. A zero means the default.
type Limits struct {
	Steps int64 // statements and expressions evaluated; default 5 million, which takes less than a second; the longest recipe of spack-packages takes 8,000
	Depth int   // calls within calls; default 300
	Bytes int64 // allocated in all, freed or not; default 256 MiB
}

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
	if opts.Limits.Steps <= 0 {
		opts.Limits.Steps = 5e6
	}
	if opts.Limits.Depth <= 0 {
		opts.Limits.Depth = 300
	}
	if opts.Limits.Bytes <= 0 {
		opts.Limits.Bytes = 256 << 20
	}
	in := &Interp{opts: opts, builtins: builtinNamespace(opts.Builtins), live: map[*generatorState]struct{}{}}
	in.ResetLimits()
	return in
}

// ResetLimits gives the full limits again, for the next evaluation.
func (in *Interp) ResetLimits() {
	in.steps, in.depth, in.bytes = in.opts.Limits.Steps, in.opts.Limits.Depth, in.opts.Limits.Bytes
}

// Steps says how many steps were taken since the limits were last reset.
func (in *Interp) Steps() int64 { return in.opts.Limits.Steps - in.steps }

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

// maxEval limits expressions in expressions, those of the calling functions included: each takes room on Go's stack, whose
// overflow nobody could catch.
const maxEval = 50_000

func (in *Interp) tooDeep() error {
	return &Error{Err: fmt.Errorf("%w: the limit is %d expressions", ErrDepth, maxEval)}
}

// step counts one step.
func (in *Interp) step() error {
	in.steps--
	if in.steps&1023 == 0 || in.steps < 0 {
		return in.slowStep()
	}
	return nil
}

func (in *Interp) slowStep() error {
	if in.steps < 0 {
		return &Error{Err: fmt.Errorf("%w: the limit is %d", ErrSteps, in.opts.Limits.Steps)}
	}
	if in.ctx != nil && in.ctx.Err() != nil {
		return &Error{Err: context.Cause(in.ctx)}
	}
	return nil
}

// Work counts n steps: for Go functions whose own loops a program can make long.
func (in *Interp) Work(n int) error {
	before := in.steps
	in.steps -= int64(n)
	if in.steps < 0 || before>>10 != in.steps>>10 {
		return in.slowStep()
	}
	return nil
}

// Alloc counts n bytes: for Go functions that can be made to allocate much. It is to be called before allocating.
func (in *Interp) Alloc(n int) error {
	in.bytes -= int64(n)
	if in.bytes < 0 || n < 0 {
		in.bytes = min(in.bytes, 0)
		return &Error{Err: fmt.Errorf("%w: the limit is %d MiB", ErrMemory, in.opts.Limits.Bytes>>20)}
	}
	return nil
}

// enter counts one level of nesting; leave ends it, also after an error. There is no defer in the pairs, because a generator that is
// thrown away unwinds by a panic, perhaps on another goroutine, and must not touch the interpreter then.
func (in *Interp) enter() error {
	if in.depth <= 0 {
		return &Error{Err: fmt.Errorf("%w: the limit is %d calls", ErrDepth, in.opts.Limits.Depth)}
	}
	in.depth--
	return nil
}

func (in *Interp) leave() { in.depth++ }
