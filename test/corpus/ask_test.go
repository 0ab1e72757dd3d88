package corpus

import (
	"context"
	"flag"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/spec/dag"
)

var ask = flag.String("ask", "", "resolve these requests, separated by semicolons, and tell what each took")

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
