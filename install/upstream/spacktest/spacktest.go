// Package spacktest writes install trees in Spack's layout, with indexes of any version that is read, for tests: from the documented
// format, without Spack.
package spacktest

import (
	"bytes"
	"crypto/sha1"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Options says what kind of tree is written.
type Options struct {
	Version int    // of the index, 5 to 9; 0 is 8
	OS      string // "debian12"
	Target  string // "x86_64"; written as an object if it ends in "!"
	// Populate fills the prefix of a package that the tree has.
	Populate func(p Package) error
}

// Package is one line of the text.
type Package struct {
	Name, Version, Hash, Prefix string
	Deps                        map[string]string // prefixes of what it was built with, by name

	variants, flags []pair
	external        bool
	state           []string // "gone", "uninstalled", "implicit", "elsewhere"
	deps            []dep
	compiler        string
	node            []byte
}

type pair struct{ name, value string }

type dep struct {
	name            string
	types, virtuals []string
}

// Write writes a tree with the packages of a text, dependencies before dependents, and returns them by name:
//
//	gcc@12.2.0 external=/usr
//	zlib@1.3.1+pic~shared : gcc[build]=c
//	hdf5@1.14.3 api=v18 cflags=-O3 state=uninstalled : zlib[build,link]=zlib-api gcc[build]=c,cxx
//
// state=gone leaves the prefix out, uninstalled says so in the index, implicit that nobody asked for it, elsewhere leaves the record out.
func Write(tree, text string, o Options) (map[string]Package, error) {
	if o.Version == 0 {
		o.Version = 8
	}
	w := &writer{tree: tree, Options: o, known: map[string]Package{}}
	var order []string
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		p, err := w.parse(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		if err := w.finish(&p); err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		w.known[p.Name] = p
		order = append(order, p.Name)
	}
	return w.known, w.writeIndex(order)
}

type writer struct {
	Options
	tree  string
	known map[string]Package
}

func (w *writer) parse(line string) (Package, error) {
	head, tail, _ := strings.Cut(line, " : ")
	fields := strings.Fields(head)
	first := fields[0]
	p := Package{Deps: map[string]string{}}
	if i := strings.IndexAny(first, "+~"); i >= 0 {
		p.variants = append(p.variants, splitVariants(first[i:])...)
		first = first[:i]
	}
	p.Name, p.Version, _ = strings.Cut(first, "@")
	for _, f := range fields[1:] {
		name, value, _ := strings.Cut(f, "=")
		switch name {
		case "external":
			p.external, p.Prefix = true, value
		case "state":
			p.state = strings.Split(value, ",")
		case "cflags", "ldflags":
			p.flags = append(p.flags, pair{name, value})
		default:
			p.variants = append(p.variants, pair{name, value})
		}
	}
	for _, f := range strings.Fields(tail) {
		name, rest, ok := strings.Cut(f, "[")
		types, virtuals, _ := strings.Cut(rest, "]")
		if !ok {
			return p, fmt.Errorf("bad edge %q", f)
		}
		d := dep{name: name, types: strings.Split(types, ","), virtuals: []string{}}
		if v := strings.TrimPrefix(virtuals, "="); v != "" {
			d.virtuals = strings.Split(v, ",")
		}
		to, ok := w.known[name]
		if !ok {
			return p, fmt.Errorf("%s is not known yet", name)
		}
		p.Deps[name] = to.Prefix
		if slices.Contains(d.virtuals, "c") {
			p.compiler = to.Name + "@" + to.Version
		}
		p.deps = append(p.deps, d)
	}
	return p, nil
}

func splitVariants(text string) []pair {
	var list []pair
	for len(text) > 0 {
		end := strings.IndexAny(text[1:], "+~") + 1
		if end == 0 {
			end = len(text)
		}
		list = append(list, pair{text[1:end], map[byte]string{'+': "true", '~': "false"}[text[0]]})
		text = text[end:]
	}
	return list
}

// finish computes the hash, and with it the prefix, which it fills.
func (w *writer) finish(p *Package) error {
	p.node = w.node(p, "")
	hashed := p.node
	if w.Version == 6 { // Spack's JSON was indented up to 0.20
		var b bytes.Buffer
		if err := json.Indent(&b, p.node, "", "  "); err != nil {
			return err
		}
		hashed = b.Bytes()
	}
	sum := sha1.Sum(hashed)
	p.Hash = strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))
	if w.Version == 5 { // it had other rules, and any hash will do
		p.Hash = p.Hash[1:] + p.Hash[:1]
	}
	if p.external {
		return nil
	}
	p.Prefix = filepath.Join(w.tree, "linux-"+w.OS+"-"+strings.TrimSuffix(w.Target, "!"), p.Name+"-"+p.Version+"-"+p.Hash)
	if slices.Contains(p.state, "gone") || slices.Contains(p.state, "uninstalled") {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(p.Prefix, ".spack"), 0o755); err != nil {
		return err
	}
	var nodes []string
	for _, q := range w.closure(p) {
		nodes = append(nodes, string(w.node(&q, q.Hash)))
	}
	nodeVersion := max(w.Version-3, 2)
	text := fmt.Sprintf(`{"spec":{"_meta":{"version":%d},"nodes":[%s]}}`, nodeVersion, strings.Join(nodes, ","))
	if err := os.WriteFile(filepath.Join(p.Prefix, ".spack", "spec.json"), []byte(text), 0o644); err != nil {
		return err
	}
	if w.Populate == nil {
		return nil
	}
	return w.Populate(*p)
}

// closure lists a package and all below it.
func (w *writer) closure(p *Package) []Package {
	list := []Package{*p}
	for i := 0; i < len(list); i++ {
		for _, d := range list[i].deps {
			if q := w.known[d.name]; !slices.ContainsFunc(list, func(o Package) bool { return o.Name == q.Name }) {
				list = append(list, q)
			}
		}
	}
	return list
}

// node writes a node as the version has it, with its keys in Spack's order; hash is left out if it is "".
func (w *writer) node(p *Package, hash string) []byte {
	var b object
	b.add("name", p.Name)
	if w.Version == 5 {
		b = nil
	}
	b.add("version", p.Version)
	target := any(strings.TrimSuffix(w.Target, "!"))
	if strings.HasSuffix(w.Target, "!") {
		target = map[string]any{"name": target, "vendor": "AuthenticAMD", "features": []string{"sse4_2"}, "generation": 0, "parents": []string{"x86_64"}}
	}
	var arch object
	arch.add("platform", "linux")
	arch.add("platform_os", w.OS)
	arch.add("target", target)
	b.add("arch", arch)
	if w.Version <= 7 && p.compiler != "" {
		name, version, _ := strings.Cut(p.compiler, "@")
		var c object
		c.add("name", name)
		c.add("version", version)
		b.add("compiler", c)
	}
	b.add("namespace", "builtin")
	b.add("parameters", w.parameters(p))
	if p.external {
		var x object
		x.add("path", p.Prefix)
		x.add("module", nil)
		x.add("extra_attributes", map[string]any{})
		b.add("external", x)
	}
	b.add("package_hash", "x====")
	if w.Version >= 9 {
		b.add("provided_virtuals", []string{})
	}
	if deps := w.deps(p); deps != nil {
		b.add("dependencies", deps)
	}
	if w.Version >= 8 {
		var a object
		a.add("original_specfile_version", w.Version-3)
		b.add("annotations", a)
	}
	if hash != "" {
		b.add("hash", hash)
	}
	if w.Version == 5 {
		var named object
		named.add(p.Name, b)
		return named.bytes()
	}
	return b.bytes()
}

func (w *writer) parameters(p *Package) object {
	var o object
	sorted := slices.SortedFunc(slices.Values(p.variants), func(a, b pair) int { return strings.Compare(a.name, b.name) })
	for _, v := range sorted {
		switch {
		case v.value == "true" || v.value == "false":
			o.add(v.name, v.value == "true")
		case strings.Contains(v.value, ","):
			o.add(v.name, strings.Split(v.value, ","))
		default:
			o.add(v.name, v.value)
		}
	}
	for _, name := range []string{"cflags", "cppflags", "cxxflags", "fflags", "ldflags", "ldlibs"} {
		words := []string{}
		for _, f := range p.flags {
			if f.name == name {
				words = append(words, strings.Split(f.value, ",")...)
			}
		}
		o.add(name, words)
	}
	return o
}

// deps writes the edges; up to version 7 compilers are no edges.
func (w *writer) deps(p *Package) any {
	var list []object
	var named object
	for _, d := range p.deps {
		to := w.known[d.name]
		if w.Version <= 7 && slices.Contains(d.virtuals, "c") {
			continue
		}
		var o, parameters object
		if w.Version > 5 {
			o.add("name", d.name)
		}
		o.add("hash", to.Hash)
		if w.Version <= 6 {
			o.add("type", d.types)
		} else {
			parameters.add("deptypes", d.types)
			parameters.add("virtuals", d.virtuals)
			o.add("parameters", parameters)
		}
		named.add(d.name, o)
		list = append(list, o)
	}
	switch {
	case list == nil:
		return nil
	case w.Version == 5:
		return named
	}
	return list
}

// writeIndex writes .spack-db with its index and verifier.
func (w *writer) writeIndex(order []string) error {
	var installs object
	for i, name := range order {
		p := w.known[name]
		if slices.Contains(p.state, "elsewhere") {
			continue
		}
		var r object
		r.add("spec", json.RawMessage(w.node(&p, p.Hash)))
		r.add("path", p.Prefix)
		r.add("installed", !slices.Contains(p.state, "uninstalled"))
		r.add("ref_count", 0)
		r.add("explicit", !p.external && !slices.Contains(p.state, "implicit"))
		r.add("installation_time", 1700000000.25+float64(i))
		installs.add(p.Hash, r)
	}
	var d, file object
	d.add("version", fmt.Sprint(w.Version))
	d.add("installs", installs)
	file.add("database", d)
	dir := filepath.Join(w.tree, ".spack-db")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	text := file.bytes()
	sum := sha1.Sum(text)
	if err := os.WriteFile(filepath.Join(dir, "index_verifier"), []byte(fmt.Sprintf("%x", sum)), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "index.json"), text, 0o644)
}

// object is a JSON object whose keys keep their order.
type object []field

type field struct {
	name  string
	value any
}

func (o *object) add(name string, value any) { *o = append(*o, field{name, value}) }

func (o object) bytes() []byte {
	text, err := o.MarshalJSON()
	if err != nil {
		panic(err) // texts, lists and maps of them cannot fail
	}
	return text
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(f.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(f.value)
		if err != nil {
			return nil, err
		}
		b.Write(append(append(name, ':'), value...))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
