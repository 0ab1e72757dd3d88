package sat

import (
	"encoding/binary"
	"slices"
)

// And returns a literal that holds exactly if all of lits hold. Equal conjunctions share one literal.
func (s *Solver) And(lits ...Lit) Lit {
	in := slices.Clone(lits)
	slices.Sort(in)
	in = slices.Compact(in)
	out := in[:0]
	for i, l := range in {
		switch {
		case l == False, i > 0 && in[i-1] == l.Not() && l&1 == 1:
			return False
		case l == True:
			continue
		}
		out = append(out, l)
	}
	switch len(out) {
	case 0:
		return True
	case 1:
		return out[0]
	}
	key := gateKey(out)
	if l, ok := s.gates[key]; ok {
		return l
	}
	g := s.Lit()
	s.gates[key] = g
	long := make([]Lit, 0, len(out)+1)
	expected := true
	for _, l := range out {
		expected = expected && s.Expected(l)
		s.Add(g.Not(), l)
		long = append(long, l.Not())
	}
	s.Add(append(long, g)...)
	if expected {
		s.Expect(g)
	}
	return g
}

// Or returns a literal that holds exactly if one of lits holds. Equal disjunctions share one literal.
func (s *Solver) Or(lits ...Lit) Lit {
	neg := make([]Lit, len(lits))
	for i, l := range lits {
		neg[i] = l.Not()
	}
	return s.And(neg...).Not()
}

// Implies adds the clause that cond makes then hold.
func (s *Solver) Implies(cond, then Lit) { s.Add(cond.Not(), then) }

// Equal adds that a holds exactly if b does.
func (s *Solver) Equal(a, b Lit) {
	s.Add(a.Not(), b)
	s.Add(a, b.Not())
}

// AtMostOne adds that no two of lits hold: in pairs if they are few, along a ladder else.
func (s *Solver) AtMostOne(lits []Lit) {
	if len(lits) <= 6 {
		for i, a := range lits {
			for _, b := range lits[i+1:] {
				s.Add(a.Not(), b.Not())
			}
		}
		return
	}
	seen := lits[0] // one of those so far holds
	for _, l := range lits[1:] {
		next := s.Lit()
		s.Add(seen.Not(), l.Not())
		s.Add(seen.Not(), next)
		s.Add(l.Not(), next)
		seen = next
	}
}

func gateKey(lits []Lit) string {
	b := make([]byte, 0, 4*len(lits))
	for _, l := range lits {
		b = binary.LittleEndian.AppendUint32(b, uint32(l))
	}
	return string(b)
}
