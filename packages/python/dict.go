package python

import (
	"fmt"
	"iter"
	"math"
	"math/big"
	"strings"
)

// Dict is a dict. It keeps the order of insertion.
type Dict struct {
	index   map[any]int
	entries []dictEntry
	first   int // entries before it have no key
	deleted int // entries without a key
	frozen  bool
	// fallback is __missing__ of a defaultdict or a Counter; nil for plain dicts.
	fallback func(in *Interp, d *Dict, key Value) (Value, error)
	class    *Class // of a kind of dict; nil means dict
}

type dictEntry struct {
	key, value Value
	hash       any
}

// NewDict makes an empty dict.
func NewDict() *Dict { return &Dict{index: map[any]int{}} }

// Type implements Value.
func (d *Dict) Type() string {
	if d.class != nil {
		return d.class.Name
	}
	return "dict"
}

// Len is the number of keys.
func (d *Dict) Len() int { return len(d.entries) - d.deleted }

// All gives keys and values in order.
func (d *Dict) All() iter.Seq2[Value, Value] {
	return func(yield func(Value, Value) bool) {
		for i := d.first; i < len(d.entries); i++ {
			if e := d.entries[i]; e.key != nil && !yield(e.key, e.value) {
				return
			}
		}
	}
}

// Get gives the value of a key. An error means that the key can't be one.
func (d *Dict) Get(key Value) (Value, bool, error) {
	h, err := hashKey(key)
	if err != nil {
		return nil, false, err
	}
	v, ok := d.get(h)
	return v, ok, nil
}

// Set sets the value of a key, without a limit on memory: for dicts that Go code builds.
func (d *Dict) Set(key, value Value) error {
	h, err := hashKey(key)
	if err == nil {
		d.insert(h, key, value)
	}
	return err
}

// put is Set for a key that is a Str or a number.
func (d *Dict) put(key, value Value) {
	h, _ := hashKey(key)
	d.insert(h, key, value)
}

func (d *Dict) get(h any) (Value, bool) {
	if i, ok := d.index[h]; ok {
		return d.entries[i].value, true
	}
	return nil, false
}

func (d *Dict) insert(h any, key, value Value) {
	if i, ok := d.index[h]; ok {
		d.entries[i].value = value
		return
	}
	d.add(h, key, value)
}

// add is insert for a key that is not there.
func (d *Dict) add(h any, key, value Value) {
	d.index[h] = len(d.entries)
	d.entries = append(d.entries, dictEntry{key, value, h})
}

func (d *Dict) remove(h any) (Value, bool) {
	i, ok := d.index[h]
	if !ok {
		return nil, false
	}
	v := d.entries[i].value
	delete(d.index, h)
	d.entries[i] = dictEntry{}
	d.deleted++
	for d.first < len(d.entries) && d.entries[d.first].key == nil {
		d.first++ // or looking for the first entry again and again would take longer each time
	}
	if d.deleted > 32 && d.deleted > len(d.entries)/2 {
		d.compact()
	}
	return v, true
}

func (d *Dict) compact() {
	kept := d.entries[:0:0]
	for _, e := range d.entries {
		if e.key != nil {
			d.index[e.hash] = len(kept)
			kept = append(kept, e)
		}
	}
	d.entries, d.first, d.deleted = kept, 0, 0
}

func (d *Dict) clear() { d.index, d.entries, d.first, d.deleted = map[any]int{}, nil, 0, 0 }

func (d *Dict) copy() *Dict {
	c := &Dict{index: make(map[any]int, d.Len()), fallback: d.fallback, class: d.class}
	for _, e := range d.entries {
		if e.key != nil {
			c.insert(e.hash, e.key, e.value)
		}
	}
	return c
}

// copyDict is copy within a program.
func (in *Interp) copyDict(d *Dict) (*Dict, error) {
	if err := in.AllocN(d.Len(), entryCost); err != nil {
		return nil, err
	}
	return d.copy(), in.Work(d.Len())
}

func (d *Dict) mutable() error {
	if d.frozen {
		return errFrozen("dict")
	}
	return nil
}

// dictSet sets a key in a program's dict.
func (in *Interp) dictSet(d *Dict, key, value Value) error {
	if err := d.mutable(); err != nil {
		return err
	}
	h, err := in.hash(key)
	if err != nil {
		return err
	}
	if i, ok := d.index[h]; ok {
		d.entries[i].value = value
		return nil
	}
	if err := in.Alloc(entryCost); err != nil {
		return err
	}
	d.add(h, key, value)
	return nil
}

func (in *Interp) update(d, from *Dict) error {
	if err := d.mutable(); err != nil {
		return err
	}
	if err := in.AllocN(from.Len(), entryCost); err != nil {
		return err
	}
	if err := in.Work(from.Len()); err != nil {
		return err
	}
	for _, e := range from.entries {
		if e.key != nil {
			d.insert(e.hash, e.key, e.value)
		}
	}
	return nil
}

// The kinds of Go values that stand for a key: equal keys give equal values, whatever their type is in Python.
type (
	tupleKey  string // of tuples: the keys of the elements
	bigKey    string
	bytesKey  string
	frozenKey string // of frozensets
	userKey   struct{ hash int64 }
)

// hashKey gives what stands for a key in Go's maps, for values that need no interpreter for that.
func hashKey(key Value) (any, error) { return (*Interp)(nil).hash(key) }

func (in *Interp) hash(key Value) (any, error) {
	switch k := key.(type) {
	case Str:
		return k, in.Scan(len(k))
	case Int:
		return k, nil
	case Bool:
		return Int(boolInt(k)), nil
	case Float:
		return floatKey(k), nil
	case NoneType:
		return k, nil
	case *BigInt:
		if in != nil {
			if err := in.Alloc(k.N.BitLen() / 4); err != nil {
				return nil, err
			}
		}
		return keyOf(k.N), nil
	case Bytes:
		return bytesKey(k), in.Scan(len(k))
	case Tuple:
		return in.hashTuple(k)
	case *Set:
		if !k.immutable {
			return nil, unhashable(key)
		}
		return in.setKey(k)
	case *List, *Dict:
		return nil, unhashable(key)
	case *Range:
		return *k, nil
	case *Instance:
		return in.hashInstance(k)
	case *BoundMethod:
		return *k, nil
	case Hasher:
		return k.HashKey()
	case Comparer:
		return nil, unhashable(key)
	}
	return key, nil // by identity
}

func unhashable(v Value) error { return TypeErrorf("unhashable type: '%s'", typeName(v)) }

func floatKey(f Float) any {
	if f == Float(math.Trunc(float64(f))) && !math.IsInf(float64(f), 0) {
		if math.Abs(float64(f)) < 1<<62 {
			return Int(f)
		}
		n, _ := big.NewFloat(float64(f)).Int(nil)
		return keyOf(n)
	}
	return f
}

func keyOf(n *big.Int) bigKey { return bigKey(append([]byte{byte(n.Sign())}, n.Bytes()...)) }

func (in *Interp) hashTuple(t Tuple) (any, error) {
	if in != nil {
		if err := in.enter(); err != nil {
			return nil, err
		}
		defer in.leave()
	}
	var b strings.Builder
	for _, v := range t {
		h, err := in.hash(v)
		if err != nil {
			return nil, err
		}
		if in != nil {
			if err := in.Alloc(4*keySize(h) + 32); err != nil {
				return nil, err
			}
		}
		switch h := h.(type) {
		case Str:
			fmt.Fprintf(&b, "s%d:%s", len(h), string(h))
		case Int:
			fmt.Fprintf(&b, "i%d,", int64(h))
		case tupleKey:
			fmt.Fprintf(&b, "t%d:%s", len(h), string(h))
		case bigKey, bytesKey, frozenKey, Float, NoneType, userKey, Range:
			text := fmt.Sprintf("%T%v", h, h)
			fmt.Fprintf(&b, "o%d:%s", len(text), text)
		default:
			text := identity(h)
			fmt.Fprintf(&b, "p%d:%s", len(text), text)
		}
	}
	return tupleKey(b.String()), nil
}

// keySize is about how long the text of a key is.
func keySize(h any) int {
	switch h := h.(type) {
	case Str:
		return len(h)
	case tupleKey:
		return len(h)
	case bigKey:
		return len(h)
	case bytesKey:
		return len(h)
	case frozenKey:
		return len(h)
	}
	return 8
}

// identity tells values apart that equal themselves alone, and Go structs of any kind.
func identity(h any) string { return fmt.Sprintf("%T%p%#v", h, h, shallow(h)) }

func shallow(h any) any {
	if _, ok := h.(Value); ok {
		return nil // a pointer: %p says it all
	}
	return h
}

func (in *Interp) hashInstance(i *Instance) (any, error) {
	if i.native != nil {
		return in.hash(i.native)
	}
	hasher, _ := in.lookup(i.class, "__hash__")
	eq, _ := in.lookup(i.class, "__eq__")
	if hasher == nil || hasher == None || in == nil {
		if eq != nil || hasher == None {
			return nil, unhashable(i)
		}
		return i, nil
	}
	v, err := in.call(in.top, in.bind(hasher, i, i.class), nil, nil)
	if err != nil {
		return nil, err
	}
	n, ok := v.(Int)
	if !ok {
		return nil, TypeErrorf("__hash__ method should return an integer")
	}
	if eq == nil {
		return i, nil
	}
	return userKey{int64(n)}, nil
}

func boolInt(b Bool) int64 {
	if b {
		return 1
	}
	return 0
}
