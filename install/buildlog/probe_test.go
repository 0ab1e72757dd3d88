package buildlog

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// Each log in testdata/probes has what is shown of it in NAME.want.
func TestLastProbe(t *testing.T) {
	for _, kind := range []Kind{Configure, CMake} {
		for _, name := range ProbeFiles(kind) {
			t.Run(name, func(t *testing.T) {
				path := filepath.Join("testdata/probes", name)
				f, err := os.Open(path)
				must(t, err)
				defer f.Close()
				p, err := LastProbe(path, f)
				must(t, err)
				if p == nil {
					t.Fatal("nothing was found")
				}
				if *update {
					must(t, os.WriteFile(path+".want", []byte(p.String()), 0o644))
				}
				want, err := os.ReadFile(path + ".want")
				must(t, err)
				if p.String() != string(want) {
					t.Errorf("got:\n%s\nwant:\n%s", p, want)
				}
			})
		}
	}
}

func TestProbesThatAreNotThere(t *testing.T) {
	for _, name := range []string{"config.log", "CMakeError.log", "CMakeConfigureLog.yaml"} {
		if p, err := LastProbe(name, strings.NewReader("configure:1: checking for gcc\nconfigure:2: $? = 0\n")); p != nil || err != nil {
			t.Errorf("%s: %v, %v", name, p, err)
		}
		broken := errors.New("disk on fire")
		if _, err := LastProbe(name, iotest.ErrReader(broken)); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := LastProbe("Makefile", strings.NewReader("")); err == nil {
		t.Error("a Makefile is no log")
	}
	if len(ProbeFiles(Compile)) != 0 {
		t.Error("a compiler's error stands in the build's log")
	}
}

func FuzzLastProbe(f *testing.F) {
	for i, name := range []string{"config.log", "CMakeError.log", "CMakeConfigureLog.yaml"} {
		data, err := os.ReadFile(filepath.Join("testdata/probes", name))
		must(f, err)
		f.Add(i, string(data))
	}
	f.Fuzz(func(t *testing.T, which int, text string) {
		name := []string{"config.log", "CMakeError.log", "CMakeConfigureLog.yaml"}[uint(which)%3]
		p, err := LastProbe(name, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if p == nil {
			return
		}
		if len(p.Lines) == 0 || len(p.Lines) > maxProbe {
			t.Errorf("%d lines", len(p.Lines))
		}
		for i, l := range p.Lines {
			if strings.ContainsRune(l.Text, 0x1b) || i > 0 && l.Number <= p.Lines[i-1].Number {
				t.Errorf("line %d %q", l.Number, l.Text)
			}
		}
	})
}

func TestEveryExpressionCompiles(t *testing.T) {
	for i := range rules {
		rules[i].re()
	}
	for i := range ends {
		ends[i].re()
	}
	probe()
}
