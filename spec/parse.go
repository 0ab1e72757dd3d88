package spec

import (
	"fmt"
	"strings"
)

// Parse reads exactly one spec; the empty text is the anonymous spec without constraints. The error is a *ParseError, which
// points at the character.
func Parse(text string) (*Spec, error) {
	p := parser{cursor: cursor{text: text}}
	s, err := p.spec()
	if err != nil {
		return nil, err
	}
	if !p.atEnd() {
		begin := p.pos
		if _, err := p.spec(); err != nil {
			return nil, err
		}
		p.pos = begin + len(strings.TrimSpace(text[begin:p.pos]))
		return nil, p.errorSince(begin, "a second spec begins here", "only one")
	}
	return s, nil
}

// MustParse is Parse for constants and tests; it panics on bad text.
func MustParse(text string) *Spec {
	s, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return s
}

// ParseAll reads any number of specs, as a command line holds them: "hdf5+mpi ^mpich zlib" is two.
func ParseAll(text string) ([]*Spec, error) {
	p := parser{cursor: cursor{text: text}}
	var list []*Spec
	for p.space(); !p.atEnd(); p.space() {
		s, err := p.spec()
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// ParseArgs reads the arguments of a command as ParseAll reads their text, but where an argument begins with name=, the rest of it is one
// value: the shell has taken the quotes off cflags="-O3 -g". Offsets of a *ParseError count in the text that Error shows.
func ParseArgs(args []string) ([]*Spec, error) {
	texts := make([]string, len(args))
	for i, arg := range args {
		texts[i] = arg
		c := cursor{text: arg}
		if _, _, isKey := c.key(); isKey && !isBare(arg[c.pos:]) {
			texts[i] = arg[:c.pos] + quoted(arg[c.pos:])
		}
	}
	return ParseAll(strings.Join(texts, " "))
}

// parser reads nodes and their dependencies.
type parser struct {
	cursor
	given given // of the node that is being read
}

const (
	expectAttribute = "a version (@), a variant (+, ~, name=value), a hash (/), a dependency (^, %) or another package"
	expectDep       = "a package, or attributes such as @1.2, after the dependency"
)

// spec reads a node and its dependencies, up to the end of the text or the begin of another spec.
func (p *parser) spec() (*Spec, *ParseError) {
	root, err := p.node()
	if err != nil {
		return nil, err
	}
	current := root // what % binds to
	for {
		begin := p.pos
		dep, ok, err := p.dep()
		switch {
		case err != nil:
			return nil, err
		case ok && dep.Direct:
			_, err = p.addDep(root, current, dep, begin)
		case ok:
			current, err = p.addDep(root, root, dep, begin)
		case p.atEnd() || isNameStart(p.peek()) || p.peek() == '*' || p.peek() == '/':
			sortDeps(root)
			return root, nil
		case p.peek() == '=':
			return nil, p.unexpected("no spaces around =, as in name=value")
		default:
			return nil, p.unexpected(expectAttribute)
		}
		if err != nil {
			return nil, err
		}
	}
}

// dep reads one dependency, if the text goes on with one: ^mpich, %gcc@13, %c,cxx=gcc, ^[virtuals=mpi] openmpi.
func (p *parser) dep() (dep Dep, ok bool, err *ParseError) {
	switch {
	case p.accept("^"):
	case p.accept("%%"):
		dep.Direct, dep.Propagate = true, true
	case p.accept("%"):
		dep.Direct = true
	default:
		return dep, false, nil
	}
	if p.accept("[") {
		if err := p.edge(&dep); err != nil {
			return dep, false, err
		}
	}
	p.space()
	dep.Virtuals = sortedSet(append(dep.Virtuals, p.virtualAssignment()...))
	begin := p.pos
	if dep.Spec, err = p.node(); err != nil {
		return dep, false, err
	}
	if p.pos == begin {
		return dep, false, p.unexpected(expectDep)
	}
	if name, ok := legacyCompilers[dep.Spec.Name]; ok && dep.Direct {
		dep.Spec.Name = name
	}
	return dep, true, nil
}

// virtualAssignment reads "c,cxx=" if a package name follows it.
func (p *parser) virtualAssignment() []string {
	begin := p.pos
	var names []string
	for isNameStart(p.peek()) {
		names = append(names, p.take(isIdentifierChar))
		if p.accept(",") {
			continue
		}
		if p.accept("=") && isNameStart(p.peek()) {
			return names
		}
		break
	}
	p.pos = begin
	return nil
}

// edge reads the properties of a dependency behind "[": virtuals, deptypes and when.
func (p *parser) edge(dep *Dep) *ParseError {
	seen := map[string]bool{}
	for {
		p.space()
		if p.accept("]") {
			return nil
		}
		begin := p.pos
		key, how, ok := p.key()
		switch {
		case !ok:
			return p.unexpected("virtuals=, deptypes=, when= or ]")
		case key != "virtuals" && key != "deptypes" && key != "when":
			return errorAt(p.text, begin, len(key), fmt.Sprintf("unknown dependency property %q", key), "virtuals, deptypes or when")
		case how.exact || how.propagate:
			return p.errorSince(begin+len(key), "a dependency property cannot be exact or propagate", "=")
		case seen[key]:
			return errorAt(p.text, begin, len(key), key+" is given twice", "it once")
		}
		seen[key] = true
		begin = p.pos
		value, err := p.value(key, "@")
		if err == nil {
			err = p.property(dep, key, value, begin)
		}
		if err != nil {
			return err
		}
	}
}

// property sets one property of a dependency; its value stands from begin to the cursor.
func (p *parser) property(dep *Dep, key, value string, begin int) *ParseError {
	switch key {
	case "when":
		when, err := Parse(value)
		if err != nil {
			inner := err.(*ParseError)
			return p.errorSince(begin, fmt.Sprintf("when: %s in %q", inner.Message, value), inner.Expected)
		}
		if !when.IsAny() {
			dep.When = when
		}
	case "virtuals":
		for _, name := range splitList(value) {
			if name == "" || !isNameStart(name[0]) || strings.IndexFunc(name, func(r rune) bool { return r > 127 || !isIdentifierChar(byte(r)) }) >= 0 {
				return p.errorSince(begin, fmt.Sprintf("%q is no virtual", name), "names such as mpi, with commas")
			}
			dep.Virtuals = append(dep.Virtuals, name)
		}
	case "deptypes":
		for _, name := range splitList(value) {
			t, ok := ParseDepType(name)
			if name == "all" {
				t, ok = Build|Link|Run|Test, true
			}
			if !ok {
				return p.errorSince(begin, fmt.Sprintf("%q is no dependency type", name), "build, link, run or test, with commas")
			}
			dep.Types |= t
		}
	}
	return nil
}

// addDep joins a dependency, which stands from begin to the cursor, to a node of root's. One that only adds to an earlier one on the
// same package is merged with it; the node that now stands for it is returned.
func (p *parser) addDep(root, to *Spec, dep Dep, begin int) (*Spec, *ParseError) {
	const expected = "dependencies that can hold together"
	for i := range to.Deps {
		if err := (relation{}).depContradiction(&to.Deps[i], &dep); err != nil {
			return nil, p.errorSince(begin, err.Error(), expected)
		}
	}
	var node *Spec
	to.Deps, node = relation{}.addDep(to.Deps, dep)
	if err := (relation{}).settle(root, nil); err != nil {
		return nil, p.errorSince(begin, err.Error(), expected)
	}
	return node, nil
}

// sameEdge reports whether two edges differ in nothing but virtuals and what they ask of the package, which is named.
func sameEdge(a, b *Dep) bool {
	return a.Spec.Name == b.Spec.Name && a.Spec.Name != "" && a.Direct == b.Direct && a.Propagate == b.Propagate && a.Types == b.Types &&
		a.When.String() == b.When.String()
}

// legacyCompilers are names of compilers after % that are not the names of their packages.
var legacyCompilers = map[string]string{
	"clang":  "llvm",
	"oneapi": "intel-oneapi-compilers",
	"rocmcc": "llvm-amdgpu",
	"intel":  "intel-oneapi-compilers-classic",
	"arm":    "acfl",
}

// CompilerPackage is the package that provides the compiler people call by that name: llvm for clang. Parse has already replaced
// the names after %; for any other name it is the name itself.
func CompilerPackage(name string) string {
	if pkg, ok := legacyCompilers[name]; ok {
		return pkg
	}
	return name
}
