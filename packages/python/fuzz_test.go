package python

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// seeds are the programs of testdata, and snippets of what they lack.
func seeds(f *testing.F) {
	files, err := filepath.Glob("testdata/programs/*.py")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		src, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for block := range strings.SplitSeq(string(src), "\n\n\n") {
			f.Add(block)
		}
	}
	expressions, err := os.ReadFile("testdata/expressions.txt")
	if err != nil {
		f.Fatal(err)
	}
	for block := range strings.SplitSeq(string(expressions), "\n\n") {
		expr, _, _ := strings.Cut(block, "\n")
		f.Add("x = " + expr)
	}
	f.Add("if 1:\n\tx\n        y")
	f.Add("x = '\\")
	f.Add("f'{x!r:{y}}' \"\"\"")
	f.Add("def f(a, /, b=1, *c, d, **e): nonlocal x")
}

// FuzzParse wants a tree or a SyntaxError with a place in the text, whatever it is given.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src string) {
		file, err := Parse("fuzz.py", []byte(src))
		if err == nil {
			if file == nil || file.body == nil {
				t.Fatal("no tree and no error")
			}
			return
		}
		var e *SyntaxError
		if !errors.As(err, &e) {
			t.Fatalf("%T: %v", err, err)
		}
		if e.Line < 1 || e.Col < 1 || e.Msg == "" || e.Detail() == "" {
			t.Fatalf("no place: %+v", e)
		}
	})
}

// FuzzLexer wants tokens that follow each other in the text, with as many indents as dedents.
func FuzzLexer(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src string) {
		file := &File{Name: "fuzz.py", src: src}
		defer func() {
			if p := recover(); p != nil {
				if _, ok := p.(syntaxPanic); !ok {
					panic(p)
				}
			}
		}()
		file.prepare()
		l := lexer{file: file, src: file.src, end: len(file.src)}
		l.run()
		depth, last := 0, Pos(0)
		for _, tok := range l.toks {
			switch tok.kind {
			case tIndent:
				depth++
			case tDedent:
				depth--
			}
			if tok.pos < last || tok.end < tok.pos || int(tok.end) > len(file.src) || depth < 0 {
				t.Fatalf("token %+v behind %d, depth %d", tok, last, depth)
			}
			if tok.kind != tIndent {
				last = tok.end
			}
		}
		if depth != 0 || l.toks[len(l.toks)-1].kind != tEOF {
			t.Fatalf("%d indents are open", depth)
		}
	})
}

// FuzzExec wants an end of every program, and of every error a text.
func FuzzExec(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src string) {
		file, err := Parse("fuzz.py", []byte(src))
		if err != nil {
			return
		}
		in := New(Options{Limits: Limits{Steps: 20_000, Depth: 60, Bytes: 4 << 20}})
		defer in.Close()
		m, err := in.Exec(context.Background(), file, "fuzz")
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Detail() == "" || len(e.Places) == 0 {
				t.Fatalf("%T without a place: %v", err, err)
			}
		}
		if in.depth != 60 || in.nested != 0 || in.top != nil {
			t.Fatalf("the depth is off by %d, that of expressions by %d", 60-in.depth, in.nested)
		}
		for _, name := range m.Names() {
			v, _ := m.Get(name)
			_ = Repr(v)
		}
		Freeze(m)
	})
}
