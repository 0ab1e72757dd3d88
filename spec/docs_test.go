package spec

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// What docs/spec-language.md shows is run. Its fences say what each block is: spec (texts that are read), prints (TEXT => TEXT), satisfies
// (SPEC implies, overlaps or excludes SPEC) and error (a text, the caret, the message).
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../docs/spec-language.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```")
	counts := map[string]int{}
	for i := 1; i < len(blocks); i += 2 {
		kind, body, _ := strings.Cut(blocks[i], "\n")
		check, known := documented[kind]
		if !known {
			if kind != "yaml" {
				t.Errorf("a block is of kind %q", kind)
			}
			continue
		}
		counts[kind]++
		check(t, strings.TrimSuffix(body, "\n"))
	}
	for kind := range documented {
		if counts[kind] == 0 {
			t.Errorf("there is no block of kind %s", kind)
		}
	}
}

var documented = map[string]func(t *testing.T, body string){
	"spec": func(t *testing.T, body string) {
		for line := range strings.Lines(body) {
			example, _, _ := strings.Cut(line, "  #")
			s, err := Parse(strings.TrimSpace(example))
			if err != nil {
				t.Error(err)
			} else if again, err := Parse(s.String()); err != nil || again.String() != s.String() {
				t.Errorf("%s reads back as %s, %v", s, again, err)
			}
		}
	},
	"prints": func(t *testing.T, body string) {
		for line := range strings.Lines(body) {
			from, to, _ := strings.Cut(line, "=>")
			if s, err := Parse(strings.TrimSpace(from)); err != nil || s.String() != strings.TrimSpace(to) {
				t.Errorf("%s prints %s, %v", line, s, err)
			}
		}
	},
	"satisfies": func(t *testing.T, body string) {
		for line := range strings.Lines(body) {
			for _, how := range []string{"implies", "overlaps", "excludes"} {
				left, right, ok := strings.Cut(line, " "+how+" ")
				if !ok {
					continue
				}
				a, b := MustParse(strings.TrimSpace(left)), MustParse(strings.TrimSpace(right))
				got := "excludes"
				if a.Satisfies(b) {
					got = "implies"
				} else if a.Intersects(b) {
					got = "overlaps"
				}
				if got != how {
					t.Errorf("%s %s %s, not %s", a, got, b, how)
				}
			}
		}
	},
	"error": func(t *testing.T, body string) {
		example, _, _ := strings.Cut(body, "\n")
		_, err := Parse(example)
		var wrong *ParseError
		if !errors.As(err, &wrong) {
			t.Errorf("%s gives %v", example, err)
		} else if got := wrong.Caret() + "\n" + wrong.Error(); got != body {
			t.Errorf("got\n%s\nwant\n%s", got, body)
		}
	},
}
