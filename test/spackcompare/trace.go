package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// preferences is the level at which a wish that is not met counts.
const preferences = "requirements and preferences"

// What a wish of Spack's may come to beside the name of a level.
const (
	impossible = "not possible in berth"
	equal      = "equal prices: the canonical order"
	cheaper    = "cheaper in berth: a mistake"
)

// trace finds out why berth has not what Spack has: of all of its answer, and of each difference by itself.
func trace(ctx context.Context, b *berthProgram, r *result) {
	if len(r.differences) == 0 {
		return
	}
	r.whole = price(ctx, b, r, wishAll(r.spack))
	for i := range r.differences {
		d := &r.differences[i]
		if w := wishFor(d); w != nil {
			t := price(ctx, b, r, w)
			d.level, d.prices = t.level, t.prices
		}
	}
}

// traced is what became of a wish.
type traced struct {
	level  string // at which the answer that meets it is dearer, or impossible, equal, cheaper
	prices string
	rest   []difference // between Spack's answer and the one that meets the wish
}

// price has berth resolve once more, with a wish.
func price(ctx context.Context, b *berthProgram, r *result, w *wish) traced {
	a, err := b.ask(ctx, r.specs, w)
	if err != nil {
		text, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "ask berth: exit status "), "\n")
		return traced{level: impossible, prices: text}
	}
	t := traced{level: equal, rest: compare(r.spack, a)}
	for i, c := range r.berth.costs {
		if with := a.costs[i]; with.Cost != c.Cost {
			t.level, t.prices = c.Level, fmt.Sprintf("%d, with Spack's %d", c.Cost, with.Cost)
			switch {
			case c.Level == preferences:
				t.level, t.prices = impossible, fmt.Sprintf("%d of the preferences are not met", with.Cost-c.Cost)
			case with.Cost < c.Cost:
				t.level = cheaper + ", at " + c.Level
			}
			return t
		}
	}
	return t
}

// wishFor is the wish for what Spack has where the answers differ; nil if nothing can be wished for.
func wishFor(d *difference) *wish {
	one := func(name, spec string) *wish { return &wish{prefer: map[string][]string{name: {spec}}} }
	switch {
	case d.kind == versions:
		return one(d.name, "@="+d.spack)
	case d.kind == variants && d.spack != "" && d.berth != "":
		return one(d.name, variantSpec(d.what, strings.Split(d.spack, ",")))
	case d.kind == providers && !strings.Contains(d.spack, ","):
		return one(d.name, d.spack)
	case d.kind == targets:
		return one(d.name, "target="+d.spack)
	case d.kind == onlyBerth:
		return &wish{mayBuild: map[string]bool{d.name: false}}
	}
	return nil
}

// wishAll is the wish for all of an answer. Of packages with several configurations nothing is wished for.
func wishAll(a *answer) *wish {
	w := &wish{prefer: map[string][]string{}}
	for name, nodes := range byName(a) {
		if len(nodes) == 1 && !slices.Contains(leftOut, name) {
			n := nodes[0]
			w.prefer[name] = []string{"@=" + n.version}
			for _, v := range slices.Sorted(maps.Keys(n.variants)) {
				w.prefer[name] = append(w.prefer[name], variantSpec(v, n.variants[v]))
			}
		}
	}
	for virtual, list := range providersOf(a) {
		if len(list) == 1 {
			w.prefer[virtual] = list
		}
	}
	return w
}

// variantSpec is +x, ~x, or x:=a,b: these values and no others.
func variantSpec(name string, values []string) string {
	switch {
	case slices.Equal(values, []string{"true"}):
		return "+" + name
	case slices.Equal(values, []string{"false"}):
		return "~" + name
	}
	return name + ":=" + strings.Join(values, ",")
}
