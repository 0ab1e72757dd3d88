package yamldoc

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func parse(t *testing.T, text string) *Document {
	t.Helper()
	d, err := Parse("f.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestSyntax holds the messages for what is no YAML, or none that we take.
func TestSyntax(t *testing.T) {
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'i'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat("*"+string(c-1)+", ", 10), ", "))
	}
	for _, c := range []struct{ name, text, want string }{
		{"tab", "a:\n\tb: 1\n", "f.yaml:2:1: a tab indents this line (YAML is indented with spaces)"},
		{"at sign", "a: @1.2\n", "f.yaml:1:4: a value cannot begin with '@' (put it in quotes)"},
		{"percent", "a:\n- %gcc\n", "f.yaml:2:3: a value cannot begin with '%' (put it in quotes)"},
		{"colon", "a: b: c\n", "f.yaml:1:1: mapping values are not allowed in this context (put a value that contains ': ' or ends in ':' in quotes, and check the indentation)"},
		{"latin1", "a: caf\xe9\n", "f.yaml:1:7: this is not UTF-8 text"},
		{"twice", "a: 1\nb: 2\na: 3\n", "f.yaml:3:1: key \"a\" stands twice (it stands in line 1 already)"},
		{"twice deep", "x:\n- {a: 1, a: 2}\n", "f.yaml:2:10: key \"a\" stands twice (it stands in line 2 already)"},
		{"two documents", "a: 1\n---\nb: 1\n", "f.yaml:2:1: a second document begins here (one file holds one document: remove the line ---)"},
		{"deep", deep, "f.yaml:1:102: values are nested more than 100 deep"},
		{"bomb", bomb, "the file has more than 500000 values once its aliases are followed (write them out instead of nesting aliases)"},
		{"cycle", "a: &a [*a]\n", "this value contains itself"},
		{"list as key", "[a, b]: 1\n", "f.yaml:1:1: a key must be plain text (put text that begins with [ or { in quotes)"},
		{"unknown anchor", "a: *b\n", "f.yaml:1:1: unknown anchor 'b' referenced"},
		{"brace in a flow", "a: 1\nb:\n- {x: y={z}}\nc: 2\n", "f.yaml:3:1: did not find expected ',' or '}' (put a value that contains , : [ ] { or } in quotes)"},
		{"list among keys", "a: 1\n- b\n", "f.yaml:2:1: did not find expected key (check the indentation of this line and of the one before)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("f.yaml", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf(" got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestScalarsKeepTheirText(t *testing.T) {
	d := parse(t, "- 1.10\n- 0x10\n- yes\n- ~shared\n- 1_000\n- 2021-06-01\n- '1.20'\n- true\n")
	if diff := cmp.Diff([]string{"1.10", "0x10", "yes", "~shared", "1_000", "2021-06-01", "1.20", "true"}, d.Root().Texts()); diff != "" {
		t.Error(diff)
	}
	if err := d.Err(); err != nil {
		t.Error(err)
	}
}

func TestTypes(t *testing.T) {
	d := parse(t, "a: yes\nb: [1]\nc: {x: 1}\nd:\ne: 300\nf: |\n  one\n  two\ng: true\n")
	f := d.Root().Fields("a", "b", "c", "d", "e", "f", "g", "h")
	f.Get("a").Bool()
	f.Get("b").Text()
	f.Get("c").List()
	f.Get("d").Text()
	f.Get("e").Int(0, 9)
	f.Get("f").Line()
	f.Get("g").Map()
	f.Need("h")
	want := `f.yaml:1:1: key "h" is missing
f.yaml:1:4: expected true or false, found "yes"
f.yaml:2:4: expected text, found a list
f.yaml:3:4: expected a list, found keys with values
f.yaml:4:3: expected text, found nothing
f.yaml:5:4: expected a number from 0 to 9, found 300
f.yaml:6:4: expected one line of text
f.yaml:9:4: expected keys with values, found "true"`
	if diff := cmp.Diff(want, fmt.Sprint(d.Err())); diff != "" {
		t.Error(diff)
	}
	var one *Error
	if !errors.As(d.Err(), &one) || one.Line != 1 {
		t.Errorf("errors.As finds %v", one)
	}
}

func TestExcerpt(t *testing.T) {
	d := parse(t, "packages:\n  hdf5:\n    varaints: \"+mpi ~~~\"\n    require:\n    - |\n      first\n      sec nd\n")
	hdf5 := d.Root().Fields("packages").Get("packages").Fields("hdf5").Get("hdf5")
	hdf5.Fields("variants", "require").Get("require").List()[0].FailAt(9, 2, "bad word", "")
	hdf5.Map()[0].Value.FailAt(5, 3, "unexpected '~'", "")
	var b strings.Builder
	for _, e := range d.Err().(Errors) {
		b.WriteString(e.Error() + "\n" + e.Excerpt() + "\n")
	}
	want := `f.yaml:3:5: unknown key "varaints" (did you mean "variants"?)
    3 |     varaints: "+mpi ~~~"
      |     ^~~~~~~~
f.yaml:3:21: unexpected '~'
    3 |     varaints: "+mpi ~~~"
      |                     ^~~
f.yaml:7:10: bad word
    7 |       sec nd
      |          ^~
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestMerge(t *testing.T) {
	d := parse(t, "base: &base {a: 1, b: 2}\nmine:\n  <<: *base\n  b: 3\n")
	f := d.Root().Fields("base", "mine").Get("mine").Fields("a", "b")
	if f.Get("a").Text() != "1" || f.Get("b").Text() != "3" || d.Err() != nil {
		t.Errorf("a %s, b %s, %v", f.Get("a").Text(), f.Get("b").Text(), d.Err())
	}
}

func TestEmpty(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "---\n", "null\n"} {
		if d := parse(t, text); !d.Root().IsNull() || d.Root().Map() != nil || d.Err() != nil {
			t.Errorf("%q is not null: %v", text, d.Err())
		}
	}
}

// FuzzParse takes any text apart in every way; the mistakes found must lie inside the file.
func FuzzParse(f *testing.F) {
	f.Add("a: &a [1, {b: c}]\nd: *a\n<<: {x: 1}\n")
	f.Add("a: |\n  text\n  more\nb: >\n  folded\n")
	f.Add("\ta: '1'\r\n- \"x\\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse("f.yaml", []byte(text))
		if err != nil {
			check(t, err, text)
			return
		}
		walk(d.Root(), 0)
		if err := d.Err(); err != nil {
			check(t, err, text)
		}
	})
}

func walk(n Node, depth int) {
	if depth > 20 {
		return
	}
	n.Bool()
	n.Int(0, 1)
	n.Line()
	n.FailAt(len(n.Place().File), 1, "here", "")
	n.Spec()
	n.Version()
	n.Fields("a", "b")
	for _, e := range n.Map() {
		walk(e.Value, depth+1)
	}
	for _, e := range n.List() {
		walk(e, depth+1)
	}
}

func check(t *testing.T, err error, text string) {
	t.Helper()
	list, ok := err.(Errors)
	if !ok {
		var one *Error
		if !errors.As(err, &one) {
			t.Fatalf("%T is no *Error", err)
		}
		list = Errors{one}
	}
	lines := len(splitLines([]byte(text)))
	for _, e := range list {
		if e.Line > lines {
			t.Fatalf("%v lies outside of a file of %d lines", e, lines)
		}
		e.Excerpt()
	}
}
