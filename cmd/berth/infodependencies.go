package main

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// A recipe of hundreds of dependencies is still to be read by people: they are grouped by what they are needed for, lines of one package
// stand together, those that say the same under several conditions become one, and so do those that repeat for every value of a variant.

// need is a dependency as berth info shows it.
type need struct {
	types   spec.DepTypes
	extends bool
	name    string   // "kokkos"
	text    string   // "kokkos+cuda cuda_arch=80"
	whens   []string // one of them must hold: "+cuda cuda_arch=80"; "" always does
	values  []string // for which of a variant's values this holds, in each of which VALUE stands
}

// dependencySections lists what the package needs or extends: a section for each set of types.
func dependencySections(r *packages.Recipe) []section {
	groups := map[spec.DepTypes][]need{}
	for _, n := range needs(r) {
		groups[n.types] = append(groups[n.types], n)
	}
	var sections []section
	for _, types := range typesInOrder(groups) {
		list := joinConditions(foldValues(byPackage(groups[types])))
		rows := make([]noted, len(list))
		for i, n := range list {
			rows[i] = noted{n.text, n.notes()}
		}
		sections = append(sections, section{dependencyTitle(types), renderNoted(rows, columnOfWhen(rows))})
	}
	return sections
}

// needs are the dependencies and what is extended. A Spack recipe has the latter among its dependencies, too: it is listed once.
func needs(r *packages.Recipe) []need {
	var list []need
	for _, d := range r.Depends {
		extended := func(x packages.Extension) bool {
			return x.Types == d.Types && x.Spec.String() == d.Spec.String() && x.When.String() == d.When.String()
		}
		if slices.ContainsFunc(r.Extends, extended) {
			continue
		}
		list = append(list, need{types: d.Types, name: d.Spec.Name, text: d.Spec.String(), whens: []string{d.When.String()}})
	}
	for _, x := range r.Extends {
		list = append(list, need{types: x.Types, extends: true, name: x.Spec.Name, text: x.Spec.String(), whens: []string{x.When.String()}})
	}
	return list
}

// typesInOrder is what is needed to build alone, to build and link, ..., to link, to run, to test.
func typesInOrder(groups map[spec.DepTypes][]need) []spec.DepTypes {
	return slices.SortedFunc(maps.Keys(groups), func(a, b spec.DepTypes) int { return slices.Compare(a.Names(), b.Names()) })
}

// dependencyTitle is "dependencies to build, link and run".
func dependencyTitle(types spec.DepTypes) string {
	names := types.Names()
	if len(names) == 0 {
		return "dependencies"
	}
	last := len(names) - 1
	if last == 0 {
		return "dependencies to " + names[0]
	}
	return "dependencies to " + strings.Join(names[:last], ", ") + " and " + names[last]
}

// byPackage brings the lines of a package together, where the first stands.
func byPackage(list []need) []need {
	first := map[string]int{}
	for i, n := range list {
		if _, ok := first[n.name]; !ok {
			first[n.name] = i
		}
	}
	slices.SortStableFunc(list, func(a, b need) int { return cmp.Compare(first[a.name], first[b.name]) })
	return list
}

// assignment is a word of a spec that gives a variant one value: "cuda_arch=80".
var assignment = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_-]*)=([^=,]+)$`)

// foldedFrom is how many lines must differ in one value alone to be folded.
const foldedFrom = 3

// foldValues makes one of lines that say the same for every value of a variant: kokkos+cuda cuda_arch=VALUE when +cuda cuda_arch=VALUE.
func foldValues(list []need) []need {
	values := map[string][]string{} // of each folded line
	for _, n := range list {
		for _, f := range n.foldings() {
			values[f.key()] = append(values[f.key()], f.values...)
		}
	}
	var out []need
	done := map[string]bool{}
	for _, n := range list {
		for _, f := range n.foldings() {
			if all := values[f.key()]; len(all) >= foldedFrom && len(all) > len(n.values) {
				n = f
				n.values = all
			}
		}
		if len(n.values) == 0 || !done[n.key()] {
			done[n.key()] = true
			out = append(out, n)
		}
	}
	return out
}

func (n need) key() string {
	return fmt.Sprintf("%s\n%v\n%s", n.text, n.extends, strings.Join(n.whens, "\n"))
}

// foldings are the line with VALUE for a value that both the spec and its condition give to one variant.
func (n need) foldings() []need {
	var all []need
	for _, word := range strings.Fields(n.whens[0]) {
		m := assignment.FindStringSubmatch(word)
		if m == nil || !slices.Contains(strings.Fields(n.text), word) {
			continue
		}
		folded := n
		folded.text = replaceWord(n.text, word, m[1]+"=VALUE")
		folded.whens = []string{replaceWord(n.whens[0], word, m[1]+"=VALUE")}
		folded.values = []string{m[2]}
		all = append(all, folded)
	}
	return all
}

func replaceWord(text, word, by string) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		if w == word {
			words[i] = by
		}
	}
	return strings.Join(words, " ")
}

// joinConditions makes one of lines that ask for the same under several conditions.
func joinConditions(list []need) []need {
	var out []need
	at := map[string]int{}
	for _, n := range list {
		key := fmt.Sprintf("%s\n%v\n%v", n.text, n.extends, n.values)
		i, ok := at[key]
		if !ok {
			at[key] = len(out)
			out = append(out, n)
			continue
		}
		if !slices.Contains(out[i].whens, n.whens[0]) {
			out[i].whens = append(slices.Clip(out[i].whens), n.whens[0])
		}
	}
	return out
}

// notes are the lines beside a dependency.
func (n need) notes() []string {
	var notes []string
	if n.extends {
		notes = append(notes, "which it extends")
	}
	if !slices.Contains(n.whens, "") {
		notes = append(notes, "when "+strings.Join(n.whens, ", or "))
	}
	if len(n.values) > 0 {
		notes = append(notes, "for each VALUE of "+strings.Join(n.values, ", "))
	}
	return notes
}

// columnOfWhen is where conditions begin: behind most dependencies, not behind the longest of all.
func columnOfWhen(rows []noted) int {
	column := columnOfAbout
	for _, row := range rows {
		if width := len(row.text) + 4; width <= pageWidth/2 {
			column = max(column, width)
		}
	}
	return column
}
