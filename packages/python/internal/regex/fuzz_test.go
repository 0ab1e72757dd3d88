package regex

import (
	"errors"
	"testing"
)

var errSteps = errors.New("enough")

// FuzzMatch wants matches to lie within the text, and every match to end.
func FuzzMatch(f *testing.F) {
	for _, p := range []string{`(a|b)*?c`, `(?P<n>\d+)\.(?P=n)`, `(?<=-)\w+(?!x)`, `(?i)[^\W_-z]{2,3}+`, `(a*)*$`, `(?(1)a|b)`, `(?x) a # c`, `\bé\B`} {
		f.Add(p, "abc-12.12 aab", 0)
	}
	f.Fuzz(func(t *testing.T, pattern, text string, flags int) {
		re, err := Compile(pattern, Flags(flags))
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		steps := 0
		groups, err := re.Run(text, 0, len(text), Search, false, func(n int) error {
			if steps += n; steps > 50_000 {
				return errSteps
			}
			return nil
		})
		if err != nil && err != errSteps && err != ErrStack {
			t.Fatal(err)
		}
		for i := 0; i < len(groups); i += 2 {
			if from, to := groups[i], groups[i+1]; from > len(text) || to > len(text) || from < -1 || i == 0 && from > to {
				t.Fatalf("group %d is %d:%d", i/2, from, to)
			}
		}
	})
}
