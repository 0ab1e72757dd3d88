package modules

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// moduleFile is what a module file says, in whatever language.
type moduleFile struct {
	name       string            // "hdf5"
	version    string            // "1.14.5", or "1.14.5-abcdefg" where two would have one name
	whatis     [][2]string       // {"Version", "1.14.5"}
	help       string            // lines
	family     string            // "compiler", "mpi", or ""
	depends    []string          // "zlib/1.3.1"
	extensions []string          // "numpy/1.26.4": what `module spider` finds in it
	mods       []packages.EnvMod // in the order in which they are made
}

// fullName is what people load: "hdf5/1.14.5".
func (m *moduleFile) fullName() string { return m.name + "/" + m.version }

// moduleNames gives every package that gets a module file its version as modules name it, by hash: without a hash unless two would
// have one name; then all of them show theirs, so that no name changes its meaning silently.
func moduleNames(list []Package) map[string]string {
	users := map[string][]*dag.Node{}
	for _, p := range list {
		key := strings.ToLower(p.Node.Name() + "/" + moduleVersion(p.Node))
		if !slices.ContainsFunc(users[key], func(n *dag.Node) bool { return n.Hash() == p.Node.Hash() }) {
			users[key] = append(users[key], p.Node)
		}
	}
	names := map[string]string{}
	for _, nodes := range users {
		for _, n := range nodes {
			names[n.Hash()] = moduleVersion(n)
			if len(nodes) > 1 {
				names[n.Hash()] += "-" + n.Hash()[:distinct(nodes)]
			}
		}
	}
	return names
}

// distinct is how many characters of their hashes tell nodes apart, at least the 7 that people are shown.
func distinct(nodes []*dag.Node) int {
	for length := 7; ; length++ {
		seen := map[string]bool{}
		for _, n := range nodes {
			seen[n.Hash()[:length]] = true
		}
		if len(seen) == len(nodes) {
			return length
		}
	}
}

// moduleVersion is the version as a file name that neither Lmod nor Environment Modules reads as something else.
func moduleVersion(n *dag.Node) string { return fileName(n.Version().String()) }

func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '+', r == '-':
			return r
		}
		return '_'
	}, s)
	return strings.TrimLeft(s, ".") // hidden otherwise
}

// packageModule is the module file of a package.
func packageModule(p Package, names map[string]string) *moduleFile {
	p.Root = true
	n := p.Node
	m := &moduleFile{
		name: n.Name(), version: names[n.Hash()], family: family(n), depends: dependencies(n, names),
		whatis: whatis(n.Name(), n.Version().String(), p.About, p.Homepage),
		mods:   Environment([]Package{p}),
	}
	m.mods = slices.DeleteFunc(m.mods, func(e packages.EnvMod) bool { return !variableName.MatchString(e.Name) })
	m.help = paragraphs(p.About, p.Homepage, n.String()+"\n/"+n.Hash()+"\n"+p.Prefix)
	return m
}

// environmentVersion is the name of an environment behind "berth/". Where several would have one name, all of them show a digest of their
// directories, as packages show their hashes.
func environmentVersion(e EnvironmentModule, all []EnvironmentModule) string {
	name := func(e EnvironmentModule) string { return strings.ToLower(fileName(e.Name)) }
	version := fileName(e.Name)
	clash := slices.ContainsFunc(all, func(other EnvironmentModule) bool { return other.Dir != e.Dir && name(other) == name(e) })
	if version == "" || clash {
		digest := sha256.Sum256([]byte(e.Dir))
		return fmt.Sprintf("%s-%.7s", cmp.Or(version, "environment"), hex.EncodeToString(digest[:]))
	}
	return version
}

// environmentModule is the module file of an environment: all of its changes in one, so that loading it is activating it.
func environmentModule(e EnvironmentModule, version string) *moduleFile {
	m := &moduleFile{
		name: environmentName, version: version, mods: withName(e.Mods, e.Dir),
		whatis: whatis(environmentName, e.Name, "the environment in "+e.Dir, ""), depends: e.Loads,
	}
	m.mods = slices.DeleteFunc(m.mods, func(e packages.EnvMod) bool { return !variableName.MatchString(e.Name) })
	var contents []string
	for _, n := range e.Nodes {
		if n.External() == nil {
			contents = append(contents, n.Name()+"/"+moduleVersion(n))
		}
	}
	slices.Sort(contents)
	m.extensions = slices.Compact(contents)
	m.help = paragraphs("The environment in "+e.Dir+".", "It holds "+strings.Join(m.extensions, ", ")+".")
	return m
}

func whatis(name, version, about, url string) [][2]string {
	all := [][2]string{{"Name", name}, {"Version", version}, {"Description", about}, {"URL", url}}
	return slices.DeleteFunc(all, func(w [2]string) bool { return w[1] == "" })
}

func paragraphs(texts ...string) string {
	texts = slices.DeleteFunc(texts, func(s string) bool { return s == "" })
	return strings.Join(texts, "\n\n")
}

// family is what only one module at a time can be.
func family(n *dag.Node) string {
	for _, provided := range n.Attrs().Provides {
		switch name, _, _ := strings.Cut(provided, "@"); name {
		case "c", "cxx", "fortran":
			return "compiler"
		case "mpi":
			return "mpi"
		}
	}
	return ""
}

// dependencies are the modules to load with n's: of what it directly links with or runs, those that have one here, and those by
// which the site gives what is not ours.
func dependencies(n *dag.Node, names map[string]string) []string {
	var list []string
	for _, dep := range n.DepsOf(spec.Link | spec.Run) {
		if version, ok := names[dep.Hash()]; ok {
			list = append(list, dep.Name()+"/"+version)
		} else if x := dep.External(); x != nil {
			list = append(list, x.Modules...)
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(list, func(name string) bool {
		again := seen[name]
		seen[name] = true
		return again
	})
}

// hasManual reports whether manual pages are put before others: the system's own, an empty element, then come last.
func (m *moduleFile) hasManual() bool {
	return slices.ContainsFunc(m.mods, func(e packages.EnvMod) bool { return e.Op == packages.EnvPrepend && e.Name == "MANPATH" })
}
