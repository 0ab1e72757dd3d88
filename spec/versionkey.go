package spec

import (
	"cmp"
	"strconv"
	"strings"
)

// The kinds of a component, in their order: a version whose next component is text is older than one with a number
// there, and both are older than the infinity names. The zero kind stands for "nothing there" and is below all.
const (
	kindText       uint8 = iota + 1
	kindNumber           // below 10^19, in num
	kindBig              // any other number: count of digits in num, digits in str
	kindInfinity         // index into infinityNames in num
	kindUnresolved       // a git ref that no version was given for: newer than everything
)

// infinityNames are above every number, in this order.
var infinityNames = [...]string{"stable", "trunk", "head", "master", "main", "develop"}

// component is one segment of a version. Comparing kind, num and str in this order is the version order.
type component struct {
	kind uint8
	num  uint64
	str  string
}

func (c component) compare(o component) int {
	if c.kind != o.kind {
		return cmp.Compare(c.kind, o.kind)
	}
	if c.num != o.num {
		return cmp.Compare(c.num, o.num)
	}
	return strings.Compare(c.str, o.str)
}

// tenTo19 is the first number that is held as its digits.
const tenTo19 = 10_000_000_000_000_000_000

func numberComponent(digits string) component {
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		return component{kind: kindNumber}
	}
	if n, err := strconv.ParseUint(digits, 10, 64); err == nil && n < tenTo19 {
		return component{kind: kindNumber, num: n}
	}
	return component{kind: kindBig, num: uint64(len(digits)), str: digits}
}

func textComponent(text string) component {
	if i := infinityIndex(text); i >= 0 {
		return component{kind: kindInfinity, num: uint64(i)}
	}
	return component{kind: kindText, str: text}
}

func infinityIndex(text string) int {
	for i, name := range infinityNames {
		if text == name {
			return i
		}
	}
	return -1
}

// next is the first component that a range ending in c no longer holds: 5 after 4, "abd" after "abc" (so that "abcx" is still
// inside), main after master.
func (c component) next() component {
	switch c.kind {
	case kindNumber:
		if c.num+1 == tenTo19 {
			return component{kind: kindBig, num: 20, str: "10000000000000000000"}
		}
		return component{kind: kindNumber, num: c.num + 1}
	case kindBig:
		digits := incremented(c.str)
		return component{kind: kindBig, num: uint64(len(digits)), str: digits}
	case kindText:
		text := nextText(c.str)
		for infinityIndex(text) >= 0 {
			text = nextText(text)
		}
		return component{kind: kindText, str: text}
	default:
		return component{kind: c.kind, num: c.num + 1}
	}
}

func incremented(digits string) string {
	b := []byte(digits)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < '9' {
			b[i]++
			return string(b)
		}
		b[i] = '0'
	}
	return "1" + string(b)
}

// nextText steps the last letter through A-Z and a-z; after z the word grows.
func nextText(text string) string {
	last := text[len(text)-1]
	switch last {
	case 'z':
		return text + "A"
	case 'Z':
		return text[:len(text)-1] + "a"
	default:
		return text[:len(text)-1] + string(rune(last+1))
	}
}

// The pre-release kinds, in their order. A version without any is final.
const (
	preAlpha uint8 = iota
	preBeta
	preRC
	preFinal
)

var prereleases = map[string]uint8{"alpha": preAlpha, "beta": preBeta, "rc": preRC, "final": preFinal}

// versionKey is what the order of versions looks at: the release's components, then the pre-release.
type versionKey struct {
	release []component
	pre     uint8
	preNum  component // zero if the pre-release has no number
}

func (k *versionKey) compare(o *versionKey) int {
	n := min(len(k.release), len(o.release))
	for i := range n {
		if c := k.release[i].compare(o.release[i]); c != 0 {
			return c
		}
	}
	if c := cmp.Compare(len(k.release), len(o.release)); c != 0 {
		return c
	}
	if c := cmp.Compare(k.pre, o.pre); c != 0 {
		return c
	}
	return k.preNum.compare(o.preNum)
}

// next is the least key above every version that a range ending in k includes. It is a final one, so a range that ends in
// 1.1 holds the pre-releases of 1.2, as it does in Spack.
func (k *versionKey) next() *versionKey {
	if k.pre != preFinal {
		after := versionKey{release: k.release, pre: k.pre, preNum: component{kind: kindNumber}}
		if k.preNum.kind != 0 {
			after.preNum = k.preNum.next()
		}
		return &after
	}
	release := append([]component(nil), k.release...)
	last := len(release) - 1
	release[last] = release[last].next()
	return &versionKey{release: release, pre: k.pre, preNum: k.preNum}
}

// segment is a run of digits or letters of a version's text.
type segment struct {
	start, end int
	digits     bool
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// segments cuts the text at the separators ._- and where digits meet letters.
func segments(text string) []segment {
	list := make([]segment, 0, 4)
	for i := 0; i < len(text); {
		class := isLetter
		if isDigit(text[i]) {
			class = isDigit
		} else if !isLetter(text[i]) {
			i++
			continue
		}
		start := i
		for i < len(text) && class(text[i]) {
			i++
		}
		list = append(list, segment{start, i, isDigit(text[start])})
	}
	return list
}

// keyOf reads the key from a text that has at least one letter or digit; release is how many of the segments are not the pre-release.
func keyOf(text string) (key versionKey, release []segment) {
	release = segments(text)
	key.pre = preFinal
	word := func(i int) (uint8, bool) {
		if i < 1 || release[i].digits { // a pre-release belongs to something before it
			return 0, false
		}
		pre, ok := prereleases[text[release[i].start:release[i].end]]
		return pre, ok
	}
	last := len(release) - 1
	if pre, ok := word(last - 1); ok && release[last].digits {
		key.pre, key.preNum = pre, numberComponent(text[release[last].start:release[last].end])
		release = release[:last-1]
	} else if pre, ok := word(last); ok {
		key.pre = pre
		release = release[:last]
	}
	key.release = make([]component, len(release))
	for i, s := range release {
		if s.digits {
			key.release[i] = numberComponent(text[s.start:s.end])
		} else {
			key.release[i] = textComponent(text[s.start:s.end])
		}
	}
	return key, release
}
