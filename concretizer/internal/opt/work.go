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

// strata is by how much the weights of one stratum may differ: each further stratum costs a model, a coarse one dearer cores.
const strata = 4

// below is the threshold of the next stratum under threshold, 0 if no weights are left there.
func (w *work) below(threshold int) int {
	top, least := 0, 0
	for _, weight := range w.weight {
		if weight > 0 && weight < threshold {
			top = max(top, weight)
		}
	}
	for _, weight := range w.weight {
		if weight > 0 && weight <= top && strata*weight >= top && (least == 0 || weight < least) {
			least = weight
		}
	}
	return least
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
