package main

import (
	"testing"
	"time"

	"github.com/berth-hpc/berth/install"
	"github.com/berth-hpc/berth/spec/dag"
)

func TestETA(t *testing.T) {
	nodes := parseDAG(t.Fatalf, "zlib@=1.3.1\nfftw@=3.3.10\nnew@=1\n")
	took := map[string]time.Duration{nodes["zlib"].Hash(): 10 * time.Second, nodes["fftw"].Hash(): 90 * time.Second}
	plan := install.Plan{
		Build:  []*dag.Node{nodes["zlib"], nodes["fftw"], nodes["new"]},
		Expect: install.Estimate{Packages: 3, Unknown: 1, Bytes: 3 << 20, Files: 120, StageBytes: 1 << 30, Time: 2 * time.Minute, Took: took},
	}
	now := time.Unix(1000, 0)
	var e eta
	e.begin(plan, now)
	for _, c := range []struct {
		what string
		do   func()
		want string
	}{
		{"at the beginning", func() {}, ", about 120.0 s left"},
		{"later", func() { now = now.Add(20 * time.Second) }, ", about 100.0 s left"},
		{"the short one is done", func() { e.ended(nodes["zlib"], now) }, ", about 111.0 s left"}, // it took longer than expected
		{"the long one is done", func() { now = now.Add(time.Minute); e.ended(nodes["fftw"], now) }, ", about 30.2 s left"},
		{"longer than expected", func() { now = now.Add(time.Minute) }, ""},
	} {
		c.do()
		if got := e.left(now); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
	if got := e.of(nodes["fftw"]); got != ", about 90.0 s" {
		t.Errorf("got %q", got)
	}
	if got := e.of(nodes["new"]); got != "" {
		t.Errorf("of what was never built: %q", got)
	}
	if got, want := describeEstimate(plan.Expect), "3 packages to build: about 120.0 s, 3.0 MiB in 120 files, and 1.0 GiB while it goes on"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestETAOfTheUnknownIsSilent(t *testing.T) {
	nodes := parseDAG(t.Fatalf, "zlib@=1.3.1\nfftw@=3.3.10\nnew@=1\n")
	plan := install.Plan{
		Build:  []*dag.Node{nodes["zlib"], nodes["fftw"], nodes["new"]},
		Expect: install.Estimate{Packages: 3, Unknown: 2, Time: time.Minute, Took: map[string]time.Duration{nodes["zlib"].Hash(): time.Second}},
	}
	var e eta
	e.begin(plan, time.Unix(0, 0))
	if got := e.left(time.Unix(1, 0)) + describeEstimate(plan.Expect); got != "" {
		t.Errorf("got %q", got)
	}
}
