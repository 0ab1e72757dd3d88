package index

import (
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/berth-hpc/berth/spec"
)

// Most specs in recipes are a name, versions and variants. Those are kept taken apart, which spares parsing them; any other is kept as its
// text. The kinds:
const (
	textSpec  = iota // the number of its text
	plainSpec        // name, versions, variants
)

// The bits of a variant beside its values.
const (
	exactVariant = 1 << iota
	propagatedVariant
	onVariant  // true alone, which is not written
	offVariant // false alone
)

var (
	onValues  = []string{"true"}
	offValues = []string{"false"}
)

// isPlain reports whether the spec has nothing but a name, versions and variants.
func isPlain(s *spec.Spec) bool {
	return s.Namespace == "" && len(s.Flags) == 0 && s.Platform == "" && s.OS == "" && s.Target.IsAny() && s.Hash == "" && len(s.Deps) == 0 &&
		!s.Versions.IsNone()
}

// encodeSpecs is all specs that the body refers to: how many, how many variants they have together, and each.
func (w *poolWriter) encodeSpecs() []byte {
	var b []byte
	variants := 0
	for _, s := range w.specList {
		if !isPlain(s) {
			b = binary.AppendUvarint(append(b, textSpec), uint64(w.text(s.String())))
			continue
		}
		versions := ""
		if !s.Versions.IsAny() {
			versions = s.Versions.String()
		}
		b = binary.AppendUvarint(append(b, plainSpec), uint64(w.text(s.Name)))
		b = binary.AppendUvarint(b, uint64(w.text(versions)))
		b = binary.AppendUvarint(b, uint64(len(s.Variants)))
		variants += len(s.Variants)
		for _, v := range s.Variants {
			b = w.appendVariant(b, v)
		}
	}
	head := binary.AppendUvarint(nil, uint64(len(w.specList)))
	return append(binary.AppendUvarint(head, uint64(variants)), b...)
}

func (w *poolWriter) appendVariant(b []byte, v spec.Variant) []byte {
	var bits byte
	if v.Exact {
		bits |= exactVariant
	}
	if v.Propagate {
		bits |= propagatedVariant
	}
	switch {
	case v.On():
		bits |= onVariant
	case v.IsBool():
		bits |= offVariant
	}
	b = append(binary.AppendUvarint(b, uint64(w.text(v.Name))), bits)
	if v.IsBool() {
		return b
	}
	b = binary.AppendUvarint(b, uint64(len(v.Values)))
	for _, value := range v.Values {
		b = binary.AppendUvarint(b, uint64(w.text(value)))
	}
	return b
}

func (c *coder) readSpecs(cache *specCache) {
	c.specs = make([]*spec.Spec, c.length(1))
	variants := make([]spec.Variant, 0, c.length(1))
	block := make([]spec.Spec, len(c.specs))
	for i := range c.specs {
		s := &block[i]
		switch c.index(plainSpec + 1) {
		case plainSpec:
			c.text(&s.Name)
			c.versions(&s.Versions, cache)
			begin := len(variants)
			for range c.length(1) {
				var v spec.Variant
				c.readVariant(&v)
				variants = append(variants, v)
			}
			if len(variants) > begin {
				s.Variants = variants[begin:len(variants):len(variants)]
			}
		default:
			var text string
			c.text(&text)
			var err error
			if s, err = cache.spec(text); err != nil {
				c.fail(fmt.Errorf("%w: %w", errDamaged, err))
			}
		}
		if c.err != nil {
			return
		}
		c.specs[i] = s
	}
}

func (c *coder) readVariant(v *spec.Variant) {
	var bits uint8
	c.text(&v.Name)
	small(c, &bits)
	v.Exact, v.Propagate = bits&exactVariant != 0, bits&propagatedVariant != 0
	switch {
	case bits&onVariant != 0:
		v.Values = onValues
	case bits&offVariant != 0:
		v.Values = offValues
	default:
		list(c, &v.Values, (*coder).text)
	}
}

func (c *coder) versions(v *spec.Versions, cache *specCache) {
	var text string
	c.text(&text)
	if text == "" || c.err != nil {
		return
	}
	var err error
	if *v, err = cache.versions(text); err != nil {
		c.fail(fmt.Errorf("%w: %w", errDamaged, err))
	}
}

// specCache remembers what was parsed: recipes repeat each other. The zero value is ready, and safe for concurrent use.
type specCache struct {
	specs memo[*spec.Spec]
	sets  memo[spec.Versions]
}

func (c *specCache) spec(text string) (*spec.Spec, error) { return c.specs.get(text, spec.Parse) }

func (c *specCache) versions(text string) (spec.Versions, error) {
	return c.sets.get(text, spec.ParseVersions)
}

// memo remembers what texts were parsed to.
type memo[T any] struct {
	mu    sync.RWMutex
	known map[string]T
}

func (m *memo[T]) get(text string, parse func(string) (T, error)) (T, error) {
	m.mu.RLock()
	v, ok := m.known[text]
	m.mu.RUnlock()
	if ok {
		return v, nil
	}
	v, err := parse(text)
	if err != nil {
		return v, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if first, ok := m.known[text]; ok {
		return first, nil
	}
	if m.known == nil {
		m.known = map[string]T{}
	}
	m.known[text] = v
	return v, nil
}
