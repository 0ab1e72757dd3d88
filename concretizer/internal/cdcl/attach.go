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

func (s *Solver) attachUnits() {
	for _, l := range s.units {
		if s.values[l] > 0 && s.levels[l.variable()] == 0 {
			continue
		}
		s.backtrack(0)
		if s.values[l] < 0 {
			s.dead = true
			break
		}
		if s.values[l] == 0 {
			s.assign(l, 0)
		}
	}
	s.units = s.units[:0]
}

// attachClause watches a clause. What a watched literal stands for must be seen when it becomes false; so the two are chosen that are false last, and if
// one is false already, the other must not have become true later: else the clause would be forgotten when that is taken back.
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
	if s.values[c[0]] > 0 && s.levels[c[0].variable()] == 0 {
		s.kill(r)
		return
	}
	s.watch(r)
	if s.values[c[1]] >= 0 {
		return
	}
	second := int(s.levels[c[1].variable()])
	switch {
	case s.values[c[0]] > 0 && int(s.levels[c[0].variable()]) <= second:
		return
	case s.values[c[0]] < 0 && int(s.levels[c[0].variable()]) == second:
		// All is false, and the last two became so together.
		if second == 0 {
			s.dead = true
			return
		}
		s.backtrack(second - 1)
		return
	}
	s.backtrack(second)
	s.assign(c[0], r)
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
