package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// A coder writes a recipe into an entry, or reads it back: one description of a recipe's form (form.go) serves both directions, so that
// they cannot differ. An entry stands for itself: it begins with the texts, then the specs, then the conditions that its body refers to
// by number, each once, and can be copied into another index as it is.
//
// The first error of a reading coder stays, and everything that is read after it is zero.
type coder struct {
	write *poolWriter // nil: the coder reads
	body  []byte      // what was written; or what is still to be read
	err   error

	texts []string
	specs []*spec.Spec
	whens []packages.When
}

// poolWriter numbers what a body refers to.
type poolWriter struct {
	texts map[string]int
	specs map[string]int // by text
	whens map[string]int // by the specs' numbers

	textList []string
	specList []*spec.Spec
	whenList [][]int // the numbers of the condition's specs
}

func newPoolWriter() *poolWriter {
	return &poolWriter{texts: map[string]int{}, specs: map[string]int{}, whens: map[string]int{}}
}

// errDamaged is an entry that is not what encode wrote.
var errDamaged = errors.New("the entry is damaged")

// encode writes a thing in its form, with what the form refers to.
func encode[T any](form func(*coder, *T), thing *T) ([]byte, error) {
	c := &coder{write: newPoolWriter()}
	form(c, thing)
	if c.err != nil {
		return nil, c.err
	}
	return append(c.write.head(), c.body...), nil
}

// decode reads what encode wrote. All texts of the thing share one copy.
func decode[T any](form func(*coder, *T), data []byte, cache *specCache) (*T, error) {
	c := &coder{body: data}
	c.readHead(cache)
	thing := new(T)
	form(c, thing)
	if c.err == nil && len(c.body) > 0 {
		c.fail(errDamaged)
	}
	if c.err != nil {
		return nil, c.err
	}
	return thing, nil
}

// head is the texts, specs and conditions, in this order because each refers to those before it.
func (w *poolWriter) head() []byte {
	specs := w.encodeSpecs() // which adds texts
	b := binary.AppendUvarint(nil, uint64(len(w.textList)))
	for _, t := range w.textList {
		b = binary.AppendUvarint(b, uint64(len(t)))
	}
	for _, t := range w.textList {
		b = append(b, t...)
	}
	b = append(b, specs...)
	b = binary.AppendUvarint(b, uint64(len(w.whenList)))
	for _, when := range w.whenList {
		b = binary.AppendUvarint(b, uint64(len(when)))
		for _, s := range when {
			b = binary.AppendUvarint(b, uint64(s))
		}
	}
	return b
}

func (c *coder) readHead(cache *specCache) {
	c.readTexts()
	c.readSpecs(cache)
	c.whens = make([]packages.When, c.length(1))
	block := make([]*spec.Spec, 0, 2*len(c.whens))
	for i := range c.whens {
		begin := len(block)
		for range c.length(1) {
			if k := c.index(len(c.specs)); c.err == nil {
				block = append(block, c.specs[k])
			}
		}
		c.whens[i] = block[begin:len(block):len(block)]
	}
}

func (c *coder) readTexts() {
	lengths := make([]int, c.length(1))
	total := 0
	for i := range lengths {
		lengths[i] = c.length(1)
		total += lengths[i]
	}
	if c.err != nil || total > len(c.body) {
		c.fail(errDamaged)
		return
	}
	all := string(c.body[:total])
	c.body = c.body[total:]
	c.texts = make([]string, len(lengths))
	for i, n := range lengths {
		c.texts[i], all = all[:n], all[n:]
	}
}

func (c *coder) fail(err error) {
	if c.err == nil {
		c.err = err
		c.body = nil
	}
}

// uint writes or reads a number.
func (c *coder) uint(n *uint64) {
	if c.write != nil {
		c.body = binary.AppendUvarint(c.body, *n)
		return
	}
	v, size := binary.Uvarint(c.body)
	if size <= 0 {
		c.fail(errDamaged)
		*n = 0
		return
	}
	*n, c.body = v, c.body[size:]
}

// int is a number that is not negative.
func (c *coder) int(n *int) {
	v := uint64(*n)
	c.uint(&v)
	if v > 1<<31 {
		c.fail(errDamaged)
		v = 0
	}
	*n = int(v)
}

// size is a number of bytes, which is not negative.
func (c *coder) size(n *int64) {
	v := uint64(*n)
	c.uint(&v)
	if v > math.MaxInt64 {
		c.fail(errDamaged)
		v = 0
	}
	*n = int64(v)
}

// length reads how many of something follow, each of which takes that many bytes at the least: so a damaged number reserves no memory.
func (c *coder) length(each int) int {
	var n int
	c.int(&n)
	if n*each > len(c.body) {
		c.fail(errDamaged)
		return 0
	}
	return n
}

// index reads a number below n. After an error it is 0, which the caller must not use as n may be 0.
func (c *coder) index(n int) int {
	var i int
	c.int(&i)
	if i >= n {
		c.fail(errDamaged)
		return 0
	}
	return i
}

func (c *coder) bool(b *bool) {
	var n uint64
	if *b {
		n = 1
	}
	c.uint(&n)
	*b = n == 1
	if n > 1 {
		c.fail(errDamaged)
	}
}

func (c *coder) text(s *string) {
	if c.write != nil {
		n := c.write.text(*s)
		c.int(&n)
		return
	}
	if i := c.index(len(c.texts)); c.err == nil {
		*s = c.texts[i]
	}
}

func (w *poolWriter) text(s string) int {
	n, ok := w.texts[s]
	if !ok {
		n = len(w.textList)
		w.texts[s] = n
		w.textList = append(w.textList, s)
	}
	return n
}

// spec is a spec, or nil, which is 0.
func (c *coder) spec(s **spec.Spec) {
	if c.write != nil {
		n := 0
		if *s != nil {
			n = 1 + c.write.spec(*s)
		}
		c.int(&n)
		return
	}
	if i := c.index(len(c.specs) + 1); i > 0 && c.err == nil {
		*s = c.specs[i-1]
	}
}

func (w *poolWriter) spec(s *spec.Spec) int {
	text := s.String()
	n, ok := w.specs[text]
	if !ok {
		n = len(w.specList)
		w.specs[text] = n
		w.specList = append(w.specList, s)
	}
	return n
}

// when is a condition; one without specs is nil when it is read.
func (c *coder) when(when *packages.When) {
	if c.write != nil {
		n := 0
		if len(*when) > 0 {
			n = 1 + c.write.when(*when)
		}
		c.int(&n)
		return
	}
	if i := c.index(len(c.whens) + 1); i > 0 && c.err == nil {
		*when = c.whens[i-1]
	}
}

func (w *poolWriter) when(when packages.When) int {
	numbers := make([]int, len(when))
	for i, s := range when {
		numbers[i] = w.spec(s)
	}
	key := fmt.Sprint(numbers)
	n, ok := w.whens[key]
	if !ok {
		n = len(w.whenList)
		w.whens[key] = n
		w.whenList = append(w.whenList, numbers)
	}
	return n
}

// list is any number of one thing, in order; an empty list is nil when it is read.
func list[T any](c *coder, items *[]T, form func(*coder, *T)) {
	if c.write != nil {
		n := len(*items)
		c.int(&n)
		for i := range *items {
			form(c, &(*items)[i])
		}
		return
	}
	n := c.length(1)
	if n == 0 {
		return
	}
	*items = make([]T, n)
	for i := range *items {
		if c.err != nil {
			return
		}
		form(c, &(*items)[i])
	}
}

// optional is a thing that may be nil.
func optional[T any](c *coder, thing **T, form func(*coder, *T)) {
	there := *thing != nil
	c.bool(&there)
	if !there || c.err != nil {
		return
	}
	if c.write == nil {
		*thing = new(T)
	}
	form(c, *thing)
}

// small is a number of one byte.
func small[T ~uint8](c *coder, n *T) {
	v := uint64(*n)
	c.uint(&v)
	if v > 255 {
		c.fail(errDamaged)
	}
	*n = T(v)
}
