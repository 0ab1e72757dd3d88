package regex

import (
	"strconv"
	"strings"
	"unicode"
)

// group reads what follows an opening parenthesis.
func (p *parser) group() node {
	at := p.pos - 1
	if !p.accept("?") {
		return p.capture("", at)
	}
	switch {
	case p.accept(":"):
		return p.close(p.alternatives(), at)
	case p.accept("P<"):
		return p.capture(p.groupName('>'), at)
	case p.accept("P="):
		name := p.groupName(')')
		n, ok := p.names[name]
		if !ok {
			p.fail("unknown group name '%s'", name)
		}
		return p.groupRef(n, at)
	case p.accept("#"):
		end := strings.IndexByte(p.src[p.pos:], ')')
		if end < 0 {
			p.pos = at
			p.fail("missing ), unterminated comment")
		}
		p.pos += end + 1
		return nil
	case p.accept("="):
		return &lookNode{x: p.close(p.alternatives(), at)}
	case p.accept("!"):
		return &lookNode{x: p.close(p.alternatives(), at), negate: true}
	case p.accept("<="):
		return p.behind(at, false)
	case p.accept("<!"):
		return p.behind(at, true)
	case p.accept(">"):
		return &atomicNode{p.close(p.alternatives(), at)}
	case p.accept("("):
		return p.conditional(at)
	}
	return p.inlineFlags(at)
}

func (p *parser) close(x node, at int) node {
	if !p.accept(")") {
		p.pos = at
		p.fail("missing ), unterminated subpattern")
	}
	return x
}

func (p *parser) capture(name string, at int) node {
	p.groups++
	n := p.groups
	p.open = append(p.open, true)
	if name != "" {
		if _, ok := p.names[name]; ok {
			p.fail("redefinition of group name '%s'", name)
		}
		p.names[name] = n
	}
	x := p.close(p.alternatives(), at)
	p.open[n] = false
	return &groupNode{n, x}
}

func (p *parser) groupName(end byte) string {
	i := strings.IndexByte(p.src[p.pos:], end)
	if i < 0 {
		p.fail("missing %c, unterminated name", end)
	}
	name := p.src[p.pos : p.pos+i]
	if name == "" {
		p.fail("missing group name")
	}
	for j, r := range name {
		if r != '_' && !unicode.IsLetter(r) && (j == 0 || !unicode.IsDigit(r)) {
			p.fail("bad character in group name '%s'", name)
		}
	}
	p.pos += i + 1
	return name
}

func (p *parser) behind(at int, negate bool) node {
	x := p.close(p.alternatives(), at)
	if _, ok := width(x); !ok {
		p.pos = at
		p.fail("look-behind requires fixed-width pattern")
	}
	return &lookNode{x: x, behind: true, negate: negate}
}

// conditional reads (?(group)yes|no).
func (p *parser) conditional(at int) node {
	end := strings.IndexByte(p.src[p.pos:], ')')
	if end < 0 {
		p.fail("missing ), unterminated name")
	}
	name := p.src[p.pos : p.pos+end]
	n, err := strconv.Atoi(name)
	if err != nil {
		var ok bool
		if n, ok = p.names[name]; !ok {
			p.fail("unknown group name '%s'", name)
		}
	}
	if n < 1 || n > p.groups {
		p.fail("invalid group reference %d", n)
	}
	p.pos += end + 1
	c := &condNode{group: n, yes: p.sequence()}
	if p.accept("|") {
		c.no_ = p.sequence()
	}
	return p.close(c, at)
}

// inlineFlags reads (?aims) and (?i-m:...).
func (p *parser) inlineFlags(at int) node {
	flag := map[rune]Flags{'i': IgnoreCase, 'm': Multiline, 's': DotAll, 'x': Verbose, 'a': ASCII, 'u': Unicode}
	on, off, minus := Flags(0), Flags(0), false
	for {
		switch r := p.next(); {
		case flag[r] != 0 && minus:
			off |= flag[r]
		case flag[r] != 0:
			on |= flag[r]
		case r == '-' && !minus:
			minus = true
		case r == ')' && !minus:
			if at != 0 {
				p.pos = at
				p.fail("global flags not at the start of the expression")
			}
			p.flags |= on
			return nil
		case r == ':':
			outer := p.flags
			p.flags = p.flags&^off | on
			x := p.close(p.alternatives(), at)
			p.flags = outer
			return x
		default:
			p.pos = at + 1
			p.fail("unknown extension ?%c", r)
		}
	}
}

// width gives how many characters a pattern matches, if that is always the same.
func width(x node) (int, bool) {
	switch x := x.(type) {
	case *charNode, *anyNode, *setNode:
		return 1, true
	case *assertNode, *lookNode:
		return 0, true
	case *groupNode:
		return width(x.x)
	case *atomicNode:
		return width(x.x)
	case *seqNode:
		total := 0
		for _, part := range x.parts {
			n, ok := width(part)
			if !ok {
				return 0, false
			}
			total += n
		}
		return total, true
	case *altNode:
		first, ok := width(x.alts[0])
		for _, alt := range x.alts[1:] {
			n, same := width(alt)
			ok = ok && same && n == first
		}
		return first, ok
	case *repeatNode:
		n, ok := width(x.x)
		return n * x.min, ok && x.min == x.max
	}
	return 0, false
}
