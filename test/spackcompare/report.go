package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// result is what came of one request.
type result struct {
	request                string
	specs                  []string
	spack, berth           *answer
	spackError, berthError error
	differences            []difference
	whole                  traced // a preference for all of Spack's answer
}

// count is how many differences there are of a kind.
func (r *result) count(k kind) int {
	n := 0
	for _, d := range r.differences {
		if d.kind == k {
			n++
		}
	}
	return n
}

// packages counts an answer's packages, without compilers and what comes with them and the system.
func (a *answer) packages() int {
	n := 0
	for _, at := range a.nodes {
		if !isCompiler(at) && !slices.Contains(leftOut, at.name) {
			n++
		}
	}
	return n
}

func printResult(w io.Writer, r *result) {
	fmt.Fprintf(w, "== %s\n", r.request)
	for _, e := range []error{r.spackError, r.berthError} {
		if e != nil {
			fmt.Fprintf(w, "   %v\n", strings.ReplaceAll(e.Error(), "\n", "\n   "))
		}
	}
	if r.spack == nil || r.berth == nil {
		return
	}
	fmt.Fprintf(w, "   packages: Spack %d, berth %d; took: Spack %s, berth %s; differences: %d\n",
		r.spack.packages(), r.berth.packages(), r.spack.usage, r.berth.usage, len(r.differences))
	if r.whole.level != "" {
		fmt.Fprintf(w, "   all of Spack's answer: %s\n", r.whole)
		for _, d := range r.whole.rest {
			fmt.Fprintf(w, "     not so even then: %s: %s\n", d.kind, d)
		}
	}
	for _, k := range kinds {
		for _, d := range r.differences {
			if d.kind != k {
				continue
			}
			fmt.Fprintf(w, "   %-13s %s", shortKind(k), d)
			if d.level != "" {
				fmt.Fprintf(w, "  [%s]", traced{level: d.level, prices: d.prices})
			}
			fmt.Fprintln(w)
		}
	}
}

func (t traced) String() string {
	if t.prices == "" {
		return t.level
	}
	return t.level + ": " + t.prices
}

func shortKind(k kind) string {
	switch k {
	case onlySpack:
		return "only Spack"
	case onlyBerth:
		return "only berth"
	}
	return string(k)
}

// tableKinds are those that the table counts; patches and direct dependencies follow from others.
var tableKinds = []kind{versions, variants, providers, compilers, targets, onlySpack, onlyBerth, configurations, patches, dependencies}

func printTable(w io.Writer, results []*result) {
	fmt.Fprint(w, "\n| request | packages: Spack | berth |")
	for _, k := range tableKinds {
		fmt.Fprintf(w, " %s |", k)
	}
	fmt.Fprint(w, " s: Spack | berth |\n|---|---|---|", strings.Repeat("---|", len(tableKinds)+2), "\n")
	for _, r := range results {
		if r.spack == nil || r.berth == nil {
			fmt.Fprintf(w, "| `%s` | %s | %s |%s\n", r.request, packagesOf(r.spack), packagesOf(r.berth), strings.Repeat(" |", len(tableKinds)+2))
			continue
		}
		fmt.Fprintf(w, "| `%s` | %d | %d |", r.request, r.spack.packages(), r.berth.packages())
		for _, k := range tableKinds {
			fmt.Fprintf(w, " %d |", r.count(k))
		}
		fmt.Fprintf(w, " %.0f | %.2f |\n", r.spack.usage.seconds, r.berth.usage.seconds)
	}
}

func packagesOf(a *answer) string {
	if a == nil {
		return "no answer"
	}
	return fmt.Sprint(a.packages())
}
