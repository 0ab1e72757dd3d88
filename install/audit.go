package install

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/berth-hpc/berth/install/elf"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/spec/dag"
)

// Auditor holds installed packages against what they were: every file, the packages that they need, and whether each program and library finds what it
// needs. It is safe for concurrent use.
type Auditor struct {
	Store *store.Store

	once   sync.Once
	system *elf.System
	err    error
}

// Verify lists what is wrong with a package. The error is about not being able to look.
func (a *Auditor) Verify(ctx context.Context, r store.Record) ([]store.Problem, error) {
	problems, err := a.Store.Verify(ctx, r)
	if err != nil || r.Node.External() != nil {
		return problems, err
	}
	for _, p := range problems {
		if p.Kind == store.Dependency { // what its libraries miss is known
			return problems, nil
		}
	}
	broken, err := a.libraries(ctx, r)
	return append(problems, broken...), err
}

// VerifyAll is Verify for many, several at once; the answers are in the order of the records. seen, if not nil, hears of each as it is done.
func (a *Auditor) VerifyAll(ctx context.Context, records []store.Record, seen func(store.Record)) ([][]store.Problem, error) {
	found := make([][]store.Problem, len(records))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2 * runtime.GOMAXPROCS(0)) // each waits for the disk at times
	for i, r := range records {
		g.Go(func() (err error) {
			if found[i], err = a.Verify(ctx, r); err != nil {
				return fmt.Errorf("verify %s: %w", title(r.Node), err)
			}
			if seen != nil {
				seen(r)
			}
			return nil
		})
	}
	return found, g.Wait()
}

// libraries looks whether programs and libraries find what they need.
func (a *Auditor) libraries(ctx context.Context, r store.Record) ([]store.Problem, error) {
	a.once.Do(func() { a.system, a.err = elf.LoadSystem("/") })
	if a.err != nil {
		return nil, a.err
	}
	var compilers []*dag.Node
	for _, virtual := range compilerVirtuals {
		if n, ok := r.Node.Dep(virtual); ok {
			compilers = append(compilers, n)
		}
	}
	report, err := closureOf(a.Store, a.system, r.Node, compilers).Check(ctx)
	if err != nil {
		return nil, err
	}
	var problems []store.Problem
	for _, f := range report.Findings {
		path, err := filepath.Rel(r.Prefix, f.File)
		if err != nil {
			path = f.File
		}
		what := fmt.Sprintf("it needs %s: %s", f.Library, f.Problem)
		if f.Path != "" {
			what += ": " + f.Path
		}
		problems = append(problems, store.Problem{Record: r, Path: path, Kind: store.Library, What: what})
	}
	return problems, nil
}
