package dag

import (
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/spec"
	"pgregory.net/rapid"
)

// The relations of abstract specs are about the concrete ones that they describe. These tests hold them against small universes of
// concrete specs, by trying every one.

// single is every node without dependencies over few versions, variants and targets. There is always one more value than the
// specs below can name, so that no spec can say "all" in another way.
func single(t testing.TB) []*Node {
	var nodes []*Node
	for _, version := range strings.Fields("0 1 1.0 1.1 1.1.0 1.2 2 2.0 3") {
		for _, p := range []string{"", "+p", "~p"} {
			for _, q := range []string{"", "q=a", "q=b", "q=c", "q=a,b", "q=a,c", "q=b,c", "q=a,b,c"} {
				for _, flags := range []string{"", "cflags=-g", "cflags='-g -O2'", "cflags='-O2 -w'"} {
					s := spec.MustParse("x " + p + " " + q + " " + flags)
					for _, target := range []string{"zen", "zen2", "zen3", "haswell"} {
						a := Attrs{Name: "x", Version: spec.MustVersion(version), Variants: s.Variants, Flags: s.Flags, Platform: "linux", OS: "o", Target: target}
						n, err := New(a, nil)
						if err != nil {
							t.Fatal(err)
						}
						nodes = append(nodes, n)
					}
				}
			}
		}
	}
	return nodes
}

var nodeText = rapid.Custom(func(t *rapid.T) string {
	pick := func(label, choices string) string {
		return rapid.SampledFrom(strings.Split(choices, "|")).Draw(t, label)
	}
	return strings.Join([]string{
		pick("name", "||x"), pick("version", "|||@1|@=1|@1.1|@:1|@1.1:|@2:|@1:1.1|@=1.1,2|@1,=2"), pick("p", "|||+p|~p|p=*"),
		pick("q", "|||q=a|q=b|q=a,b|q:=a|q:=a,b|q=*"), pick("more", "|||||++p|~~p|q==a|q==a,b"), pick("flags", "||||||cflags=-g|cflags=-O2|cflags='-g -O2'"), pick("target", "|||target=zen2|target=zen2:|target=:zen2|target=haswell|target=zen2,haswell"),
	}, " ")
})

func TestRelationsOfNodesAgainstEnumeration(t *testing.T) {
	universe := single(t)
	rapid.Check(t, func(t *rapid.T) {
		a, errA := spec.Parse(nodeText.Draw(t, "a"))
		b, errB := spec.Parse(nodeText.Draw(t, "b"))
		if errA != nil || errB != nil || twoPropagated(a, b) {
			t.Skip()
		}
		meet, err := a.Constrain(b)
		subset, common := true, false
		for _, n := range universe {
			inA, inB := n.Satisfies(a), n.Satisfies(b)
			subset = subset && (!inA || inB)
			common = common || inA && inB
			if err == nil && n.Satisfies(meet) != (inA && inB) {
				t.Errorf("%s constrained by %s is %s, but not for %s", a, b, meet, n)
			}
		}
		// A name is implied by every other constraint in this universe, which has only x.
		// And that nothing below has other values is implied by everything: nothing is below.
		named, alone := b.Name == "" || a.Name != "", propagatesNothing(b)
		if named && alone && a.Satisfies(b) != subset || a.Satisfies(b) && !subset {
			t.Errorf("%q satisfies %q: %v, by enumeration %v", a, b, a.Satisfies(b), subset)
		}
		if a.Intersects(b) != common || common != (err == nil) {
			t.Errorf("%q intersects %q: %v, by enumeration %v", a, b, a.Intersects(b), common)
		}
	})
}

func propagatesNothing(s *spec.Spec) bool {
	return !slices.ContainsFunc(s.Variants, func(v spec.Variant) bool { return v.Propagate })
}

// twoPropagated reports whether the specs propagate different values of one variant: then they are said to contradict each other, although
// a package without the variant meets both.
func twoPropagated(a, b *spec.Spec) bool {
	for _, v := range a.Variants {
		for _, w := range b.Variants {
			if v.Propagate && w.Propagate && v.Name == w.Name && v.String() != w.String() {
				return true
			}
		}
	}
	return false
}

// graphs is DAGs of x over y and z, where y may provide a virtual, and every name stands once in a DAG.
func graphs(t testing.TB) []*Node {
	attrs := func(text string, provides ...string) Attrs {
		s := spec.MustParse(text)
		return Attrs{
			Name: s.Name, Version: spec.MustVersion(s.Versions.String()), Variants: s.Variants,
			Platform: "linux", OS: "o", Target: "zen3", Provides: provides,
		}
	}
	var nodes []*Node
	add := func(a Attrs, edges ...Edge) *Node {
		n, err := New(a, edges)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, zText := range []string{"z@1+p", "z@2~p"} {
		z := add(attrs(zText))
		for _, yText := range []string{"y@1+p", "y@1~p", "y@2+p"} {
			for _, yEdges := range [][]Edge{nil, {{To: z, Types: spec.Link}}, {{To: z, Types: spec.Build, Virtuals: []string{"w"}}}} {
				y := add(attrs(yText, "v@1"), yEdges...)
				for _, xText := range []string{"x@1+p", "x@2~p", "x@2+p"} {
					nodes = append(nodes, add(attrs(xText)),
						add(attrs(xText), Edge{To: y, Types: spec.Link, Virtuals: []string{"v"}}),
						add(attrs(xText), Edge{To: y, Types: spec.Build | spec.Link}, Edge{To: z, Types: spec.Run, Virtuals: []string{"w"}}),
						add(attrs(xText), Edge{To: z, Types: spec.Link, Virtuals: []string{"w"}}))
				}
			}
		}
	}
	return nodes
}

var graphText = rapid.Custom(func(t *rapid.T) string {
	pick := func(label, choices string) string {
		return rapid.SampledFrom(strings.Split(choices, "|")).Draw(t, label)
	}
	text := pick("root", "x|x@1|x+p|x~p|x@2+p|+p|x++p|x~~p|x++p+p|x++r")
	for range rapid.IntRange(0, 3).Draw(t, "deps") {
		sigil := pick("sigil", "^|%")
		edge := pick("edge", "||||[deptypes=link]|[deptypes=build]|[when=+p]|[when=@2]|[when='^z+p']")
		dep := pick("dep", "y|y@1|y+p|y++p|y~~p|y p=*|z|z@2|z~p|z p=*|v=y|v=y+p|w=z|w=z@1|v|v@1|v@2|w|*+p|*@2")
		text += " " + sigil + edge + " " + dep
	}
	return text
})

func TestRelationsOfGraphsAgainstEnumeration(t *testing.T) {
	universe := graphs(t)
	draw := func(t *rapid.T, label string) *spec.Spec {
		s, err := spec.Parse(graphText.Draw(t, label))
		if err != nil {
			t.Skip(err) // it contradicts itself
		}
		return s
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t, "a"), draw(t, "b")
		if twoPropagated(a, b) {
			t.Skip()
		}
		satisfies, intersects := a.Satisfies(b), a.Intersects(b)
		meet, err := a.Constrain(b)
		if (err == nil) != intersects {
			t.Errorf("%s intersects %s: %v, but constrained gives %v", a, b, intersects, err)
		}
		for _, n := range universe {
			inA, inB := n.Satisfies(a), n.Satisfies(b)
			if satisfies && inA && !inB {
				t.Errorf("%s satisfies %s, but not for %s", a, b, MarshalTree(n))
			}
			if !intersects && inA && inB {
				t.Errorf("%s does not intersect %s, but for %s", a, b, MarshalTree(n))
			}
			if err == nil && n.Satisfies(meet) != (inA && inB) {
				t.Errorf("%s constrained by %s is %s, but not for %s", a, b, meet, MarshalTree(n))
			}
		}
	})
}
