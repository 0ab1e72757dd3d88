package cdcl

import "context"

// assume begins a solve: what the trail has from earlier ones stays, whether it is assumed still or not.
func (s *Solver) assume(assumptions []Lit) {
	s.solves++
	s.asked = append(s.asked[:0], assumptions...)
	for _, l := range s.asked {
		s.askedNow[l] = s.solves
	}
	s.next = 0
	for i := range s.decided {
		s.decided[i].next = 0
	}
}

// search decides and propagates until all variables have a value or there is no way to go on.
func (s *Solver) search(ctx context.Context) (bool, error) {
	pause := newPause()
	for steps := 0; ; steps++ {
		if steps%cancelSteps == cancelSteps-1 {
			if err := ctx.Err(); err != nil {
				return false, err
			}
		}
		if conflict := s.propagate(); conflict != 0 {
			if s.resolve(conflict); s.dead {
				return false, nil
			}
			pause.conflict()
			continue
		}
		if pause.over() {
			s.restart()
		}
		if len(s.learnts) > s.limit {
			s.reduce()
		}
		decision, wrong := s.nextAssumption()
		if wrong != 0 {
			if !s.makeWay(wrong) {
				return false, nil
			}
			continue
		}
		if decision == 0 {
			if decision = s.nextFree(); decision == 0 {
				return true, nil
			}
		}
		s.decide(decision)
	}
}

// cancelSteps is how many steps go by, of some microseconds at most each, until the search looks whether it is to stop.
const cancelSteps = 256

// nextAssumption returns an assumption that has no value yet, or one that is false.
func (s *Solver) nextAssumption() (open, wrong Lit) {
	for ; s.next < len(s.asked); s.next++ {
		switch l := s.asked[s.next]; s.values[l] {
		case 0:
			return l, 0
		case -1:
			return 0, l
		}
	}
	return 0, 0
}

// nextFree returns a literal of a variable that has no value yet, 0 if all have one.
func (s *Solver) nextFree() Lit {
	q := &s.queue
	for ; q.search != 0; q.search = q.after[q.search] {
		if l := Lit(q.search << 1); s.values[l] == 0 {
			if !s.phases[q.search] {
				l ^= 1
			}
			return l
		}
	}
	return 0
}

// makeWay looks why an assumption is false. If other assumptions are to blame alone, these are the core, and there is no way. Else it takes back the last
// decision that is to blame and is no assumption (any more).
func (s *Solver) makeWay(wrong Lit) bool {
	s.core = s.blame(wrong)
	last := -1
	for _, l := range s.core[1:] {
		if s.askedNow[l] != s.solves {
			last = max(last, int(s.levels[l.variable()]))
		}
	}
	if last < 0 {
		return false
	}
	s.core = s.core[:0]
	s.backtrack(last - 1)
	return true
}

// restart takes back what was decided beyond the assumptions.
func (s *Solver) restart() {
	for i, d := range s.decided {
		if s.askedNow[d.lit] != s.solves {
			s.backtrack(i)
			return
		}
	}
}

// pause counts the conflicts until the next restart, by the sequence of Luby: 1 1 2 1 1 2 4 1 1 2 1 1 2 4 8 ...
type pause struct {
	left int
	u, v int // Knuth's way to walk the sequence
}

// restartUnit is how many conflicts the shortest pause has.
const restartUnit = 64

func newPause() *pause { return &pause{left: restartUnit, u: 1, v: 1} }

func (p *pause) conflict() { p.left-- }

func (p *pause) over() bool {
	if p.left > 0 {
		return false
	}
	if p.u&-p.u == p.v {
		p.u, p.v = p.u+1, 1
	} else {
		p.v *= 2
	}
	p.left = restartUnit * p.v
	return true
}
