package python

import (
	"context"
	"fmt"
	"math"
)

// What a program costs is counted before it is done: steps for time, bytes for memory. A step is about as long as it takes to look through a
// few hundred bytes, so work on long texts and large containers counts as many.

// Limits end a runaway program. A zero means the default.
type Limits struct {
	Steps int64 // statements and expressions evaluated, and work as long as those; default a million; the longest recipe of spack-packages takes 68,000
	Depth int   // calls within calls; default 300
	Bytes int64 // allocated in all, freed or not; default 48 MiB; the same recipe takes 5
}

// withDefaults fills in what is not set.
func (l Limits) withDefaults() Limits {
	if l.Steps <= 0 {
		l.Steps = 1e6
	}
	if l.Depth <= 0 {
		l.Depth = 300
	}
	if l.Bytes <= 0 {
		l.Bytes = 48 << 20
	}
	return l
}

// What things take, in bytes, with what Go's maps and slices throw away when they grow.
const (
	slotCost  = 16  // of a list, which is charged as it grows
	entryCost = 300 // of a dict or a set
	nameCost  = 300 // of a module, a class or an object
	classCost = 2000
)

// ResetLimits gives the full limits again, for the next evaluation.
func (in *Interp) ResetLimits() {
	in.steps, in.depth, in.bytes = in.opts.Limits.Steps, in.opts.Limits.Depth, in.opts.Limits.Bytes
}

// Used says what was taken since the limits were last reset; Depth is left out.
func (in *Interp) Used() Limits {
	return Limits{Steps: in.opts.Limits.Steps - in.steps, Bytes: in.opts.Limits.Bytes - in.bytes}
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

// Work counts n steps: for Go functions whose own loops a program can make long. Where its error is of no use, the next step gives it.
func (in *Interp) Work(n int) error {
	if n <= 0 {
		return nil
	}
	before := in.steps
	in.steps -= int64(min(n, 1<<40))
	if in.steps < 0 || before>>10 != in.steps>>10 {
		return in.slowStep()
	}
	return nil
}

// Scan counts looking through n bytes. Few are free, and so are all without an interpreter.
func (in *Interp) Scan(n int) error {
	if n < 256 || in == nil {
		return nil
	}
	return in.Work(n / 128)
}

// scanArgs counts looking through the texts that a Go function is given: there is hardly one that does not.
func (in *Interp) scanArgs(args []Value) error {
	for _, a := range args {
		n := 0
		switch a := a.(type) {
		case Str:
			n = len(a)
		case Bytes:
			n = len(a)
		}
		if err := in.Scan(n); err != nil {
			return err
		}
	}
	return nil
}

// Alloc counts n bytes: for Go functions that can be made to allocate much. It is to be called before allocating.
func (in *Interp) Alloc(n int) error {
	if n < 0 {
		n = math.MaxInt
	}
	if in.bytes -= int64(n); in.bytes < 0 {
		in.bytes = -1
		return &Error{Err: fmt.Errorf("%w: the limit is %d MiB", ErrMemory, in.opts.Limits.Bytes>>20)}
	}
	return nil
}

// AllocN counts n things of so many bytes.
func (in *Interp) AllocN(n, size int) error {
	if n > 0 && size > math.MaxInt/n {
		return in.Alloc(math.MaxInt)
	}
	return in.Alloc(n * size)
}

// grow makes room for n more elements. It counts what it takes, which appending itself then does not.
func (in *Interp) grow(items []Value, n int) ([]Value, error) {
	if cap(items)-len(items) >= n {
		return items, nil
	}
	room := max(8, 2*cap(items), len(items)+n)
	if err := in.AllocN(room, slotCost); err != nil {
		return items, err
	}
	return append(make([]Value, 0, room), items...), nil
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

// maxEval limits expressions in expressions, those of the calling functions included: each takes room on Go's stack, whose
// overflow nobody could catch.
const maxEval = 50_000

func (in *Interp) tooDeep() error {
	return &Error{Err: fmt.Errorf("%w: the limit is %d expressions", ErrDepth, maxEval)}
}
