package arch

import (
	"slices"
	"sort"
)

// Target is a CPU microarchitecture, known from the table. Targets are immutable and there is one *Target a name, so
// that they can be compared with ==.
type Target struct {
	name       string   // "zen3"
	vendor     string   // "AuthenticAMD"; "generic" for psABI levels and families
	parents    []string // {"ivybridge", "x86_64_v3"}, as the table has them
	features   []string // sorted, those of the ancestors included
	generation int      // POWER generation, 9; 0 elsewhere
	part       string   // Arm "CPU part", "0xd0c"; empty elsewhere
	uarch      string   // RISC-V "uarch", "sifive,u74-mc"; empty elsewhere
	compilers  []compilerEntry

	index     int // place in the table; ancestors stand before descendants
	up, down  bitset
	ancestors []*Target // nearest first
	family    *Target
	generic   *Target
	tab       *table
}

// Lookup finds a target by its name, e.g. "zen3".
func Lookup(name string) (*Target, bool) {
	t, ok := load().byName[name]
	return t, ok
}

// All lists every known target, ancestors before descendants. The order is the same on every machine.
func All() []*Target { return slices.Clone(load().targets) }

// Names lists the names of all known targets, sorted; callers match misspelt names against it.
func Names() []string {
	names := make([]string, 0, len(load().targets))
	for _, t := range load().targets {
		names = append(names, t.name)
	}
	sort.Strings(names)
	return names
}

// Name is the target's name, e.g. "skylake_avx512".
func (t *Target) Name() string { return t.name }

// String is the target's name.
func (t *Target) String() string { return t.name }

// Vendor is the vendor as Linux reports it, e.g. "AuthenticAMD", or "generic".
func (t *Target) Vendor() string { return t.vendor }

// IsGeneric tells whether the target is a family or an architecture level, which no single vendor's CPU stands for.
func (t *Target) IsGeneric() bool { return t.vendor == genericVendor }

// Family is the root from which the target descends, e.g. x86_64; a root is its own family.
func (t *Target) Family() *Target { return t.family }

// Generic is the best generic target that runs on t, e.g. x86_64_v3 for zen3; t itself when it is generic.
func (t *Target) Generic() *Target { return t.generic }

// Generation is the POWER generation, e.g. 9, or 0 on other families.
func (t *Target) Generation() int { return t.generation }

// CPUPart is the "CPU part" by which Arm's processors are told apart, e.g. "0xd0c", or empty on other families. "unknown" is a
// processor whose part is not known here.
func (t *Target) CPUPart() string { return t.part }

// Parents lists the targets from which t descends directly.
func (t *Target) Parents() []*Target {
	parents := make([]*Target, len(t.parents))
	for i, name := range t.parents {
		parents[i] = t.tab.byName[name]
	}
	return parents
}

// Ancestors lists every target from which t descends, those with most ancestors first: the order in which to look for
// a substitute.
func (t *Target) Ancestors() []*Target { return slices.Clone(t.ancestors) }

// Features lists the CPU features of t, those of its ancestors included, sorted, under the names of /proc/cpuinfo.
func (t *Target) Features() []string { return slices.Clone(t.features) }

// HasFeature tells whether t has a feature. Beyond the listed ones it knows the usual other names ("sse4.2") and
// groups ("avx512", "neon").
func (t *Target) HasFeature(feature string) bool {
	if _, ok := slices.BinarySearch(t.features, feature); ok {
		return true
	}
	for _, a := range t.tab.aliases {
		if a.feature == feature && a.holds(t.family.name, func(f string) bool {
			_, ok := slices.BinarySearch(t.features, f)
			return ok
		}) {
			return true
		}
	}
	return false
}

// Leq tells whether a is b or an ancestor of b: code built for a runs on b.
func Leq(a, b *Target) bool { return b.down.has(a.index) }

// Compatible tells whether code built for t runs on host.
func (t *Target) Compatible(host *Target) bool { return Leq(t, host) }

// Comparable tells whether one of a and b descends from the other, or both are the same.
func Comparable(a, b *Target) bool { return Leq(a, b) || Leq(b, a) }

// InRange tells whether low <= t <= high; a nil bound is open. Both nil holds for every target.
func InRange(t, low, high *Target) bool {
	return (low == nil || Leq(low, t)) && (high == nil || Leq(t, high))
}

// closer orders targets from best to worst: more ancestors, then more features, then earlier in the table.
func closer(a, b *Target) int {
	if d := len(b.ancestors) - len(a.ancestors); d != 0 {
		return d
	}
	if d := len(b.features) - len(a.features); d != 0 {
		return d
	}
	return a.index - b.index
}
