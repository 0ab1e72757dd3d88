package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// node reads one package with its attributes, up to the first thing that is none.
func (p *parser) node() (*Spec, *ParseError) {
	s := &Spec{}
	p.space()
	begin := p.pos
	if err := p.name(s); err != nil {
		return nil, err
	}
	p.given = 0
	for {
		// An open range ends where it ends: "@4.2:languages=go", "@4.2:-docs".
		spaced := p.space() || p.pos == begin || p.text[p.pos-1] == ':'
		var err *ParseError
		switch c := p.peek(); {
		case c == '@':
			err = p.versions(s)
		case c == '+' || c == '~':
			err = p.boolVariant(s)
		case c == '-' && !spaced:
			err = p.unexpected("a space before - when it turns a variant off, or ~")
		case c == '-':
			err = p.boolVariant(s)
		case c == '/' && s.Hash == "":
			err = p.hash(s)
		case isNameStart(c):
			if !spaced {
				return nil, p.unexpected("a space")
			}
			var more bool
			if more, err = p.keyValue(s); err == nil && !more {
				return s, nil
			}
		default:
			return s, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// name reads "hdf5", "builtin.hdf5" or "*", which is any package. It reads nothing where an attribute stands.
func (p *parser) name(s *Spec) *ParseError {
	if p.accept("*") {
		return nil
	}
	begin := p.pos
	if _, _, isKey := p.key(); isKey || !isNameStart(p.peek()) {
		p.pos = begin
		return nil
	}
	full := p.take(isNameChar)
	at := begin
	for _, part := range strings.Split(full, ".") {
		if part == "" || !isNameStart(part[0]) {
			return errorAt(p.text, at, 1, fmt.Sprintf("%q is no package name", full), "name or namespace.name, of letters, digits, _ and -")
		}
		at += len(part) + 1
	}
	dot := strings.LastIndexByte(full, '.')
	s.Name = full[dot+1:]
	if dot > 0 {
		s.Namespace = full[:dot]
	}
	return nil
}

func (p *parser) versions(s *Spec) *ParseError {
	at := p.pos
	p.pos++
	p.space()
	set, end, err := scanVersions(p.text, p.pos)
	if err != nil {
		return err
	}
	p.pos = end
	if p.given&givenVersion != 0 {
		return p.errorSince(at, "a second version", "one @, with commas between versions and ranges")
	}
	p.given |= givenVersion
	s.Versions = set
	return nil
}

func (p *parser) hash(s *Spec) *ParseError {
	p.pos++
	s.Hash = p.take(isNameStart)
	if s.Hash == "" {
		return p.unexpected("a hash of letters and digits after /")
	}
	return nil
}

// boolVariant reads +x, ~x, -x, ++x, ~~x or --x.
func (p *parser) boolVariant(s *Spec) *ParseError {
	begin := p.pos
	sign := p.peek()
	p.pos++
	propagate := p.peek() == sign
	if propagate {
		p.pos++
	}
	p.space()
	if !isNameStart(p.peek()) {
		return p.unexpected("the name of a variant after " + strings.TrimSpace(p.text[begin:p.pos]))
	}
	v := Bool(p.take(isNameChar), sign == '+')
	v.Propagate = propagate
	return p.addVariant(s, v, begin)
}

// keyValue reads name=value with whatever that name means, or reports that none stands here.
func (p *parser) keyValue(s *Spec) (bool, *ParseError) {
	begin := p.pos
	name, how, ok := p.key()
	if !ok {
		return false, nil
	}
	value, err := p.value(name, "")
	if err != nil {
		return false, err
	}
	if slices.Contains(FlagTypes[:], name) {
		if how.exact {
			return false, p.errorSince(begin, name+" cannot be exact", "= or ==")
		}
		appendFlag(s, Flag{Type: name, Words: strings.Fields(value), Propagate: how.propagate})
		return true, nil
	}
	if set, ok := reserved[name]; ok {
		if how.propagate {
			return false, p.errorSince(begin, name+" does not propagate", "a single =")
		}
		return true, set(p, s, value, begin)
	}
	return true, p.addVariant(s, newVariant(name, value, how), begin)
}

// newVariant is the variant that name=value gives.
func newVariant(name, value string, how assignment) Variant {
	v := Variant{Name: name, Values: splitList(value), Exact: how.exact && !how.propagate, Propagate: how.propagate}
	v.Values = sortedSet(v.Values)
	if len(v.Values) > 1 { // any value, and some values: only the latter says something
		v.Values = slices.DeleteFunc(v.Values, func(value string) bool { return value == "*" })
	}
	if len(v.Values) == 1 {
		if lower := strings.ToLower(v.Values[0]); lower == "true" || lower == "false" {
			v.Values = []string{lower}
		}
		if v.IsBool() || v.isAny() || v.standsAlone() { // which goes without saying
			v.Exact = false
		}
	}
	return v
}

// splitList cuts at commas. Spaces around the values are dropped, unless there is only one: it is kept as it was written.
func splitList(value string) []string {
	values := strings.Split(value, ",")
	if len(values) > 1 {
		for i := range values {
			values[i] = strings.TrimSpace(values[i])
		}
	}
	return values
}

// addVariant takes a variant, which stands from begin to the cursor, into the node.
func (p *parser) addVariant(s *Spec, v Variant, begin int) *ParseError {
	if len(v.Values) > 1 && v.Values[0] == "" {
		return p.errorSince(begin, v.Name+" has an empty value", "a value between commas")
	}
	if v.Propagate && v.isAny() {
		return p.errorSince(begin, "any value cannot be propagated", "the value that dependencies are to have")
	}
	i, found := findVariant(s.Variants, v.Name, v.Propagate)
	if found && !s.Variants[i].equal(v) {
		return p.errorSince(begin, fmt.Sprintf("variant %s is already given as %s", v.Name, s.Variants[i]), "it once")
	}
	if !found {
		s.Variants = slices.Insert(s.Variants, i, v)
	}
	if err := (relation{}).settleNode(s, nil); err != nil {
		return p.errorSince(begin, err.Error(), "values that can hold together")
	}
	return nil
}

// findVariant finds the constraint on the node's own variant, or what it propagates of it.
func findVariant(list []Variant, name string, propagate bool) (int, bool) {
	return slices.BinarySearchFunc(list, name, func(v Variant, name string) int {
		return cmp.Or(cmp.Compare(v.Name, name), falseFirst(v.Propagate, propagate))
	})
}

func falseFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// appendFlag takes compiler flags into the node; those of a type given before are appended.
func appendFlag(s *Spec, f Flag) {
	for i := range s.Flags {
		if old := &s.Flags[i]; old.Type == f.Type && old.Propagate == f.Propagate {
			old.Words = append(old.Words, f.Words...)
			return
		}
	}
	if len(f.Words) > 0 {
		s.Flags = append(s.Flags, f)
		sortFlags(s.Flags)
	}
	settleFlags(s)
}

func sortFlags(flags []Flag) {
	slices.SortFunc(flags, func(a, b Flag) int {
		return cmp.Or(cmp.Compare(slices.Index(FlagTypes[:], a.Type), slices.Index(FlagTypes[:], b.Type)), falseFirst(a.Propagate, b.Propagate))
	})
}

// reserved are the names before = that are not variants.
var reserved = map[string]func(p *parser, s *Spec, value string, begin int) *ParseError{
	"platform":         (*parser).setPlatform,
	"os":               (*parser).setOS,
	"operating_system": (*parser).setOS,
	"target":           (*parser).setTarget,
	"arch":             (*parser).setArch,
	"architecture":     (*parser).setArch,
	"namespace":        (*parser).setNamespace,
}

// given is what of a node may stand only once, and has been read.
type given uint8

const (
	givenVersion given = 1 << iota
	givenPlatform
	givenOS
	givenTarget
)

// once notes that an attribute was given.
func (p *parser) once(what given, name string, begin int) *ParseError {
	if p.given&what != 0 {
		return p.errorSince(begin, "a second "+name, "it once")
	}
	p.given |= what
	return nil
}

func (p *parser) setPlatform(s *Spec, value string, begin int) *ParseError {
	s.Platform = anyIfStar(value)
	return p.once(givenPlatform, "platform", begin)
}

func (p *parser) setOS(s *Spec, value string, begin int) *ParseError {
	s.OS = anyIfStar(value)
	return p.once(givenOS, "os", begin)
}

func (p *parser) setNamespace(s *Spec, value string, begin int) *ParseError {
	for _, part := range strings.Split(value, ".") {
		if part == "" || !isNameStart(part[0]) || strings.IndexFunc(part, func(r rune) bool { return r > 127 || !isIdentifierChar(byte(r)) }) >= 0 {
			return p.errorSince(begin, fmt.Sprintf("%q is no namespace", value), "a name such as builtin")
		}
	}
	if s.Namespace != "" && s.Namespace != value {
		return p.errorSince(begin, "a second namespace", "it once")
	}
	s.Namespace = value
	return nil
}

func (p *parser) setTarget(s *Spec, value string, begin int) *ParseError {
	targets, err := parseTargets(value)
	if err != nil {
		// Where the value has no quotes and no escapes, the place in it is known.
		if at := p.pos - len(value); at >= begin && p.text[at:p.pos] == value {
			return errorAt(p.text, at+err.offset, err.length, err.message, err.expected)
		}
		return p.errorSince(begin, err.message, err.expected)
	}
	s.Target = targets
	return p.once(givenTarget, "target", begin)
}

// setArch reads arch=linux-debian12-zen3, where a part that is empty, * or None is any; anything else is a target.
func (p *parser) setArch(s *Spec, value string, begin int) *ParseError {
	parts := strings.Split(value, "-")
	if len(parts) != 3 {
		return p.setTarget(s, value, begin)
	}
	setters := [...]func(*parser, *Spec, string, int) *ParseError{
		(*parser).setPlatform, (*parser).setOS, (*parser).setTarget,
	}
	for i, set := range setters {
		if parts[i] == "" || parts[i] == "None" || parts[i] == "*" {
			continue
		}
		if err := set(p, s, parts[i], begin); err != nil {
			return err
		}
	}
	return nil
}

func anyIfStar(value string) string {
	if value == "*" {
		return ""
	}
	return value
}

// sortedSet sorts in place and drops repetitions.
func sortedSet(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
