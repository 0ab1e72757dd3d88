package fetch

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The environment's proxy is read once in a process, so another one is asked:
// TestMain fetches a URL that only the proxy can answer.
const childEnv = "FETCH_TEST_CACHE"

func TestMain(m *testing.M) {
	dir := os.Getenv(childEnv)
	if dir == "" {
		os.Exit(m.Run())
	}
	f := &Fetcher{CacheDir: dir, Retries: -1}
	if _, err := f.Fetch(context.Background(), source("http://upstream.invalid/zlib-1.3.1.tar.gz")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func TestProxyOfTheEnvironment(t *testing.T) {
	var asked string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.String()
		whole(w, r)
	}))
	defer proxy.Close()
	run := func(proxyURL string) (string, error) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = []string{childEnv + "=" + t.TempDir(), "http_proxy=" + proxyURL}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run(proxy.URL); err != nil || asked != "http://upstream.invalid/zlib-1.3.1.tar.gz" {
		t.Errorf("the proxy was asked for %q; %v: %s", asked, err, out)
	}
	proxy.Close()
	if out, err := run(proxy.URL); err == nil || !strings.Contains(out, "check the network and the proxy") {
		t.Errorf("with a dead proxy: %v: %s", err, out)
	}
}

func TestOldPartsAreRemovedAndYoungOnesKept(t *testing.T) {
	f := newFetcher(t)
	put(t, f.partsDir(), "old.part", nil)
	put(t, f.partsDir(), "young.part", nil)
	past := time.Now().Add(-staleAfter - time.Hour)
	must(t, os.Chtimes(filepath.Join(f.partsDir(), "old.part"), past, past))
	removeStaleParts(f.partsDir())
	if left, _ := filepath.Glob(f.partsDir() + "/*"); len(left) != 1 || filepath.Base(left[0]) != "young.part" {
		t.Errorf("left: %q", left)
	}
}
