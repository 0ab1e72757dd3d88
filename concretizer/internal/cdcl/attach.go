package cdcl

// attach takes up the clauses that were added since. It takes back only what they contradict or what would have followed from them earlier. It reports
// false if all clauses together are known to be unsatisfiable.
func (s *Solver) attach() bool {
	if len(s.units) > 0 && !s.dead {
		s.attachUnits()
	}
	for _, r := range s.pending {
		if s.dead {
			break
		}
		s.attachClause(r)
	}
	s.pending = s.pending[:0]
	return !s.dead
}

// manyUnits is from how many on it is worth to go back and propagate all anew: what is added at the end of the trail has to be propagated again
// whenever the search goes back.
const manyUnits = 10

func (s *Solver) attachUnits() {
	if len(s.units) >= manyUnits {
		s.backtrack(0)
	}
	for _, l := range s.units {
		v := l.variable()
		switch {
		case s.values[l] < 0 && s.levels[v] == 0:
			s.dead = true
		case s.values[l] > 0:
			s.forEver(l)
			continue
		case s.values[l] < 0:
			s.backtrack(int(s.levels[v]) - 1)
		}
		s.assign(l, 0, 0)
	}
	s.units = s.units[:0]
}

// forEver notes that what is true follows from no decision.
func (s *Solver) forEver(l Lit) {
	v := l.variable()
	s.late = s.late || s.levels[v] > 0
	s.levels[v], s.reasons[v] = 0, 0
}

// attachClause watches the two literals of a clause that are false last, if at all.
func (s *Solver) attachClause(r ref) {
	c := s.clause(r)
	for i := range 2 {
		best := i
		for k := i + 1; k < len(c); k++ {
			if s.rank(c[k]) > s.rank(c[best]) {
				best = k
			}
		}
		c[i], c[best] = c[best], c[i]
	}
	first, second := int(s.levels[c[0].variable()]), int(s.levels[c[1].variable()])
	if s.values[c[0]] > 0 && first == 0 {
		s.kill(r)
		return
	}
	s.watch(r)
	switch {
	case s.values[c[1]] >= 0:
		return
	case s.values[c[0]] > 0:
		if second == 0 {
			s.forEver(c[0])
		}
		return
	case s.values[c[0]] < 0:
		if first == 0 {
			s.dead = true
			return
		}
		s.backtrack(first - 1)
		if first == second {
			return
		}
	}
	s.imply(c[0], r)
}

// rank orders literals by how long they are going to be of use to a clause: those that are true for ever first, then true ones, open ones, and those that are
// false, the last decided first.
func (s *Solver) rank(l Lit) int {
	const open = 1 << 40
	level := int(s.levels[l.variable()])
	switch s.values[l] {
	case 1:
		return 2*open - level
	case 0:
		return open
	}
	return level
}
