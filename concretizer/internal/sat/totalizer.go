package sat

// Totalizer counts how many of some literals hold: AtLeast(k) is a literal that must hold if k of them do. Outputs are encoded
// only as far as they are asked for, because a core-guided search seldom asks beyond the second.
type Totalizer struct {
	s           *Solver
	left, right *Totalizer
	size        int
	outputs     []Lit // outputs[i]: at least i+1
}

// NewTotalizer counts over lits, of which there must be at least one.
func (s *Solver) NewTotalizer(lits []Lit) *Totalizer {
	if len(lits) == 1 {
		return &Totalizer{s: s, size: 1, outputs: []Lit{lits[0]}}
	}
	half := len(lits) / 2
	return &Totalizer{
		s: s, size: len(lits),
		left: s.NewTotalizer(lits[:half]), right: s.NewTotalizer(lits[half:]),
	}
}

// Size is how many literals are counted.
func (t *Totalizer) Size() int { return t.size }

// AtLeast returns the literal that must hold if k or more of the counted ones do. It is True for 0, False beyond Size.
func (t *Totalizer) AtLeast(k int) Lit {
	switch {
	case k <= 0:
		return True
	case k > t.size:
		return False
	}
	for len(t.outputs) < k {
		t.grow()
	}
	return t.outputs[k-1]
}

// grow encodes the next output: i of the left and j of the right make at least i+j.
func (t *Totalizer) grow() {
	k := len(t.outputs) + 1
	out := t.s.Lit()
	t.outputs = append(t.outputs, out)
	if k > 1 {
		t.s.Add(out.Not(), t.outputs[k-2])
	}
	for i := max(0, k-t.right.size); i <= min(k, t.left.size); i++ {
		t.s.Add(t.left.AtLeast(i).Not(), t.right.AtLeast(k-i).Not(), out)
	}
}
