// Checkcorpus reads every recipe of a Spack package repository and compares what its directives say with what CPython made of them: the
// corpus of test/corpus. It lists every difference and every recipe that cannot be read, and ends with 1 if there is any.
//
//	go run ./test/checkcorpus [flags] DIR|GITDIR
//
// A repository of another commit, or of package API v1, has other recipes than the corpus: -load only reads them.
//
// Read main.go (what is done), compare.go (what counts as equal), source.go (a bare git directory as files).
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/packages/spackrepo"
	"github.com/berth-hpc/berth/test/corpus"
)

type options struct {
	load   bool   // read only
	commit string // of a git directory
	only   string // one package
	max    int    // differences shown
}

func main() {
	var o options
	flag.BoolVar(&o.load, "load", false, "only read the recipes, compare nothing")
	flag.StringVar(&o.commit, "commit", "HEAD", "commit, branch or tag of a bare git directory")
	flag.StringVar(&o.only, "only", "", "check one package")
	flag.IntVar(&o.max, "max", 100, "show that many packages that differ")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: checkcorpus [flags] DIR|GITDIR")
		os.Exit(2)
	}
	out := bufio.NewWriter(os.Stdout)
	bad, err := check(context.Background(), out, flag.Arg(0), o)
	out.Flush()
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "checkcorpus:", err)
		os.Exit(2)
	case bad:
		os.Exit(1)
	}
}

// result is what came of one package.
type result struct {
	name  string
	err   error
	diffs []string
}

// check reads and compares all packages, and says whether anything is wrong.
func check(ctx context.Context, out io.Writer, place string, o options) (bad bool, err error) {
	files, err := openFiles(ctx, place, o.commit)
	if err != nil {
		return false, err
	}
	begin := time.Now()
	var most usage
	repo, err := spackrepo.Open(files, spackrepo.Options{Label: place, Identity: "check", Used: most.note})
	if err != nil {
		return false, err
	}
	oracle, err := corpus.Open()
	if err != nil {
		return false, err
	}
	names := union(repo.AllNames(), oracleNames(oracle, o))
	if o.only != "" {
		names = []string{o.only}
	}
	results := evaluate(ctx, repo, oracle, names, o)
	took := time.Since(begin)
	bad = report(out, results, o, took)
	fmt.Fprintf(out, "the most of the limits took %s (%d steps) and %s (%d kB)\n", most.longest, most.Steps, most.largest, most.Bytes>>10)
	return bad, nil
}

// usage is the most that one file took of the evaluator's limits, which are to be far from it.
type usage struct {
	mu sync.Mutex
	python.Limits
	longest, largest string
}

func (u *usage) note(file string, used python.Limits) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if used.Steps > u.Steps {
		u.Steps, u.longest = used.Steps, file
	}
	if used.Bytes > u.Bytes {
		u.Bytes, u.largest = used.Bytes, file
	}
}

func oracleNames(oracle *corpus.Repo, o options) []string {
	if o.load {
		return nil
	}
	return oracle.AllNames()
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

func evaluate(ctx context.Context, repo *spackrepo.Repo, oracle *corpus.Repo, names []string, o options) []result {
	results := make([]result, len(names))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		g.Go(func() error {
			results[i] = one(ctx, repo, oracle, name, o)
			return nil
		})
	}
	_ = g.Wait()
	return results
}

// one checks one package: the record, and that it makes a recipe.
func one(ctx context.Context, repo *spackrepo.Repo, oracle *corpus.Repo, name string, o options) result {
	r := result{name: name}
	got, _, err := repo.Record(ctx, name)
	if err != nil {
		r.err = err
		return r
	}
	if _, _, err := repo.Evaluate(ctx, name); err != nil && !(got.Attrs.Virtual && errors.Is(err, packages.ErrUnknownPackage)) {
		r.err = err
		return r
	}
	if o.load {
		return r
	}
	want, err := oracle.Record(name)
	if err != nil {
		r.diffs = []string{"the corpus has no such package"}
		return r
	}
	r.diffs, r.err = differences(want, got)
	return r
}

func report(out io.Writer, results []result, o options, took time.Duration) (bad bool) {
	var failed, different int
	for _, r := range results {
		switch {
		case r.err != nil:
			failed++
			fmt.Fprintf(out, "cannot be read: %s: %s\n", r.name, detail(r.err))
		case len(r.diffs) > 0:
			if different++; different <= o.max {
				fmt.Fprintf(out, "differs: %s\n  %s\n", r.name, strings.Join(r.diffs, "\n  "))
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Fprintf(out, "%d packages in %.1f s, %d MB of memory taken: %d equal, %d differ, %d cannot be read (%.2f %%)\n", len(results), took.Seconds(),
		m.Sys>>20, len(results)-failed-different, different, failed, 100*float64(failed)/float64(max(len(results), 1)))
	return failed+different > 0
}

// detail is an error in one line.
func detail(err error) string { return strings.ReplaceAll(err.Error(), "\n", " | ") }

// openFiles is a directory, or what a bare git directory holds at a commit.
func openFiles(ctx context.Context, place, commit string) (fs.FS, error) {
	if _, err := os.Stat(place + "/HEAD"); err == nil {
		return gitFiles(ctx, place, commit)
	}
	if _, err := os.Stat(place); err != nil {
		return nil, err
	}
	return os.DirFS(place), nil
}
