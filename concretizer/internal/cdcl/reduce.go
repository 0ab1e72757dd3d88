package cdcl

import (
	"cmp"
	"slices"
)

const (
	firstLimit = 4000 // learnt clauses that are kept at first
	moreLimit  = 1000 // and more of them after each time that some were forgotten
	// goodLBD is up to how many levels a learnt clause is kept for ever.
	goodLBD = 3
)

// reduce forgets the worse half of the learnt clauses.
func (s *Solver) reduce() {
	s.limit += moreLimit
	lbd := func(r ref) Lit { return s.arena[r+1] }
	var worse []ref
	for _, r := range s.learnts {
		if lbd(r) > goodLBD && !s.isReason(r) {
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
	for _, l := range s.clause(r)[:2] {
		if s.values[l] > 0 && s.reasons[l.variable()] == r {
			return true
		}
	}
	return false
}

// kill marks a clause as not needed any more. Its watches stay until the next sweep.
func (s *Solver) kill(r ref) {
	n := s.arena[r]
	s.arena[r], s.arena[r+1] = 0, n
	s.waste += int(n) + header
}

// sweep takes dead clauses out of all lists.
func (s *Solver) sweep() {
	dead := func(r ref) bool { return s.arena[r] == 0 }
	for l, list := range s.watches {
		s.watches[l] = slices.DeleteFunc(list, func(w watch) bool { return dead(w.clause) })
	}
	s.learnts = slices.DeleteFunc(s.learnts, dead)
}
