package cdcl

import (
	"cmp"
	"slices"
)

// analyze derives a clause from a conflict at the current level: of that level it names one literal only, the first that all ways to the conflict lead
// through. It returns that literal first and one of the highest other level second. The slice is valid until the next call.
func (s *Solver) analyze(conflict ref) []Lit {
	learnt := append(s.learning[:0], 0)
	s.bumped = s.bumped[:0]
	open, at := 0, len(s.trail)
	for reason := conflict; ; {
		for _, l := range s.clause(reason) {
			v := l.variable()
			if s.seen[v] || s.levels[v] == 0 || s.values[l] > 0 {
				continue
			}
			s.seen[v] = true
			s.bumped = append(s.bumped, v)
			if int(s.levels[v]) == s.level() {
				open++
			} else {
				learnt = append(learnt, l)
			}
		}
		var v uint32
		for {
			at--
			if v = s.trail[at].variable(); s.seen[v] && int(s.levels[v]) == s.level() {
				break
			}
		}
		if open--; open == 0 {
			learnt[0] = s.trail[at].Not()
			break
		}
		reason = s.reasons[v]
	}
	learnt = s.minimize(learnt)
	s.learning = learnt
	s.bump()
	if len(learnt) > 1 {
		highest := 1
		for i := 2; i < len(learnt); i++ {
			if s.levels[learnt[i].variable()] > s.levels[learnt[highest].variable()] {
				highest = i
			}
		}
		learnt[1], learnt[highest] = learnt[highest], learnt[1]
	}
	return learnt
}

// bump moves what took part in the conflict to the front of the queue, in the order in which it is there already.
func (s *Solver) bump() {
	slices.SortFunc(s.bumped, func(a, b uint32) int { return cmp.Compare(s.queue.stamps[a], s.queue.stamps[b]) })
	for _, v := range s.bumped {
		s.queue.bump(v)
		s.seen[v] = false
	}
}

// minimize takes out literals that the others imply. All literals of the clause are seen.
func (s *Solver) minimize(learnt []Lit) []Lit {
	marked := len(s.bumped)
	out := learnt[:1]
	for _, l := range learnt[1:] {
		if s.reasons[l.variable()] == 0 || !s.implied(l) {
			out = append(out, l)
		}
	}
	// What implied marked on its way is not part of the conflict.
	for _, v := range s.bumped[marked:] {
		s.seen[v] = false
	}
	s.bumped = s.bumped[:marked]
	return out
}

// implied reports whether a literal that is false follows from literals that are seen. What it finds to follow is seen from then on.
func (s *Solver) implied(l Lit) bool {
	begin := len(s.bumped)
	s.stack = append(s.stack[:0], l.variable())
	for len(s.stack) > 0 {
		v := s.stack[len(s.stack)-1]
		s.stack = s.stack[:len(s.stack)-1]
		for _, q := range s.clause(s.reasons[v]) {
			u := q.variable()
			if u == v || s.seen[u] || s.levels[u] == 0 {
				continue
			}
			if s.reasons[u] == 0 {
				for _, w := range s.bumped[begin:] {
					s.seen[w] = false
				}
				s.bumped = s.bumped[:begin]
				return false
			}
			s.seen[u] = true
			s.bumped = append(s.bumped, u)
			s.stack = append(s.stack, u)
		}
	}
	return true
}

// resolve learns from a conflict, and goes on where the new clause says something.
func (s *Solver) resolve(conflict ref) {
	s.conflicts++
	level := 0
	for _, l := range s.clause(conflict) {
		level = max(level, int(s.levels[l.variable()]))
	}
	if level == 0 {
		s.dead = true
		return
	}
	s.backtrack(level)
	learnt := s.analyze(conflict)
	back := 0
	if len(learnt) > 1 {
		back = int(s.levels[learnt[1].variable()])
	}
	if level-back > farBack {
		back = level - 1
	}
	s.backtrack(back)
	s.learn(learnt)
}

// farBack is over how many levels the search goes back to the first at which a learnt clause says something. If these are more, it goes back by one.
const farBack = 20

// learn keeps a clause and makes its first literal true, which is the only one that is not false.
func (s *Solver) learn(lits []Lit) {
	if len(lits) == 1 {
		s.assign(lits[0], 0, 0)
		return
	}
	r := s.store(lits, s.lbd(lits))
	s.learnts = append(s.learnts, r)
	s.watch(r)
	s.imply(lits[0], r)
}

// lbd counts the levels in a clause all of whose literals have values, or had them a moment ago.
func (s *Solver) lbd(lits []Lit) int {
	s.lbdMark++
	n := 0
	for _, l := range lits {
		level := s.levels[l.variable()]
		for int(level) >= len(s.lbdMarks) {
			s.lbdMarks = append(s.lbdMarks, 0)
		}
		if s.lbdMarks[level] != s.lbdMark {
			s.lbdMarks[level] = s.lbdMark
			n++
		}
	}
	return n
}

// blame returns the decisions from which it follows that l is false, and besides l itself.
func (s *Solver) blame(l Lit) []Lit {
	out := append(s.core[:0], l)
	if s.levels[l.variable()] == 0 {
		return out
	}
	s.seen[l.variable()] = true
	for at := len(s.trail) - 1; at >= s.decided[0].trail; at-- {
		m := s.trail[at]
		v := m.variable()
		if !s.seen[v] {
			continue
		}
		s.seen[v] = false
		if s.reasons[v] == 0 {
			out = append(out, m)
			continue
		}
		for _, q := range s.clause(s.reasons[v]) {
			if u := q.variable(); u != v && s.levels[u] > 0 {
				s.seen[u] = true
			}
		}
	}
	return out
}
