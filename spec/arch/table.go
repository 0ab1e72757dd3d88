package arch

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed targets.txt
var targetsText string

const genericVendor = "generic"

// load gives the table. It is read when it is first needed: most runs of the program need no target, and a start
// should not pay for one.
var load = sync.OnceValue(func() *table {
	tab, err := parseTable(targetsText)
	if err != nil {
		panic("arch: embedded target table: " + err.Error()) // a build that cannot pass this package's tests
	}
	return tab
})

// table is targets.txt, read.
type table struct {
	targets      []*Target // ancestors before descendants
	all          bitset    // all targets
	byName       map[string]*Target
	machines     map[string]*Target // "amd64" -> x86_64, besides the families' own names
	compilers    map[string]string  // "llvm" -> "clang"
	implementers map[string]string  // "0x41" -> "ARM"
	aliases      []featureAlias
}

// featureAlias says that a feature is there when one of several others is, or on all targets of some families.
type featureAlias struct {
	feature  string   // "avx512"
	anyOf    []string // {"avx512f", ...}
	families []string // {"ppc64", "ppc64le"}
}

func (a featureAlias) holds(family string, has func(feature string) bool) bool {
	return slices.Contains(a.families, family) || slices.ContainsFunc(a.anyOf, has)
}

// compilerEntry says which flags select a target, for one range of a compiler's versions.
type compilerEntry struct {
	compiler  string // "gcc"
	low, high string // "4.9", "8"; empty: open
	flags     string // "-march=haswell -mtune=haswell"
	none      bool   // the compiler is known, and has nothing for this target
}

// tableParser reads targets.txt line by line; the target under way is in current.
type tableParser struct {
	tab     *table
	macros  map[string]string // "march" -> "-march=% -mtune=%"
	current *Target
}

func parseTable(text string) (*table, error) {
	p := &tableParser{
		tab: &table{
			byName:       map[string]*Target{},
			machines:     map[string]*Target{},
			compilers:    map[string]string{},
			implementers: map[string]string{},
		},
		macros: map[string]string{},
	}
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	p.finish()
	return p.tab, nil
}

// line reads one line that is neither empty nor a comment.
func (p *tableParser) line(line string) error {
	key, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	if rest == "" && key != "target" {
		return fmt.Errorf("%q lacks a value", key)
	}
	switch key {
	case "compiler", "implementer", "alias", "flags":
		return p.global(key, rest)
	case "target":
		return p.target(strings.Fields(rest))
	}
	t := p.current
	if t == nil {
		return fmt.Errorf("%q stands before the first target", key)
	}
	switch key {
	case "vendor":
		t.vendor = rest
	case "features":
		t.features = append(t.features, strings.Fields(rest)...)
	case "generation":
		var err error
		t.generation, err = strconv.Atoi(rest)
		return err
	case "part":
		t.part = rest
	case "uarch":
		t.uarch = rest
	case "machine":
		for _, m := range strings.Fields(rest) {
			p.tab.machines[m] = t
		}
	default:
		return p.compilerLine(key, rest)
	}
	return nil
}

// global reads a line that belongs to no target.
func (p *tableParser) global(key, rest string) error {
	words := strings.Fields(rest)
	if len(words) < 2 {
		return fmt.Errorf("%q needs two words or more", key)
	}
	switch key {
	case "compiler":
		for _, alias := range words[1:] {
			p.tab.compilers[alias] = words[0]
		}
	case "implementer":
		p.tab.implementers[words[0]] = words[1]
	case "flags":
		p.macros[words[0]] = p.expand(strings.Join(words[1:], " "))
	case "alias":
		a := featureAlias{feature: words[0]}
		switch words[1] {
		case "any":
			a.anyOf = words[2:]
		case "family":
			a.families = words[2:]
		default:
			return fmt.Errorf("alias %s: %q is neither any nor family", words[0], words[1])
		}
		p.tab.aliases = append(p.tab.aliases, a)
	}
	return nil
}

// target opens a target: "NAME [< PARENT...]".
func (p *tableParser) target(words []string) error {
	if len(words) == 0 || len(words) == 2 || len(words) > 2 && words[1] != "<" {
		return fmt.Errorf("target wants NAME [< PARENT...]")
	}
	tab := p.tab
	t := &Target{name: words[0], vendor: genericVendor, index: len(tab.targets), tab: tab}
	t.compilers = make([]compilerEntry, 0, 16)
	if tab.byName[t.name] != nil {
		return fmt.Errorf("target %s is there twice", t.name)
	}
	if t.index >= maxTargets {
		return fmt.Errorf("more than %d targets", maxTargets)
	}
	t.down.add(t.index)
	t.family = t
	if len(words) > 2 {
		t.parents = words[2:]
	}
	for _, name := range t.parents {
		parent := tab.byName[name]
		if parent == nil {
			return fmt.Errorf("target %s: parent %s must stand above it", t.name, name)
		}
		if t.family != t && t.family != parent.family {
			return fmt.Errorf("target %s has two families", t.name)
		}
		t.down = t.down.or(parent.down)
		t.family = parent.family
	}
	tab.byName[t.name], tab.targets, p.current = t, append(tab.targets, t), t
	return nil
}

// compilerLine reads "COMPILER,... RANGE FLAGS" or "COMPILER,... none".
func (p *tableParser) compilerLine(compilers, rest string) error {
	entry := compilerEntry{none: rest == "none"}
	if !entry.none {
		span, flags, _ := strings.Cut(rest, " ")
		low, high, ok := strings.Cut(span, ":")
		if !ok || flags == "" {
			return fmt.Errorf("%s: want RANGE FLAGS, found %q", compilers, rest)
		}
		entry.low, entry.high, entry.flags = low, high, p.expand(flags)
	}
	for name := range strings.SplitSeq(compilers, ",") {
		entry.compiler = name
		p.current.compilers = append(p.current.compilers, entry)
	}
	return nil
}

// expand replaces a leading shorthand: "march zen3" becomes "-march=zen3 -mtune=zen3".
func (p *tableParser) expand(flags string) string {
	name, rest, _ := strings.Cut(flags, " ")
	body, ok := p.macros[name]
	switch {
	case !ok:
		return flags
	case strings.Contains(body, "%"):
		arg, more, _ := strings.Cut(rest, " ")
		return strings.TrimSpace(strings.ReplaceAll(body, "%", arg) + " " + more)
	default:
		return strings.TrimSpace(body + " " + rest)
	}
}

// finish computes what follows from the whole table.
func (p *tableParser) finish() {
	targets := p.tab.targets
	for _, t := range targets {
		p.tab.all.add(t.index)
		slices.Sort(t.features)
		for _, name := range t.parents {
			t.features = merge(t.features, p.tab.byName[name].features) // parents stand above t: theirs are complete
		}
		t.down.each(func(i int) { targets[i].up.add(t.index) })
	}
	for _, t := range targets {
		t.generic = t.family
		t.down.each(func(i int) {
			if i != t.index {
				t.ancestors = append(t.ancestors, targets[i])
			}
		})
		// closer goes by the lengths of the ancestors' own lists, which are complete by now.
		slices.SortFunc(t.ancestors, closer)
	}
	for _, t := range targets {
		p.tab.machines[t.family.name] = t.family
		i := slices.IndexFunc(t.ancestors, (*Target).IsGeneric)
		switch {
		case t.IsGeneric():
			t.generic = t
		case i >= 0:
			t.generic = t.ancestors[i]
		}
	}
}

// merge joins two sorted lists without repetitions into a new one of the same kind.
func merge(a, b []string) []string {
	joined := make([]string, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			joined, a = append(joined, a[0]), a[1:]
		case a[0] > b[0]:
			joined, b = append(joined, b[0]), b[1:]
		default:
			b = b[1:]
		}
	}
	return append(append(joined, a...), b...)
}
