package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/install"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/spec/dag"
)

// clock is a time that passes only when told.
type clock struct{ now time.Time }

func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }

// playInstall lets a progress hear an install in which one package waits, one is built, one fails and one is skipped.
func playInstall(t *testing.T, p *progress, c *clock) {
	nodes := parseDAG(t.Fatalf, solverStack+"petsc@=3.20.1 : hypre=bl\nzlib@=1.3.1 : gcc=b\n")
	prefix := func(n *dag.Node) string { return "/home/u/.berth/store/" + n.Name() }
	p.Planned(install.Plan{
		Build:    []*dag.Node{nodes["zlib"], nodes["blis"], nodes["fftw"], nodes["hypre"], nodes["petsc"]},
		Standing: []*dag.Node{nodes["gcc"], nodes["numactl"]},
	})
	p.Reused(nodes["gcc"], "/usr")
	p.Reused(nodes["numactl"], prefix(nodes["numactl"]))
	p.Started(nodes["blis"], 2)
	p.Waiting(nodes["zlib"], "berth install, pid 4711 on login2")
	p.Phase(nodes["blis"], "build")
	p.Line(nodes["blis"], "\x1b[1mbli_cntx.c:1:\x1b[0m\twarning: unused\r")
	c.pass(41200 * time.Millisecond)
	p.Reused(nodes["zlib"], prefix(nodes["zlib"]))
	p.Done(nodes["blis"], prefix(nodes["blis"]), 41200*time.Millisecond)
	p.Started(nodes["fftw"], 1)
	p.Started(nodes["hypre"], 1)
	p.Phase(nodes["hypre"], "configure")
	c.pass(754 * time.Second)
	p.Failed(nodes["hypre"], errors.New("exit status 1"))
	p.Skipped(nodes["petsc"], nodes["hypre"])
	p.Done(nodes["fftw"], prefix(nodes["fftw"]), 754*time.Second)
	p.finish(&install.Report{Installed: make([]store.Record, 2), Reused: make([]store.Record, 3)})
}

func TestPlainProgress(t *testing.T) {
	for _, tt := range []struct {
		file           string
		quiet, verbose bool
	}{
		{file: "progress"},
		{file: "progress-quiet", quiet: true},
		{file: "progress-verbose", verbose: true},
	} {
		t.Run(tt.file, func(t *testing.T) {
			var out bytes.Buffer
			c := &clock{now: time.Unix(0, 0)}
			p := newProgress(&terminal{err: &out, quiet: tt.quiet, verbose: tt.verbose})
			p.now = func() time.Time { return c.now }
			playInstall(t, p, c)
			golden(t, tt.file, out.String())
		})
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                            "plain",
		"a\tb":                             "a b",
		"50%\r100%":                        "50%100%",
		"\x1b[01;31m\x1b[Kerror:\x1b[0m x": "error: x",
		"\x1b]0;title\x07x":                "x",
		"\x1b[2J\x1b[Hx":                   "x",
		"\x1b":                             "",
		"\u009b2Jx":                        "2Jx",
		"möwe":                             "möwe",
	} {
		if got := printable(in); got != want {
			t.Errorf("printable(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFit(t *testing.T) {
	for _, tt := range []struct {
		width            int
		head, tail, want string
	}{
		{10, "head", " tail", "head tail"},
		{9, "head", " tail", "head tail"},
		{8, "head", " tail", "head ta~"},
		{5, "head", " tail", "head"},
		{4, "head", " tail", "head"},
		{3, "head", " tail", "he~"},
		{7, "日本", " tail", "日本 t~"},
		{3, "日本", "", "日~"},
		{1, "head", " tail", "~"},
	} {
		head, tail := fit(tt.width, func() (string, string) { return tt.head, tt.tail })
		if head+tail != tt.want {
			t.Errorf("fit(%d, %q, %q) = %q, want %q", tt.width, tt.head, tt.tail, head+tail, tt.want)
		}
	}
}

// Whoever looks at a batch job's log sees what it is at.
func TestProgressAnswersASignal(t *testing.T) {
	var out bytes.Buffer
	c := &clock{now: time.Unix(0, 0)}
	p := newProgress(&terminal{err: &out})
	p.now = func() time.Time { return c.now }
	nodes := parseDAG(t.Fatalf, "zlib@=1.3.1\nfftw@=3.3.10\n")
	p.Planned(install.Plan{Build: []*dag.Node{nodes["zlib"], nodes["fftw"]}})
	p.Started(nodes["zlib"], 2)
	p.Phase(nodes["zlib"], "build")
	c.pass(3 * time.Second)
	p.Started(nodes["fftw"], 2)
	for i := range 20 {
		p.Line(nodes["zlib"], fmt.Sprintf("line %d\x07", i))
	}
	out.Reset()
	asked := make(chan os.Signal, 1)
	asked <- syscall.SIGUSR1
	close(asked)
	p.answer(asked)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2+tailLines || lines[0] != "running zlib 1.3.1, build, for 3.0 s" || lines[1] != "zlib| line 8" || lines[tailLines] != "zlib| line 19" ||
		lines[tailLines+1] != "running fftw 3.3.10, begun, for 0.0 s" {
		t.Errorf("got:\n%s", out.String())
	}
}
