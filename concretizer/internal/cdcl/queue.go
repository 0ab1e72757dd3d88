package cdcl

// queue orders the variables by when they were last part of a conflict, the latest first; those that never were follow in the order in which they were
// made. It is a list with links to both sides; stamps tell which of two comes first.
type queue struct {
	before, after []uint32 // per variable; 0 is none
	stamps        []int64  // greater: comes first
	first, last   uint32
	top, bottom   int64
	// search is where to look for a variable without a value: all before it have one. 0: all have one.
	search uint32
}

// append adds a new variable behind all others.
func (q *queue) append(v uint32) {
	q.bottom--
	q.before = append(q.before, q.last)
	q.after = append(q.after, 0)
	q.stamps = append(q.stamps, q.bottom)
	if q.last != 0 {
		q.after[q.last] = v
	} else {
		q.first = v
	}
	q.last = v
	if q.search == 0 {
		q.search = v
	}
}

func (q *queue) remove(v uint32) {
	b, a := q.before[v], q.after[v]
	if b != 0 {
		q.after[b] = a
	} else {
		q.first = a
	}
	if a != 0 {
		q.before[a] = b
	} else {
		q.last = b
	}
}

// bump moves a variable, which has a value, to the front.
func (q *queue) bump(v uint32) {
	if q.first == v {
		return
	}
	if q.search == v {
		q.search = q.before[v]
	}
	q.remove(v)
	q.top++
	q.stamps[v] = q.top
	q.before[v], q.after[v] = 0, q.first
	q.before[q.first] = v
	q.first = v
}

// free notes that a variable has lost its value.
func (q *queue) free(v uint32) {
	if q.search == 0 || q.stamps[v] > q.stamps[q.search] {
		q.search = v
	}
}
