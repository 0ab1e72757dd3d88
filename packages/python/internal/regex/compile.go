package regex

import (
	"unicode"
)

type opcode uint8

const (
	opMatch opcode = iota
	opChar
	opCharFold
	opAny
	opAnyNewline
	opSet
	opSetFold
	opSplit // try x, then y
	opJump  // to x
	opSave  // the position in register x
	opMark  // the position in register x, where an iteration of a loop begins
	opCheck // leave the loop for y if nothing was matched since register x was marked: it would not end
	opLook  // the program from the next instruction to a match, then go on at x; y: lookKind; n: characters back
	opAtomic
	opBackref
	opBackrefFold
	opCond // go on at y if group x did not match
	opTextStart
	opTextEnd
	opTextEndOrNewline
	opLineStart
	opLineEnd
	opWordBoundary
	opNotWordBoundary
)

const (
	lookNegate = 1
	lookBehind = 2
)

type inst struct {
	op   opcode
	x, y int
	n    int
	r    rune
	set  *charSet
}

// Regexp is a compiled pattern. It is immutable.
type Regexp struct {
	Groups int            // beside the whole match
	Names  map[string]int // of groups
	Flags  Flags

	prog  []inst
	regs  int // two for each group, then the marks of loops
	ascii bool
}

// Compile reads a pattern. The error is an *Error.
func Compile(pattern string, flags Flags) (re *Regexp, err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case bail:
			re, err = nil, p.err
		default:
			panic(p)
		}
	}()
	p := &parser{src: pattern, flags: flags, names: map[string]int{}, open: []bool{false}}
	x := p.alternatives()
	if p.more() {
		p.fail("unbalanced parenthesis")
	}
	if p.flags&ASCII == 0 {
		p.flags |= Unicode
	}
	re = &Regexp{Groups: p.groups, Names: p.names, Flags: p.flags, ascii: p.flags&ASCII != 0}
	c := &compiler{p: p, re: re}
	re.regs = 2 * (p.groups + 1)
	c.emit(x)
	c.add(inst{op: opMatch})
	return re, nil
}

type compiler struct {
	p  *parser
	re *Regexp
}

func (c *compiler) add(i inst) int {
	if len(c.re.prog) >= maxProgram {
		c.p.fail("the pattern is too large")
	}
	c.re.prog = append(c.re.prog, i)
	return len(c.re.prog) - 1
}

func (c *compiler) here() int { return len(c.re.prog) }

func (c *compiler) emit(x node) {
	switch x := x.(type) {
	case *charNode:
		if x.fold {
			c.add(inst{op: opCharFold, r: foldRune(x.r)})
		} else {
			c.add(inst{op: opChar, r: x.r})
		}
	case *anyNode:
		if x.newline {
			c.add(inst{op: opAnyNewline})
		} else {
			c.add(inst{op: opAny})
		}
	case *setNode:
		if x.fold {
			c.add(inst{op: opSetFold, set: x.set})
		} else {
			c.add(inst{op: opSet, set: x.set})
		}
	case *assertNode:
		c.add(inst{op: x.op})
	case *seqNode:
		for _, part := range x.parts {
			c.emit(part)
		}
	case *altNode:
		c.alternatives(x.alts)
	case *groupNode:
		c.add(inst{op: opSave, x: 2 * x.index})
		c.emit(x.x)
		c.add(inst{op: opSave, x: 2*x.index + 1})
	case *repeatNode:
		if x.possessive {
			c.sub(opAtomic, &repeatNode{x: x.x, min: x.min, max: x.max}, 0, 0)
		} else {
			c.repeat(x)
		}
	case *lookNode:
		kind, n := 0, 0
		if x.negate {
			kind |= lookNegate
		}
		if x.behind {
			kind |= lookBehind
			n, _ = width(x.x)
		}
		c.sub(opLook, x.x, kind, n)
	case *atomicNode:
		c.sub(opAtomic, x.x, 0, 0)
	case *backrefNode:
		op := opBackref
		if x.fold {
			op = opBackrefFold
		}
		c.add(inst{op: op, x: x.group})
	case *condNode:
		cond := c.add(inst{op: opCond, x: x.group})
		c.emit(x.yes)
		jump := c.add(inst{op: opJump})
		c.re.prog[cond].y = c.here()
		if x.no_ != nil {
			c.emit(x.no_)
		}
		c.re.prog[jump].x = c.here()
	}
}

// sub emits a program within the program.
func (c *compiler) sub(op opcode, x node, kind, n int) {
	at := c.add(inst{op: op, y: kind, n: n})
	c.emit(x)
	c.add(inst{op: opMatch})
	c.re.prog[at].x = c.here()
}

func (c *compiler) alternatives(alts []node) {
	var jumps []int
	for i, alt := range alts {
		if i == len(alts)-1 {
			c.emit(alt)
			break
		}
		split := c.add(inst{op: opSplit})
		c.re.prog[split].x = c.here()
		c.emit(alt)
		jumps = append(jumps, c.add(inst{op: opJump}))
		c.re.prog[split].y = c.here()
	}
	for _, j := range jumps {
		c.re.prog[j].x = c.here()
	}
}

// split emits a choice between going on and leaving for a place that is not known yet.
func (c *compiler) split() int {
	return c.add(inst{op: opSplit})
}

func (c *compiler) setSplit(at, into, out int, lazy bool) {
	if lazy {
		into, out = out, into
	}
	c.re.prog[at].x, c.re.prog[at].y = into, out
}

func (c *compiler) repeat(x *repeatNode) {
	for range x.min {
		c.emit(x.x)
	}
	if x.max >= 0 {
		var splits []int
		for range x.max - x.min {
			splits = append(splits, c.split())
			c.emit(x.x)
		}
		for _, s := range splits {
			c.setSplit(s, s+1, c.here(), x.lazy)
		}
		return
	}
	_, single := x.x.(*charNode)
	if n, ok := width(x.x); ok && n > 0 {
		single = true // every iteration matches something
	}
	loop := c.split()
	mark := c.re.regs
	if !single {
		c.re.regs++
		c.add(inst{op: opMark, x: mark})
	}
	c.emit(x.x)
	check := -1
	if !single {
		check = c.add(inst{op: opCheck, x: mark})
	}
	c.add(inst{op: opJump, x: loop})
	if check >= 0 {
		c.re.prog[check].y = c.here()
	}
	c.setSplit(loop, loop+1, c.here(), x.lazy)
}

// charSet is a character class.
type charSet struct {
	negate bool
	ranges [][2]rune
	tests  []func(rune) bool
}

func (s *charSet) add(low, high rune) { s.ranges = append(s.ranges, [2]rune{low, high}) }

// class adds \d, \s, \w or one of their opposites.
func (s *charSet) class(c rune, ascii bool) {
	test := isWord
	switch unicode.ToLower(c) {
	case 'd':
		test = unicode.IsDigit
	case 's':
		test = func(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }
	}
	if ascii {
		wide := test
		test = func(r rune) bool { return r < 128 && wide(r) }
	}
	if unicode.IsUpper(c) {
		positive := test
		test = func(r rune) bool { return !positive(r) }
	}
	s.tests = append(s.tests, test)
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }

func (s *charSet) has(r rune) bool {
	for _, g := range s.ranges {
		if r >= g[0] && r <= g[1] {
			return !s.negate
		}
	}
	for _, test := range s.tests {
		if test(r) {
			return !s.negate
		}
	}
	return s.negate
}

// hasFold is has for any case of the character.
func (s *charSet) hasFold(r rune) bool {
	plain := *s
	plain.negate = false
	if plain.has(r) {
		return !s.negate
	}
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		if plain.has(f) {
			return !s.negate
		}
	}
	return s.negate
}

// foldRune gives one representative of the cases of a character.
func foldRune(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}
