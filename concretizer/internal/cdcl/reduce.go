package cdcl

import (
	"cmp"
	"slices"
)

const (
	firstLimit = 4000 // learnt clauses that are kept at first
	moreLimit  = 1000 // and more of them after each time that some were forgotten
	goodLBD    = 3    // of so few levels are learnt clauses that are kept for ever
)

// reduce forgets the worse half of the learnt clauses.
func (s *Solver) reduce() {
	s.limit += s.more
	lbd := func(r ref) Lit { return s.arena[r+1] }
	var worse []ref
	for _, r := range s.learnts {
		if int(lbd(r)) > s.good && !s.isReason(r) {
			worse = append(worse, r)
		}
	}
	// Of equal ones the older go first.
	slices.SortFunc(worse, func(a, b ref) int { return cmp.Or(cmp.Compare(lbd(b), lbd(a)), cmp.Compare(a, b)) })
	for _, r := range worse[:len(worse)/2] {
		s.kill(r)
	}
	s.sweep()
}

// isReason reports whether something follows from a clause at the moment.
func (s *Solver) isReason(r ref) bool {
	return slices.ContainsFunc(s.clause(r), func(l Lit) bool { return s.values[l] > 0 && s.reasons[l.variable()] == r })
}

// simplify takes out the clauses that hold for ever, if there may be many more of them than the last time. Nothing must be decided.
func (s *Solver) simplify() {
	if len(s.trail)-s.simplified < len(s.levels)/8 {
		return
	}
	s.simplified = len(s.trail)
	for r := ref(1); int(r) < len(s.arena); r = s.following(r) {
		if slices.ContainsFunc(s.clause(r), func(l Lit) bool { return s.values[l] > 0 }) {
			s.kill(r)
		}
	}
	s.sweep()
}

// following returns where the next clause begins.
func (s *Solver) following(r ref) ref {
	n := s.arena[r]
	if n == 0 {
		n = s.arena[r+1]
	}
	return r + header + ref(n)
}

// kill marks a clause as not needed any more. Its watches stay until the next sweep.
func (s *Solver) kill(r ref) {
	n := s.arena[r]
	s.arena[r], s.arena[r+1] = 0, n
	s.waste += int(n) + header
}

func (s *Solver) isDead(r ref) bool { return s.arena[r] == 0 }

// sweep takes dead clauses out of all lists, and out of the arena where they are the half of it.
func (s *Solver) sweep() {
	for l, list := range s.watches {
		s.watches[l] = slices.DeleteFunc(list, func(w watch) bool { return s.isDead(w.clause()) })
	}
	s.learnts = slices.DeleteFunc(s.learnts, s.isDead)
	if 2*s.waste > len(s.arena) {
		s.compact()
	}
}

// compact moves the clauses together. Who names a clause is told its new place, which stands where its length was. Of the dead ones only what is true for
// ever may be named as following from them, and there nobody asks.
func (s *Solver) compact() {
	arena := make([]Lit, 1, len(s.arena)-s.waste+len(s.arena)/4)
	for r := ref(1); int(r) < len(s.arena); {
		next := s.following(r)
		if !s.isDead(r) {
			at := Lit(len(arena))
			arena = append(arena, s.arena[r:next]...)
			s.arena[r] = at
		}
		r = next
	}
	moved := func(r ref) ref { return ref(s.arena[r]) }
	for _, list := range s.watches {
		for i := range list {
			list[i].marked = moved(list[i].clause()) | list[i].marked&binary
		}
	}
	for i, r := range s.learnts {
		s.learnts[i] = moved(r)
	}
	for _, l := range s.trail {
		if r := s.reasons[l.variable()]; r != 0 {
			s.reasons[l.variable()] = moved(r)
		}
	}
	s.arena, s.waste = arena, 0
}
