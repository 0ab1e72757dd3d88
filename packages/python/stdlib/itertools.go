package stdlib

import (
	"github.com/berth-hpc/berth/packages/python"
)

// lazily makes an iterator whose elements step gives.
func lazily(name string, step func() (python.Value, bool, error)) (python.Value, error) {
	return python.NewIterator("itertools."+name, step), nil
}

var itertoolsFunctions = map[string]function{
	"count":      itCount,
	"cycle":      itCycle,
	"repeat":     itRepeat,
	"accumulate": itAccumulate,
	"islice":     itSlice,
	"zip_longest": func(c *python.Call) (python.Value, error) {
		return itZipLongest(c)
	},
	"product":      itProduct,
	"permutations": func(c *python.Call) (python.Value, error) { return choices(c, "permutations", permutation) },
	"combinations": func(c *python.Call) (python.Value, error) { return choices(c, "combinations", combination) },
	"combinations_with_replacement": func(c *python.Call) (python.Value, error) {
		return choices(c, "combinations_with_replacement", multiset)
	},
	"takewhile":   func(c *python.Call) (python.Value, error) { return itWhile(c, true) },
	"dropwhile":   func(c *python.Call) (python.Value, error) { return itWhile(c, false) },
	"filterfalse": itFilterFalse,
	"starmap":     itStarmap,
	"compress":    itCompress,
	"groupby":     itGroupBy,
	"tee":         itTee,
	"pairwise":    itPairwise,
}

func itertoolsModule() *python.Module {
	// chain is a class in Python, because of chain.from_iterable.
	chain := newClass("chain", nil, nil, map[string]python.Value{
		"from_iterable": &python.StaticMethod{Func: python.NewBuiltin("from_iterable", func(c *python.Call) (python.Value, error) {
			a, err := c.Bind("iterable")
			if err != nil {
				return nil, err
			}
			return chained(c, a[0])
		})},
	})
	chain.SetConstructor(func(_ *python.Class, c *python.Call) (python.Value, error) {
		a, err := c.Bind("*iterables")
		if err != nil {
			return nil, err
		}
		return chained(c, a[0])
	})
	return newModule("itertools", itertoolsFunctions, map[string]python.Value{"chain": chain})
}

func chained(c *python.Call, iterables python.Value) (python.Value, error) {
	outer, err := c.In.Iterate(iterables)
	if err != nil {
		return nil, err
	}
	var inner python.Iterator
	return lazily("chain", func() (python.Value, bool, error) {
		for {
			if inner != nil {
				v, ok, err := c.In.Next(inner)
				if err != nil || ok {
					return v, ok, err
				}
			}
			v, ok, err := c.In.Next(outer)
			if err != nil || !ok {
				return nil, false, err
			}
			if inner, err = c.In.Iterate(v); err != nil {
				return nil, false, err
			}
		}
	})
}

func itCount(c *python.Call) (python.Value, error) {
	a, err := c.Bind("start=", "step=")
	if err != nil {
		return nil, err
	}
	next, step := a[0], a[1]
	if next == nil {
		next = python.Int(0)
	}
	if step == nil {
		step = python.Int(1)
	}
	return lazily("count", func() (python.Value, bool, error) {
		v := next
		var err error
		next, err = c.In.Add(v, step)
		return v, err == nil, err
	})
}

func itCycle(c *python.Call) (python.Value, error) {
	a, err := c.Bind("iterable")
	if err != nil {
		return nil, err
	}
	items, err := c.In.Collect(a[0])
	if err != nil {
		return nil, err
	}
	i := -1
	return lazily("cycle", func() (python.Value, bool, error) {
		if len(items) == 0 {
			return nil, false, nil
		}
		i = (i + 1) % len(items)
		return items[i], true, nil
	})
}

func itRepeat(c *python.Call) (python.Value, error) {
	a, err := c.Bind("object", "times=")
	if err != nil {
		return nil, err
	}
	left := int64(-1)
	if a[1] != nil {
		if left, err = c.In.Integer(a[1]); err != nil {
			return nil, err
		}
		left = max(left, 0)
	}
	return lazily("repeat", func() (python.Value, bool, error) {
		if left == 0 {
			return nil, false, nil
		}
		if left > 0 {
			left--
		}
		return a[0], true, nil
	})
}

func itAccumulate(c *python.Call) (python.Value, error) {
	a, err := c.Bind("iterable", "func=", "*", "initial=")
	if err != nil {
		return nil, err
	}
	it, err := c.In.Iterate(a[0])
	if err != nil {
		return nil, err
	}
	var total python.Value
	pending := a[3]
	if pending == python.None {
		pending = nil
	}
	return lazily("accumulate", func() (python.Value, bool, error) {
		if pending != nil {
			total, pending = pending, nil
			return total, true, nil
		}
		v, ok, err := c.In.Next(it)
		if err != nil || !ok {
			return nil, false, err
		}
		switch {
		case total == nil:
			total = v
		case a[1] == nil || a[1] == python.None:
			total, err = c.In.Add(total, v)
		default:
			total, err = c.Sub(a[1], []python.Value{total, v})
		}
		return total, err == nil, err
	})
}

func itSlice(c *python.Call) (python.Value, error) {
	a, err := c.Bind("iterable", "start", "stop=", "step=")
	if err != nil {
		return nil, err
	}
	it, err := c.In.Iterate(a[0])
	if err != nil {
		return nil, err
	}
	if a[2] == nil {
		a[1], a[2] = python.None, a[1]
	}
	n := [3]int64{0, -1, 1}
	for i, v := range a[1:] {
		if v == nil || v == python.None {
			continue
		}
		if n[i], err = c.In.Integer(v); err != nil || n[i] < 0 || i == 2 && n[i] == 0 {
			return nil, python.ValueErrorf("Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
		}
	}
	at, want := int64(0), n[0]
	return lazily("islice", func() (python.Value, bool, error) {
		for {
			if n[1] >= 0 && want >= n[1] {
				return nil, false, nil
			}
			v, ok, err := c.In.Next(it)
			if err != nil || !ok {
				return nil, false, err
			}
			at++
			if at-1 == want {
				want += n[2]
				return v, true, nil
			}
		}
	})
}

func itZipLongest(c *python.Call) (python.Value, error) {
	a, err := c.Bind("*iterables", "fillvalue=")
	if err != nil {
		return nil, err
	}
	var its []python.Iterator
	for _, x := range a[0].(python.Tuple) {
		it, err := c.In.Iterate(x)
		if err != nil {
			return nil, err
		}
		its = append(its, it)
	}
	return lazily("zip_longest", func() (python.Value, bool, error) {
		t, found := make(python.Tuple, len(its)), false
		for i, it := range its {
			t[i] = orNone(a[1])
			if it == nil {
				continue
			}
			v, ok, err := c.In.Next(it)
			if err != nil {
				return nil, false, err
			}
			if !ok {
				its[i] = nil
				continue
			}
			t[i], found = v, true
		}
		return t, found, c.In.Alloc(16 * len(its))
	})
}

// pools collects iterables.
func pools(c *python.Call, iterables python.Value) ([][]python.Value, error) {
	var all [][]python.Value
	for _, x := range iterables.(python.Tuple) {
		items, err := c.In.Collect(x)
		if err != nil {
			return nil, err
		}
		all = append(all, items)
	}
	return all, nil
}

func itProduct(c *python.Call) (python.Value, error) {
	a, err := c.Bind("*iterables", "repeat=")
	if err != nil {
		return nil, err
	}
	once, err := pools(c, a[0])
	if err != nil {
		return nil, err
	}
	n := int64(1)
	if a[1] != nil {
		if n, err = c.In.Integer(a[1]); err != nil {
			return nil, err
		}
	}
	if n < 0 || n > 1000 || n*int64(len(once)) > 1000 {
		return nil, python.ValueErrorf("product() repeats its iterables too often")
	}
	var all [][]python.Value
	for range n {
		all = append(all, once...)
	}
	digits := make([]int, len(all))
	more := true
	for _, p := range all {
		more = more && len(p) > 0
	}
	return lazily("product", func() (python.Value, bool, error) {
		if !more {
			return nil, false, nil
		}
		t := make(python.Tuple, len(all))
		for i, p := range all {
			t[i] = p[digits[i]]
		}
		i := len(digits) - 1
		for ; i >= 0; i-- {
			if digits[i]++; digits[i] < len(all[i]) {
				break
			}
			digits[i] = 0
		}
		more = i >= 0
		return t, true, c.In.Alloc(16*len(t) + 24)
	})
}

// choices gives the selections of r elements, each as increasing numbers that advance moves on.
func choices(c *python.Call, name string, advance func(index []int, n int) bool) (python.Value, error) {
	params := []string{"iterable", "r"}
	if name == "permutations" {
		params[1] = "r="
	}
	a, err := c.Bind(params...)
	if err != nil {
		return nil, err
	}
	items, err := c.In.Collect(a[0])
	if err != nil {
		return nil, err
	}
	r := int64(len(items))
	if a[1] != nil && a[1] != python.None {
		if r, err = c.In.Integer(a[1]); err != nil {
			return nil, err
		}
	}
	if r < 0 {
		return nil, python.ValueErrorf("r must be non-negative")
	}
	if r > 1000 {
		return nil, python.ValueErrorf("%s() of more than 1000 elements are not supported", name)
	}
	index := make([]int, r)
	more := r == 0 || len(items) > 0
	if name != "combinations_with_replacement" {
		more = r <= int64(len(items))
		for i := range index {
			index[i] = i
		}
	}
	return lazily(name, func() (python.Value, bool, error) {
		if !more {
			return nil, false, nil
		}
		t := make(python.Tuple, r)
		for i, j := range index {
			t[i] = items[j]
		}
		more = advance(index, len(items))
		if err := c.In.Work(len(index)); err != nil {
			return nil, false, err
		}
		return t, true, c.In.Alloc(16*len(t) + 24)
	})
}

func combination(index []int, n int) bool {
	for i := len(index) - 1; i >= 0; i-- {
		if index[i] < n-len(index)+i {
			index[i]++
			for j := i + 1; j < len(index); j++ {
				index[j] = index[j-1] + 1
			}
			return true
		}
	}
	return false
}

func multiset(index []int, n int) bool {
	for i := len(index) - 1; i >= 0; i-- {
		if index[i] < n-1 {
			next := index[i] + 1
			for j := i; j < len(index); j++ {
				index[j] = next
			}
			return true
		}
	}
	return false
}

// permutation moves on to the next sequence of different numbers, in lexicographic order.
func permutation(index []int, n int) bool {
	used := make([]bool, n)
	for _, j := range index {
		used[j] = true
	}
	for i := len(index) - 1; i >= 0; i-- {
		used[index[i]] = false
		for j := index[i] + 1; j < n; j++ {
			if used[j] {
				continue
			}
			index[i] = j
			used[j] = true
			k := 0
			for rest := i + 1; rest < len(index); rest++ {
				for used[k] {
					k++
				}
				index[rest], used[k] = k, true
			}
			return true
		}
	}
	return false
}
