package corpus

import (
	"context"
	"errors"
	"flag"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/spec/dag"
)

var (
	every = flag.Int("every", 0, "resolve every n-th recipe of the corpus as a root; 1 is all of them")
	first = flag.Int("first", 0, "with -every, the first recipe")
	ask   = flag.String("ask", "", "resolve these requests, separated by semicolons, and tell what each took")
)

// TestRoots resolves recipes, each as the only root: every one ends in an answer that the checker accepts or in an explanation. What has
// no answer is listed, and how long the others took.
func TestRoots(t *testing.T) {
	if *every == 0 {
		t.Skip("takes minutes: use -every")
	}
	names := open(t).Names()
	var took []time.Duration
	for i := *first; i < len(names); i += *every {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		begin := time.Now()
		_, err := concretizer.Concretize(ctx, request(t, names[i]))
		cancel()
		var conflict *concretizer.Conflict
		switch {
		case errors.As(err, &conflict):
			t.Logf("%s: %v", names[i], err)
		case err != nil:
			t.Errorf("%s: %v", names[i], err)
		default:
			took = append(took, time.Since(begin))
			if took[len(took)-1] > 2*time.Second {
				t.Logf("%s took %v", names[i], took[len(took)-1])
			}
		}
	}
	slices.Sort(took)
	if n := len(took); n > 0 {
		t.Logf("%d answers: median %v, 99 in 100 within %v, all within %v", n, took[n/2], took[n*99/100], took[n-1])
	}
}

// TestAsk resolves what -ask names, to look at one request: its levels, its size and, with -cpuprofile, where its time goes.
func TestAsk(t *testing.T) {
	if *ask == "" {
		t.Skip("nothing is asked: use -ask")
	}
	for text := range strings.SplitSeq(*ask, ";") {
		begin := time.Now()
		s, err := concretizer.Concretize(context.Background(), request(t, text))
		if err != nil {
			t.Errorf("%s, after %v: %v", text, time.Since(begin), err)
			continue
		}
		t.Logf("%s: %v; %d nodes; %s; %+v", text, time.Since(begin), len(dag.Topological(s.Roots...)), costs(s), s.Stats)
		if testing.Verbose() {
			t.Logf("\n%s", answer(s))
		}
	}
}
