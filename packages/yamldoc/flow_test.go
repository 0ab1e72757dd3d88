package yamldoc

import (
	"slices"
	"testing"
)

// TestRangesInLists: YAML 1.2 has a value that begins with a colon as plain text; Spack's files have such ranges of versions.
func TestRangesInLists(t *testing.T) {
	for text, want := range map[string][]string{
		"a:\n  v: [:2.4.6]\n":                        {":2.4.6"},
		"a: {b: c}\nv: [1.2, :2.4.6 , \":3\", ':4']": {"1.2", ":2.4.6", ":3", ":4"},
		"v: [:1,:2]  # [:3]\nw: [:5]\n":              {":1", ":2", ":5"},
		"v: [:a\\b, :1]":                             {`:a\b`, ":1"},
		"v:\n- [1:, :é]\n- [x, ':a, :b']\n":          {"1:", ":é", "x", ":a, :b"},
	} {
		doc, err := Parse("f", []byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var got []string
		var collect func(n Node)
		collect = func(n Node) {
			switch {
			case n.IsMap():
				for _, e := range n.Map() {
					collect(e.Value)
				}
			case n.IsList():
				for _, item := range n.List() {
					collect(item)
				}
			case n.Text() != "c":
				got = append(got, n.Text())
			}
		}
		collect(doc.Root())
		if !slices.Equal(got, want) {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"v: [:1, [", "v: [: ]]", "v: [:1\n", "v: ]:1"} {
		if _, err := Parse("f", []byte(text)); err == nil {
			t.Errorf("%q is no YAML", text)
		}
	}
}

func TestSorted(t *testing.T) {
	doc, err := Parse("f", []byte("a: 1\nb: [x]\nc: y\n"))
	if err != nil {
		t.Fatal(err)
	}
	f := doc.Root().Fields("b", "c")
	f.Get("b").Text()
	mild, serious := doc.Sorted()
	if serious == nil || serious.Error() != "f:2:4: expected text, found a list" || len(mild) != 1 || mild[0].Line != 1 {
		t.Errorf("%v and %v", serious, mild)
	}
	if err := doc.Err(); err == nil || len(err.(Errors)) != 2 {
		t.Errorf("all is %v", err)
	}
}
