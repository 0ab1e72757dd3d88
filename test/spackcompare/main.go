// Spackcompare asks berth and Spack for the same things, on the same recipes and with the same configuration, and tells how the answers differ and
// which level of berth's objective decided it.
//
//	go run ./test/spackcompare -spack DIR -python DIR -berth bin/berth -work DIR [REQUEST...]
//
// DIR of -spack is a checkout of Spack 0.24.dev, whose recipes and default settings both use; -python is where its Python finds clingo. What Spack
// answers is kept in the working directory and not asked for again, since it takes Spack half a minute each.
//
// A difference is traced by asking berth once more, with a preference for what Spack has. A preference changes no other price: the first level at
// which that answer is dearer is the reason why berth has another one.
//
// Nothing of Spack is part of this program: it reads what Spack prints.
//
// Read main.go (what is done), answer.go and usage.go (what both say, and what it took), spack.go and berth.go (asking), compare.go (what counts as equal), trace.go (why not),
// report.go.
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

// wellKnown are the requests of test/corpus, one a line; several specs of one are separated by "; ".
//
//go:embed requests.txt
var wellKnown string

type options struct {
	spack, python string
	berth         string
	work          string
	target        string
	trace         bool
	table         bool
}

func main() {
	var o options
	flag.StringVar(&o.spack, "spack", "", "checkout of Spack `DIR`")
	flag.StringVar(&o.python, "python", "", "`DIR` with the Python module clingo, unless Python finds it by itself")
	flag.StringVar(&o.berth, "berth", "bin/berth", "the berth to ask")
	flag.StringVar(&o.work, "work", "", "working directory `DIR`: answers, configuration, caches")
	flag.StringVar(&o.target, "target", "x86_64_v3", "microarchitecture that both build for")
	flag.BoolVar(&o.trace, "trace", true, "trace each difference to a level of berth's objective")
	flag.BoolVar(&o.table, "table", false, "end with a table in Markdown")
	flag.Parse()
	if o.spack == "" || o.work == "" {
		fmt.Fprintln(os.Stderr, "usage: spackcompare -spack DIR -work DIR [flags] [REQUEST...]")
		os.Exit(2)
	}
	requests := flag.Args()
	if len(requests) == 0 {
		requests = strings.Split(strings.TrimSpace(wellKnown), "\n")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := compareAll(ctx, requests, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "spackcompare:", err)
		os.Exit(2)
	}
}

// compareAll asks for everything and prints what differs. A request that one of them has no answer to is a result, too.
func compareAll(ctx context.Context, requests []string, o options) error {
	s, b, err := prepare(&o)
	if err != nil {
		return err
	}
	var results []*result
	for _, request := range requests {
		r := &result{request: request, specs: strings.Split(request, "; ")}
		r.spack, r.spackError = s.ask(ctx, r.specs)
		r.berth, r.berthError = b.ask(ctx, r.specs, nil)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if r.spackError == nil && r.berthError == nil {
			r.differences = compare(r.spack, r.berth)
			if o.trace {
				trace(ctx, b, r)
			}
		}
		printResult(os.Stdout, r)
		results = append(results, r)
	}
	if o.table {
		printTable(os.Stdout, results)
	}
	return nil
}

// prepare writes the configuration that both read.
func prepare(o *options) (*spackProgram, *berthProgram, error) {
	for _, p := range []*string{&o.spack, &o.python, &o.berth, &o.work} {
		if *p == "" {
			continue
		}
		abs, err := filepath.Abs(*p)
		if err != nil {
			return nil, nil, err
		}
		*p = abs
	}
	if err := writeConfiguration(o); err != nil {
		return nil, nil, err
	}
	return &spackProgram{options: o}, &berthProgram{options: o}, nil
}
