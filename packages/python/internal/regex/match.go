package regex

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// ErrStack means that a match would need too much memory.
var ErrStack = errors.New("the regular expression needs too much memory to match")

// Mode says where a match may begin and end.
type Mode uint8

// The ways to match.
const (
	Search    Mode = iota // anywhere
	Match                 // at the start
	FullMatch             // from the start to the end
)

// Run looks for a match in text[:end] from the offset pos on. Offsets are in bytes. With advance, an empty match at pos
// does not count. The result has two offsets for each group, -1 where it did not match; nil means no match. step is called with
// the number of steps since it was called last, and ends the match with its error.
func (re *Regexp) Run(text string, pos, end int, mode Mode, advance bool, step func(int) error) ([]int, error) {
	m := &machine{re: re, text: text[:end], full: mode == FullMatch, step: step, first: pos, advance: advance}
	m.regs = make([]int, re.regs)
	for start := pos; start <= end; start++ {
		if start > pos && start < end && !utf8.RuneStart(text[start]) {
			continue
		}
		for i := range m.regs {
			m.regs[i] = -1
		}
		m.start = start
		stop, ok, err := m.run(0, start, 0)
		if err == nil && m.steps > 0 {
			err = m.report()
		}
		if err != nil {
			return nil, err
		}
		if ok {
			m.regs[0], m.regs[1] = start, stop
			return m.regs[:2*(re.Groups+1)], nil
		}
		if mode != Search {
			return nil, nil
		}
	}
	return nil, nil
}

// machine executes a program. The stack holds what to come back to: choices, and registers to restore before that.
type machine struct {
	re      *Regexp
	text    string
	regs    []int
	stack   []frame
	start   int
	first   int
	full    bool
	advance bool
	steps   int
	step    func(int) error
}

// frame is a choice (go on at pc with pos), or with pc -1 a register's old value.
type frame struct{ pc, pos, reg int }

func (m *machine) report() error {
	n := m.steps
	m.steps = 0
	return m.step(n)
}

func (m *machine) push(f frame) error {
	if len(m.stack) >= maxStack {
		return ErrStack
	}
	m.stack = append(m.stack, f)
	return nil
}

func (m *machine) set(reg, value int) error {
	if err := m.push(frame{-1, m.regs[reg], reg}); err != nil {
		return err
	}
	m.regs[reg] = value
	return nil
}

// back gives the last choice above base, with the registers as they were then.
func (m *machine) back(base int) (frame, bool) {
	for len(m.stack) > base {
		f := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		if f.pc >= 0 {
			return f, true
		}
		m.regs[f.reg] = f.pos
	}
	return frame{}, false
}

// nowhere is where a program goes on that does not match.
const nowhere = -1

// run executes from pc at pos until a match; depth counts the programs in programs. On success it leaves the choices above the
// stack's height at the start, on failure nothing.
func (m *machine) run(pc, pos, depth int) (int, bool, error) {
	base := len(m.stack)
	for {
		if m.steps++; m.steps >= 1024 {
			if err := m.report(); err != nil {
				return 0, false, err
			}
		}
		i := &m.re.prog[pc]
		if i.op == opMatch && m.accepts(pos, depth) {
			return pos, true, nil
		}
		next, at, err := m.exec(i, pc, pos, depth)
		if err != nil {
			return 0, false, err
		}
		if next == nowhere {
			f, more := m.back(base)
			if !more {
				return 0, false, nil
			}
			next, at = f.pc, f.pos
		}
		pc, pos = next, at
	}
}

// accepts reports whether a match may end at pos.
func (m *machine) accepts(pos, depth int) bool {
	return depth > 0 || !(m.full && pos != len(m.text)) && !(m.advance && m.start == m.first && pos == m.start)
}

// exec executes one instruction: where the program goes on, and at which position of the text.
func (m *machine) exec(i *inst, pc, pos, depth int) (int, int, error) {
	ok := true
	switch i.op {
	case opMatch:
		return nowhere, pos, nil
	case opJump:
		return i.x, pos, nil
	case opSplit:
		return i.x, pos, m.push(frame{i.y, pos, 0})
	case opSave, opMark:
		return pc + 1, pos, m.set(i.x, pos)
	case opCheck:
		if m.regs[i.x] == pos {
			return i.y, pos, nil
		}
	case opCond:
		if m.regs[2*i.x+1] < 0 {
			return i.y, pos, nil
		}
	case opLook, opAtomic:
		next, found, err := m.sub(i, pc+1, pos, depth)
		if err != nil || !found {
			return nowhere, pos, err
		}
		return i.x, next, nil
	case opBackref, opBackrefFold:
		pos, ok = m.backref(i, pos)
	case opChar, opCharFold, opAny, opAnyNewline, opSet, opSetFold:
		pos, ok = m.char(i, pos)
	default:
		ok = m.assert(i.op, pos)
	}
	if !ok {
		return nowhere, pos, nil
	}
	return pc + 1, pos, nil
}

// char matches one character.
func (m *machine) char(i *inst, pos int) (int, bool) {
	if pos >= len(m.text) {
		return pos, false
	}
	r, n := rune(m.text[pos]), 1
	if r >= utf8.RuneSelf {
		r, n = utf8.DecodeRuneInString(m.text[pos:])
	}
	ok := false
	switch i.op {
	case opChar:
		ok = r == i.r
	case opCharFold:
		ok = foldRune(r) == i.r
	case opAny:
		ok = r != '\n'
	case opAnyNewline:
		ok = true
	case opSet:
		ok = i.set.has(r)
	case opSetFold:
		ok = i.set.hasFold(r)
	}
	return pos + n, ok
}

// sub matches a lookaround or an atomic group. Its choices are forgotten once it has matched; what it captured stays.
func (m *machine) sub(i *inst, pc, pos, depth int) (int, bool, error) {
	from := pos
	if i.op == opLook && i.y&lookBehind != 0 {
		for range i.n {
			if from == 0 {
				return pos, i.y&lookNegate != 0, nil
			}
			_, size := utf8.DecodeLastRuneInString(m.text[:from])
			from -= size
		}
	}
	base := len(m.stack)
	end, ok, err := m.run(pc, from, depth+1)
	if err != nil {
		return 0, false, err
	}
	if i.op == opAtomic {
		m.forget(base)
		return end, ok, nil
	}
	if i.y&lookNegate != 0 {
		for {
			if _, more := m.back(base); !more {
				break
			}
		}
		return pos, !ok, nil
	}
	m.forget(base)
	return pos, ok, nil
}

// forget drops the choices above base, and keeps what restores registers.
func (m *machine) forget(base int) {
	kept := m.stack[:base]
	for _, f := range m.stack[base:] {
		if f.pc < 0 {
			kept = append(kept, f)
		}
	}
	m.stack = kept
}

func (m *machine) backref(i *inst, pos int) (int, bool) {
	from, to := m.regs[2*i.x], m.regs[2*i.x+1]
	if from < 0 || to < from {
		return pos, false
	}
	want, rest := m.text[from:to], m.text[pos:]
	m.steps += len(want) / 16
	if i.op == opBackref {
		return pos + len(want), strings.HasPrefix(rest, want)
	}
	if len(rest) < len(want) {
		return pos, false
	}
	return pos + len(want), strings.EqualFold(rest[:len(want)], want)
}

func (m *machine) assert(op opcode, pos int) bool {
	switch op {
	case opTextStart:
		return pos == 0
	case opTextEnd:
		return pos == len(m.text)
	case opTextEndOrNewline:
		return pos == len(m.text) || pos == len(m.text)-1 && m.text[pos] == '\n'
	case opLineStart:
		return pos == 0 || m.text[pos-1] == '\n'
	case opLineEnd:
		return pos == len(m.text) || m.text[pos] == '\n'
	}
	before, _ := utf8.DecodeLastRuneInString(m.text[:pos])
	after, _ := utf8.DecodeRuneInString(m.text[pos:])
	boundary := m.word(before, pos > 0) != m.word(after, pos < len(m.text))
	return boundary == (op == opWordBoundary)
}

func (m *machine) word(r rune, there bool) bool {
	return there && isWord(r) && (!m.re.ascii || r < utf8.RuneSelf)
}
