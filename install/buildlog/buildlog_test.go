package buildlog

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write testdata/*.want anew")

// Each testdata/NAME.log has what is shown of it in NAME.want.
func TestGolden(t *testing.T) {
	logs, err := filepath.Glob("testdata/*.log")
	must(t, err)
	if len(logs) < 35 {
		t.Fatalf("only %d logs", len(logs))
	}
	for _, name := range logs {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			must(t, err)
			got := show(t, string(data))
			golden := strings.TrimSuffix(name, ".log") + ".want"
			if *update {
				must(t, os.WriteFile(golden, []byte(got), 0o644))
			}
			want, err := os.ReadFile(golden)
			must(t, err)
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func show(t testing.TB, log string) string {
	t.Helper()
	f, err := First(strings.NewReader(log))
	must(t, err)
	if f == nil {
		return "nothing\n"
	}
	return fmt.Sprintf("%s, line %d: %s\n\n%s", f.Kind, f.Line, f.Message, f)
}

// The reason must be found however much stands around it.
func TestReasonIsFoundInALongParallelLog(t *testing.T) {
	var b strings.Builder
	noise := func(n int) {
		for i := range n {
			fmt.Fprintf(&b, "  CC       lib/error_%d.lo\n", i)
		}
	}
	b.WriteString("probe.c:1:10: fatal error: numa.h: No such file or directory\n") // somebody's own probe, overlooked
	noise(100_000)
	b.WriteString("src/a.c:3:1: error: expected ';' before '}' token\n")
	noise(50)
	b.WriteString("make[3]: *** [Makefile:9: src/a.o] Error 1\nmake[3]: *** Waiting for unfinished jobs....\n")
	b.WriteString("src/b.c:4:1: error: a later one\nmake[2]: *** [Makefile:9: src/b.o] Error 1\n")
	f, err := First(strings.NewReader(b.String()))
	must(t, err)
	if f == nil || !strings.HasPrefix(f.Message, "src/a.c:3:1: error:") || f.Line != 100_002 {
		t.Errorf("found %+v", f)
	}
}

func TestEscapesAndLongLinesAreTamed(t *testing.T) {
	log := "10%\r50%\r\x1b[01m\x1b[Kx.c:1:2:\x1b[m \x1b[01;31merror: \x1b[m" + strings.Repeat("é", 5000) + "\x07\x00\n" +
		strings.Repeat("gcc ", 100_000) + "\nmake: *** [x] Error 1\n"
	f, err := First(strings.NewReader(log))
	must(t, err)
	if f == nil || !strings.HasPrefix(f.Message, "x.c:1:2: error: éé") {
		t.Fatalf("found %+v", f)
	}
	for _, l := range f.Excerpt {
		if utf8.RuneCountInString(l.Text) > maxLine+2 || strings.ContainsAny(l.Text, "\x1b\x07\x00\r") {
			t.Errorf("line %d is not clean: %.60q", l.Number, l.Text)
		}
	}
}

func TestReadErrorIsReturned(t *testing.T) {
	broken := errors.New("disk on fire")
	if _, err := First(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if f, err := First(strings.NewReader("")); f != nil || err != nil {
		t.Errorf("an empty log has %+v, %v", f, err)
	}
}

func TestHints(t *testing.T) {
	for log, want := range map[string]string{
		"cp: x: No space left on device\n":                     "free space",
		"c++: fatal error: Killed signal terminated program\n": "fewer jobs",
		"x.c:1:1: error: y\n":                                  "",
	} {
		f, err := First(strings.NewReader(log))
		must(t, err)
		if f == nil || !strings.Contains(f.Hint(), want) || want == "" && f.Hint() != "" {
			t.Errorf("%q: %+v", log, f)
		}
	}
}

func FuzzFirst(f *testing.F) {
	logs, _ := filepath.Glob("testdata/*.log")
	for _, name := range logs {
		data, err := os.ReadFile(name)
		must(f, err)
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, log string) {
		found, err := First(strings.NewReader(log))
		if err != nil {
			t.Fatal(err)
		}
		if found == nil {
			return
		}
		at := false
		for i, l := range found.Excerpt {
			at = at || l.Number == found.Line
			if i > 0 && l.Number != found.Excerpt[i-1].Number+1 {
				t.Errorf("excerpt jumps from line %d to %d", found.Excerpt[i-1].Number, l.Number)
			}
			if !utf8.ValidString(l.Text) || strings.ContainsRune(l.Text, 0x1b) {
				t.Errorf("line %q is not clean", l.Text)
			}
		}
		if !at || found.Line > strings.Count(log, "\n")+1 {
			t.Errorf("line %d is not in the excerpt %+v", found.Line, found.Excerpt)
		}
		_ = found.String()
	})
}

func BenchmarkFirst(b *testing.B) {
	line := "libtool: compile:  gcc -DHAVE_CONFIG_H -I. -I./include -Wall -Werror=format -O2 -c error.c -o error.o\n"
	log := strings.Repeat(line, 100_000) + "a.c:1:1: error: x\nmake: *** [a.o] Error 1\n"
	b.SetBytes(int64(len(log)))
	for b.Loop() {
		if f, err := First(strings.NewReader(log)); f == nil || err != nil {
			b.Fatal(f, err)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
