package timings

import "slices"

// critical is the chain that decided when all was done, as indexes of tasks, first to last: from the task that ended last back to that of its dependencies
// which ended last, and so on. Making anything beside it faster brings nothing.
func critical(tasks []Task) []int {
	byHash := make(map[string]int, len(tasks))
	last := -1
	for i, t := range tasks {
		byHash[t.Hash] = i
		if t.begun() && (last < 0 || t.End > tasks[last].End) {
			last = i
		}
	}
	var chain []int
	for last >= 0 && !slices.Contains(chain, last) {
		chain = append(chain, last)
		before := -1
		for _, hash := range tasks[last].After {
			if i, ok := byHash[hash]; ok && tasks[i].begun() && (before < 0 || tasks[i].End > tasks[before].End) {
				before = i
			}
		}
		last = before
	}
	slices.Reverse(chain)
	return chain
}
