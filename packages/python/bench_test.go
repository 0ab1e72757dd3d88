package python

import (
	"context"
	"os"
	"testing"
)

func benchSource(b *testing.B) []byte {
	src, err := os.ReadFile("testdata/programs/classes.py")
	if err != nil {
		b.Fatal(err)
	}
	return src
}

func BenchmarkParse(b *testing.B) {
	src := benchSource(b)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("classes.py", src); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkExec(b *testing.B) {
	file, err := Parse("classes.py", benchSource(b))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		in := New(Options{})
		if _, err := in.Exec(context.Background(), file, "classes"); err != nil {
			b.Fatal(err)
		}
		in.Close()
	}
}

// BenchmarkLoop is a million steps of plain arithmetic.
func BenchmarkLoop(b *testing.B) {
	file, err := Parse("loop.py", []byte("def f():\n    t = 0\n    for i in range(100000):\n        t += i * 2\n    return t\nf()\n"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(Options{}).Exec(context.Background(), file, "loop"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseRepository parses every file of REPO, one after the other.
func BenchmarkParseRepository(b *testing.B) {
	files := recipeFiles(b)
	var all [][]byte
	size := 0
	for _, path := range files {
		src, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		all, size = append(all, src), size+len(src)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for i, src := range all {
			if _, err := Parse(files[i], src); err != nil {
				b.Fatal(err)
			}
		}
	}
}
