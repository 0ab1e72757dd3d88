package cdcl

// watch is a clause in the list of one of its two watched literals. Another literal of it is at hand, so that most clauses that hold need not be
// looked up.
type watch struct {
	marked  ref // the clause, with binary if the blocker is all that there is besides
	blocker Lit
}

const binary ref = 1 << 31

func (w watch) clause() ref { return w.marked &^ binary }

// watch puts a clause into the lists of its first two literals.
func (s *Solver) watch(r ref) {
	c := s.clause(r)
	marked := r
	if len(c) == 2 {
		marked |= binary
	}
	s.watches[c[0]] = append(s.watches[c[0]], watch{marked, c[1]})
	s.watches[c[1]] = append(s.watches[c[1]], watch{marked, c[0]})
}

// decide opens a level with a literal that is tried.
func (s *Solver) decide(l Lit) {
	s.decided = append(s.decided, decision{l, len(s.trail), s.next})
	s.assign(l, 0, int32(s.level()))
}

// imply makes true the one literal of a clause that is not false. Its level is the highest of the others, which may be lower than the current one.
func (s *Solver) imply(l Lit, reason ref) {
	level := int32(0)
	for _, q := range s.clause(reason) {
		if q != l {
			level = max(level, s.levels[q.variable()])
		}
	}
	s.assign(l, reason, level)
}

func (s *Solver) assign(l Lit, reason ref, level int32) {
	s.values[l], s.values[l^1] = 1, -1
	v := l.variable()
	s.levels[v], s.reasons[v] = level, reason
	s.late = s.late || level == 0 && s.level() > 0
	s.trail = append(s.trail, l)
}

// propagate assigns what follows from the trail. It returns a clause of which nothing can be true any more, 0 if there is none.
func (s *Solver) propagate() ref {
	for s.head < len(s.trail) {
		wrong := s.trail[s.head] ^ 1
		s.head++
		if conflict := s.visit(wrong); conflict != 0 {
			s.head = len(s.trail)
			return conflict
		}
	}
	return 0
}

// visit looks at the clauses that watch a literal which has become false.
func (s *Solver) visit(wrong Lit) (conflict ref) {
	list := s.watches[wrong]
	seen, kept := 0, 0
next:
	for ; seen < len(list) && conflict == 0; seen++ {
		w := list[seen]
		value := s.values[w.blocker]
		if value > 0 {
			list[kept] = w
			kept++
			continue
		}
		if w.marked&binary != 0 {
			list[kept] = w
			kept++
			if value < 0 {
				conflict = w.clause()
			} else {
				s.assign(w.blocker, w.clause(), s.levels[wrong.variable()])
			}
			continue
		}
		c := s.clause(w.marked)
		if c[0] == wrong {
			c[0], c[1] = c[1], wrong
		}
		first := c[0]
		value = s.values[first]
		w.blocker = first
		if value <= 0 {
			for k := 2; k < len(c); k++ {
				if l := c[k]; s.values[l] >= 0 {
					c[1], c[k] = l, wrong
					s.watches[l] = append(s.watches[l], w)
					continue next
				}
			}
		}
		list[kept] = w
		kept++
		switch {
		case value < 0:
			conflict = w.marked
		case value == 0:
			s.imply(first, w.marked)
		}
	}
	kept += copy(list[kept:], list[seen:])
	s.watches[wrong] = list[:kept]
	return conflict
}

// backtrack takes back all of the levels above one. What came to the trail later, but belongs to that level or a lower one, stays; it is propagated
// once more, as what followed from it may have been there already for another reason that is gone now.
func (s *Solver) backtrack(level int) {
	if level >= s.level() {
		return
	}
	d := s.decided[level]
	kept := d.trail
	for _, l := range s.trail[d.trail:] {
		v := l.variable()
		if int(s.levels[v]) <= level {
			s.trail[kept] = l
			kept++
			continue
		}
		s.values[l], s.values[l^1] = 0, 0
		s.phases[v] = l&1 == 0
		s.queue.free(v)
	}
	s.trail = s.trail[:kept]
	s.head = min(s.head, d.trail)
	s.next = d.next
	s.decided = s.decided[:level]
	s.late = s.late && level > 0
}
