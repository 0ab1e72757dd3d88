package python

import (
	"iter"
	"runtime"
	"sync/atomic"
)

// Generator is what a generator function or a generator expression gives.
type Generator struct{ state *generatorState }

// Type implements Value.
func (*Generator) Type() string { return "generator" }

// Next continues the generator.
func (g *Generator) Next() (Value, bool, error) { return g.resume(None, nil) }

func (g *Generator) resume(sent Value, thrown *Error) (Value, bool, error) {
	v, ok, err := g.state.resume(sent, thrown)
	runtime.KeepAlive(g) // or the clean-up could come while the code runs
	return v, ok, err
}

// generatorState is the suspended code, which runs as a coroutine. It knows nothing of the Generator, so that one that the
// program has lost can be collected, and its coroutine ended.
type generatorState struct {
	name    string
	in      *Interp
	frame   *frame
	body    func() error
	pull    func() (Value, bool)
	stop    func()
	out     func(Value) bool // the coroutine's side
	sent    Value
	thrown  *Error
	err     error
	running bool
	done    bool
	frozen  bool
	base    int         // Interp.nested when it was resumed last
	nested  int         // what the suspended code adds to it
	over    atomic.Bool // the coroutine has ended, or is being ended by kill
}

// generatorCost is charged for each generator: what a coroutine's stack takes, roughly.
const generatorCost = 4 << 10

// killed unwinds the coroutine of a generator that nobody will continue. No finally clause of the program sees it.
type killed struct{}

func (in *Interp) generator(name string, f *frame, body func() error) (*Generator, error) {
	if err := in.Alloc(generatorCost); err != nil {
		return nil, err
	}
	s := &generatorState{name: name, in: in, frame: f, body: body}
	f.gen = s
	g := &Generator{s}
	runtime.AddCleanup(g, func(s *generatorState) { s.kill() }, s)
	return g, nil
}

// start makes the coroutine, at the first resume: many generators are never begun.
func (s *generatorState) start() {
	s.in.live[s] = struct{}{}
	s.pull, s.stop = iter.Pull(func(yield func(Value) bool) {
		defer func() {
			if p := recover(); p != nil {
				if _, ok := p.(killed); !ok {
					panic(p)
				}
			}
		}()
		s.out = yield
		s.err = s.body()
	})
}

// resume continues the code until its next yield, which gets sent, or raises thrown.
func (s *generatorState) resume(sent Value, thrown *Error) (Value, bool, error) {
	in := s.in
	if s.running {
		return nil, false, ValueErrorf("generator already executing")
	}
	if s.frozen {
		return nil, false, errFrozen("generator")
	}
	if s.done {
		if thrown != nil {
			return nil, false, thrown
		}
		return nil, false, nil
	}
	if s.pull == nil {
		if thrown != nil {
			s.done = true
			return nil, false, thrown
		}
		s.start()
	}
	if err := in.enter(); err != nil {
		return nil, false, err
	}
	s.sent, s.thrown = sent, thrown
	top, handling := in.top, len(in.handling)
	s.base = in.nested
	in.nested += s.nested
	s.frame.parent, in.top = top, s.frame
	s.running = true
	v, more := s.pull()
	s.running = false
	in.top, in.nested = top, s.base
	if len(in.handling) > handling {
		in.handling = in.handling[:handling]
	}
	in.leave()
	if more {
		return v, true, nil
	}
	s.done = true
	s.over.Store(true)
	delete(in.live, s)
	if s.err != nil {
		return nil, false, s.ended(s.err)
	}
	return nil, false, nil
}

// ended makes a StopIteration that escapes from the code a RuntimeError, as PEP 479 wants.
func (s *generatorState) ended(err error) error {
	if e := asError(err); e.Exc != nil && e.Exc.class.IsSubclass(StopIteration) {
		return Raise(RuntimeError, "generator raised StopIteration")
	}
	return err
}

// yield suspends the code. It gives what was sent.
func (s *generatorState) yield(v Value) (Value, error) {
	s.nested = s.in.nested - s.base
	if !s.out(v) {
		panic(killed{})
	}
	if s.thrown != nil {
		return nil, s.thrown
	}
	return s.sent, nil
}

// kill ends the coroutine.
func (s *generatorState) kill() {
	if s.stop != nil && s.over.CompareAndSwap(false, true) {
		s.stop()
	}
}

func (f *frame) yield(x *yieldExpr) (Value, error) {
	if f.gen == nil {
		return nil, Raise(RuntimeError, "yield outside of a generator")
	}
	if x.x == nil {
		return f.gen.yield(None)
	}
	v, err := f.eval(x.x)
	if err != nil {
		return nil, err
	}
	if !x.from {
		return f.gen.yield(v)
	}
	return f.yieldFrom(v)
}

// yieldFrom hands on what an iterable gives; its value is what a generator returns.
func (f *frame) yieldFrom(v Value) (Value, error) {
	it, err := f.in.iterate(v)
	if err != nil {
		return nil, err
	}
	sent := None
	var thrown *Error
	for {
		var item Value
		var ok bool
		g, inner := it.(*Generator)
		switch {
		case inner:
			item, ok, err = g.resume(sent, thrown)
		case thrown != nil:
			err = thrown
		default:
			item, ok, err = f.in.next(it)
		}
		if err != nil {
			return nil, err
		}
		if !ok {
			if inner && g.state.frame.ret != nil {
				return g.state.frame.ret, nil
			}
			return None, nil
		}
		if sent, err = f.gen.yield(item); err != nil {
			thrown = asError(err)
			sent = None
			continue
		}
		thrown = nil
	}
}

var generatorMethods = methodTable{
	"send": func(c *Call) (Value, error) {
		a, err := c.Bind("self", "value")
		if err != nil {
			return nil, err
		}
		g, err := generatorOf(c)
		if err != nil {
			return nil, err
		}
		return g.result(a[1], nil)
	},
	"throw": func(c *Call) (Value, error) {
		a, err := c.Bind("self", "type", "value=", "traceback=")
		if err != nil {
			return nil, err
		}
		exc := a[1]
		if a[2] != nil && a[2] != None {
			exc = a[2]
		}
		e, err := c.caller.exception(exc)
		if err != nil {
			return nil, err
		}
		g, err := generatorOf(c)
		if err != nil {
			return nil, err
		}
		return g.result(None, &Error{Exc: e})
	},
	"close": func(c *Call) (Value, error) {
		g, err := generatorOf(c)
		if err != nil {
			return nil, err
		}
		if g.state.pull == nil {
			g.state.done = true
			return None, nil
		}
		_, more, err := g.resume(None, RaiseValue(GeneratorExit))
		if more {
			return nil, Raise(RuntimeError, "generator ignored GeneratorExit")
		}
		if e := (*Error)(nil); err != nil {
			if e = asError(err); e.Exc == nil || !e.Exc.class.IsSubclass(GeneratorExit) && !e.Exc.class.IsSubclass(StopIteration) {
				return nil, err
			}
		}
		return None, nil
	},
	"__next__": func(c *Call) (Value, error) {
		g, err := generatorOf(c)
		if err != nil {
			return nil, err
		}
		return g.result(None, nil)
	},
}

// generatorOf is the generator whose method is called; the method can be taken from the type and called with anything.
func generatorOf(c *Call) (*Generator, error) {
	if g, ok := c.Args[0].(*Generator); ok {
		return g, nil
	}
	return nil, TypeErrorf("descriptor '%s' for 'generator' objects doesn't apply to a '%s' object", c.Name, typeName(c.Args[0]))
}

// result is what next() and send() give: an end is a StopIteration.
func (g *Generator) result(sent Value, thrown *Error) (Value, error) {
	v, ok, err := g.resume(sent, thrown)
	if err != nil {
		return nil, err
	}
	if !ok {
		if r := g.state.frame.ret; r != nil && r != None {
			return nil, RaiseValue(StopIteration, r)
		}
		return nil, RaiseValue(StopIteration)
	}
	return v, nil
}
