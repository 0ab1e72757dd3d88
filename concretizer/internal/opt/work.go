package opt

import "github.com/berth-hpc/berth/concretizer/internal/sat"

// work is the wishes of the level in work as relaxing has rewritten them: in the order in which they came, so that equal
// problems are searched in equal steps.
type work struct {
	order  []sat.Lit
	weight map[sat.Lit]int
	owner  map[sat.Lit]counter
}

// counter is where a wish that relaxing made comes from: fewer than bound of total.
type counter struct {
	total *sat.Totalizer
	bound int
}

func (w *work) add(x wish) {
	if _, ok := w.weight[x.lit]; !ok {
		w.order = append(w.order, x.lit)
	}
	w.weight[x.lit] += x.weight
}

func (w *work) drop(lit sat.Lit) { w.weight[lit] = 0 }

// heaviest is the largest weight, 0 if there are no wishes.
func (w *work) heaviest() int {
	top := 0
	for _, weight := range w.weight {
		top = max(top, weight)
	}
	return top
}

// below is the largest weight under threshold, 0 if there is none.
func (w *work) below(threshold int) int {
	top := 0
	for _, weight := range w.weight {
		if weight < threshold {
			top = max(top, weight)
		}
	}
	return top
}

// atLeast lists the wishes of that weight or more.
func (w *work) atLeast(threshold int) []sat.Lit {
	var lits []sat.Lit
	for _, lit := range w.order {
		if weight := w.weight[lit]; weight > 0 && weight >= threshold {
			lits = append(lits, lit)
		}
	}
	return lits
}
