package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// content is 600 kB that do not repeat, so that a wrong splice shows.
var content = func() []byte {
	r := rand.New(rand.NewPCG(7, 7))
	b := make([]byte, 600_000)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}()

func shaOf(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }

func source(urls ...string) Source {
	return Source{Name: "zlib", Version: "1.3.1", URLs: urls, SHA256: shaOf(content), Ext: "tar.gz"}
}

// A server answers with handlers in turn, the last one for ever, and keeps the
// ranges that it was asked for.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	handlers []http.HandlerFunc
	ranges   []string
}

func serve(t *testing.T, handlers ...http.HandlerFunc) *server {
	s := &server{handlers: handlers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.ranges = append(s.ranges, r.Header.Get("Range"))
		h := s.handlers[0]
		if len(s.handlers) > 1 {
			s.handlers = s.handlers[1:]
		}
		s.mu.Unlock()
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func whole(w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(content)))
}

func ignoresRange(w http.ResponseWriter, r *http.Request) { w.Write(content) }

func answers(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
}

// cutAt promises everything and sends n bytes.
func cutAt(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(content)))
		w.Write(content[:n])
	}
}

func newFetcher(t *testing.T) *Fetcher {
	return &Fetcher{CacheDir: filepath.Join(t.TempDir(), "cache"), Backoff: time.Millisecond}
}

func TestFetchFromURLThenFromCache(t *testing.T) {
	s := serve(t, whole)
	f := newFetcher(t)
	for range 2 {
		path, err := f.Fetch(t.Context(), source(s.URL+"/zlib-1.3.1.tar.gz"))
		assertFetched(t, path, err)
		if want := filepath.Join(f.CacheDir, "_source-cache/archive", shaOf(content)[:2], shaOf(content)+".tar.gz"); path != want {
			t.Errorf("path %s, want %s", path, want)
		}
	}
	if len(s.ranges) != 1 {
		t.Errorf("the server was asked %d times", len(s.ranges))
	}
	assertNoParts(t, f)
}

func TestMirrorLayouts(t *testing.T) {
	sha := shaOf(content)
	for _, name := range []string{
		"_source-cache/archive/" + sha[:2] + "/" + sha + ".tar.gz",
		"_source-cache/archive/" + sha[:2] + "/" + sha + ".tgz",
		"_source-cache/archive/" + sha[:2] + "/" + sha,
		"zlib/zlib-1.3.1.tar.gz",
		"zlib/zlib-1.3.1.tgz",
	} {
		root := t.TempDir()
		put(t, root, name, content)
		httpMirror := httptest.NewServer(http.FileServer(http.Dir(root)))
		defer httpMirror.Close()
		for _, mirror := range []string{root, "file://" + root, httpMirror.URL, httpMirror.URL + "/"} {
			f := newFetcher(t)
			f.Mirrors = []string{t.TempDir(), mirror}
			path, err := f.Fetch(t.Context(), source())
			assertFetched(t, path, err)
		}
	}
}

func TestWrongMirrorCopyIsSkippedAndNamed(t *testing.T) {
	bad, good := t.TempDir(), t.TempDir()
	put(t, bad, "zlib/zlib-1.3.1.tar.gz", []byte("tampered"))
	put(t, good, "zlib/zlib-1.3.1.tar.gz", content)
	f := newFetcher(t)
	f.Mirrors = []string{bad, good}
	var warned []Attempt
	f.Warn = func(a Attempt) { warned = append(warned, a) }
	path, err := f.Fetch(t.Context(), source())
	assertFetched(t, path, err)
	if len(warned) != 1 || !strings.HasPrefix(warned[0].Place, bad) || warned[0].Got != shaOf([]byte("tampered")) {
		t.Errorf("warnings %+v, want one that names the copy in %s", warned, bad)
	}
	assertNoParts(t, f)
}

func TestCorruptCacheEntryIsFetchedAgain(t *testing.T) {
	s := serve(t, whole)
	f := newFetcher(t)
	warnings := 0
	f.Warn = func(Attempt) { warnings++ }
	path, err := f.Fetch(t.Context(), source(s.URL))
	assertFetched(t, path, err)
	flipped := slices.Clone(content)
	flipped[len(flipped)/2] ^= 1
	must(t, os.WriteFile(path, flipped, 0o644))
	path, err = f.Fetch(t.Context(), source(s.URL))
	assertFetched(t, path, err)
	if warnings != 1 {
		t.Errorf("%d warnings, want 1", warnings)
	}
}

func TestCutDownloadIsResumed(t *testing.T) {
	s := serve(t, cutAt(400_000), whole)
	f := newFetcher(t)
	path, err := f.Fetch(t.Context(), source(s.URL))
	assertFetched(t, path, err)
	if !slices.Equal(s.ranges, []string{"", "bytes=400000-"}) {
		t.Errorf("asked for %q", s.ranges)
	}
}

func TestKilledDownloadIsResumed(t *testing.T) {
	for name, tt := range map[string]struct {
		part   []byte
		then   http.HandlerFunc
		ranges []string
	}{
		"half":                     {content[:300_000], whole, []string{"bytes=300000-"}},
		"all":                      {content, whole, nil},
		"more than all":            {append(slices.Clone(content), 'x'), whole, []string{"bytes=600001-", ""}},
		"another file's half":      {make([]byte, 300_000), whole, []string{"bytes=300000-", ""}},
		"server ignores the range": {content[:300_000], ignoresRange, []string{"bytes=300000-"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, tt.then)
			f := newFetcher(t)
			put(t, f.partsDir(), shaOf(content)+".part", tt.part)
			path, err := f.Fetch(t.Context(), source(s.URL))
			assertFetched(t, path, err)
			if !slices.Equal(s.ranges, tt.ranges) {
				t.Errorf("asked for %q, want %q", s.ranges, tt.ranges)
			}
			assertNoParts(t, f)
		})
	}
}

func TestCancelKeepsWhatCame(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(content)))
		w.Write(content[:300_000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}, whole)
	f := newFetcher(t)
	f.Progress = func(p Progress) {
		if p.Done > 0 {
			cancel()
		}
	}
	if _, err := f.Fetch(ctx, source(s.URL)); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want cancelled", err)
	}
	path, err := f.Fetch(t.Context(), source(s.URL))
	assertFetched(t, path, err)
	if len(s.ranges) != 2 || !strings.HasPrefix(s.ranges[1], "bytes=") {
		t.Errorf("asked for %q, want a range the second time", s.ranges)
	}
}

func TestFailures(t *testing.T) {
	for _, tt := range []struct {
		name  string
		reply http.HandlerFunc
		kind  Kind
		tries int
		says  string
	}{
		{"404", answers(404), NotFound, 1, "_source-cache/archive/" + shaOf(content)[:2]},
		{"403", answers(403), Refused, 1, "403 Forbidden"},
		{"503", answers(503), Refused, 3, "tried 3 times"},
		{"truncated", cutAt(0), Truncated, 3, "want 600000 bytes, got 0"},
		{"wrong file", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("x")) }, Checksum, 1, shaOf([]byte("x"))},
		{"login page", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("\n<!DOCTYPE HTML>")) }, Checksum, 1, "log-in"},
		{"silence", func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, Stalled, 3, "goes on where it stopped"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, tt.reply)
			f := newFetcher(t)
			f.Retries, f.Stall = 2, 100*time.Millisecond
			_, err := f.Fetch(t.Context(), source(s.URL+"/z"))
			fe := asFetchError(t, err)
			if len(fe.Attempts) != 1 || fe.Attempts[0].Kind != tt.kind || len(s.ranges) != tt.tries {
				t.Errorf("attempts %+v after %d requests", fe.Attempts, len(s.ranges))
			}
			if !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), "fetch zlib 1.3.1") {
				t.Errorf("error does not say %q:\n%v", tt.says, err)
			}
			if fe.Integrity() != (tt.kind == Checksum) {
				t.Errorf("integrity %v", fe.Integrity())
			}
			assertNoParts(t, f)
		})
	}
}

func TestErrorListsEveryPlace(t *testing.T) {
	bad := t.TempDir()
	put(t, bad, "zlib/zlib-1.3.1.tar.gz", []byte("tampered"))
	s := serve(t, answers(404))
	f := newFetcher(t)
	empty := t.TempDir()
	f.Mirrors = []string{empty, bad, "relative/mirror"}
	_, err := f.Fetch(t.Context(), source(s.URL+"/a", "ftp://old.example.org/z.tar.gz", strings.Replace(s.URL, "://", "://me:secret@", 1)+"/b"))
	fe := asFetchError(t, err)
	var kinds []Kind
	for _, a := range fe.Attempts {
		kinds = append(kinds, a.Kind)
	}
	if want := []Kind{NotFound, Checksum, BadURL, NotFound, BadURL, NotFound}; !slices.Equal(kinds, want) {
		t.Errorf("kinds %q, want %q", kinds, want)
	}
	for _, want := range []string{empty + ": not found", bad + "/zlib/zlib-1.3.1.tar.gz: wrong checksum", "relative/mirror", "/a: not found", "ftp:// is not supported", "/b: not found"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not say %q:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("error shows a password:\n%v", err)
	}
}

func TestDeadHostIsAskedOnce(t *testing.T) {
	for _, dialErr := range []error{
		&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED},
		&net.DNSError{Err: "no such host", Name: "dead.example.org", IsNotFound: true},
	} {
		var dials atomic.Int32
		f := newFetcher(t)
		f.Client = &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			dials.Add(1)
			return nil, dialErr
		}}}
		urls := []string{"http://dead.example.org/a", "http://dead.example.org/b", "http://dead.example.org/c"}
		_, err := f.Fetch(t.Context(), source(urls...))
		fe := asFetchError(t, err)
		if dials.Load() != 1 || len(fe.Attempts) != 3 || fe.Attempts[2].Kind != SkippedHost {
			t.Errorf("%d dials, attempts %+v", dials.Load(), fe.Attempts)
		}
		if !strings.Contains(err.Error(), "check the network and the proxy") {
			t.Errorf("no remedy:\n%v", err)
		}
	}
}

func TestOfflineUsesOnlyWhatIsHere(t *testing.T) {
	s := serve(t, whole)
	f := newFetcher(t)
	f.Offline = true
	_, err := f.Fetch(t.Context(), source(s.URL))
	if fe := asFetchError(t, err); len(s.ranges) != 0 || fe.Attempts[0].Kind != OfflineMode {
		t.Errorf("%d requests, %v", len(s.ranges), err)
	}
	mirror := t.TempDir()
	put(t, mirror, "zlib/zlib-1.3.1.tar.gz", content)
	f.Mirrors = []string{"file://" + mirror}
	path, err := f.Fetch(t.Context(), source(s.URL))
	assertFetched(t, path, err)
}

func TestWhatHasNoChecksumAndIsNotThereIsTold(t *testing.T) {
	f := newFetcher(t)
	f.Unchecked = true
	src := source("file://" + filepath.Join(t.TempDir(), "gone.tar.gz"))
	src.SHA256 = ""
	if _, err := f.Fetch(t.Context(), src); err == nil || !strings.Contains(err.Error(), "correct the recipe's URLs") {
		t.Errorf("got %v", err)
	}
}

func TestMirrorsOnlyAsksNobodyElse(t *testing.T) {
	s := serve(t, whole)
	f := newFetcher(t)
	f.MirrorsOnly = true
	for _, unchecked := range []bool{false, true} {
		src := source(s.URL)
		if f.Unchecked = unchecked; unchecked {
			src.SHA256 = ""
		}
		_, err := f.Fetch(t.Context(), src)
		if fe := asFetchError(t, err); len(s.ranges) != 0 || fe.Attempts[0].Kind != NoUpstream {
			t.Errorf("unchecked %v: %d requests, %v", unchecked, len(s.ranges), err)
		}
		if want := map[bool]string{false: "put the file into a mirror as", true: "add its checksum"}[unchecked]; !strings.Contains(err.Error(), want) {
			t.Errorf("unchecked %v: no remedy in %v", unchecked, err)
		}
	}
	// A mirror on the web is one, too.
	f.Mirrors = []string{s.URL}
	path, err := f.Fetch(t.Context(), source("https://nowhere.invalid/zlib.tar.gz"))
	assertFetched(t, path, err)

	_, err = f.FetchGit(t.Context(), GitSource{Name: "app", Commit: strings.Repeat("0", 40), URL: s.URL})
	if err == nil || !strings.Contains(err.Error(), "only mirrors") {
		t.Errorf("git: got %v", err)
	}
}

func TestUnusableCache(t *testing.T) {
	s := serve(t, whole)
	f := newFetcher(t)
	must(t, os.WriteFile(f.CacheDir, nil, 0o644)) // a file where the directory should be
	_, err := f.Fetch(t.Context(), source(s.URL))
	if !strings.Contains(err.Error(), "cache") || len(s.ranges) != 0 {
		t.Errorf("error %v after %d requests", err, len(s.ranges))
	}
}

func TestFullDiskEndsTheSearch(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no /dev/full")
	}
	defer full.Close()
	p := &part{f: full, sum: sha256.New()}
	a := p.fill(t.Context(), strings.NewReader("x"), "place", func(int64) {})
	if a == nil || a.Kind != NoSpace || !a.Kind.local() {
		t.Fatalf("attempt %+v, want no space", a)
	}
	fe := &FetchError{Source: source(), Attempts: []Attempt{*a}}
	if !errors.Is(fe, syscall.ENOSPC) || !strings.Contains(fe.Error(), "free space") {
		t.Errorf("error %v", fe)
	}
}

func TestSourcesWithoutUsableChecksumAreRefused(t *testing.T) {
	for _, sum := range []string{"", "abc", strings.Repeat("g", 64), shaOf(content) + "0"} {
		src := source("http://127.0.0.1:1/")
		src.SHA256 = sum
		if _, err := newFetcher(t).Fetch(t.Context(), src); err == nil || !strings.Contains(err.Error(), "sha256") {
			t.Errorf("sha256 %q: error %v", sum, err)
		}
	}
	src := source()
	src.SHA256 = strings.ToUpper(src.SHA256)
	f := newFetcher(t)
	f.Mirrors = []string{t.TempDir()}
	put(t, f.Mirrors[0], "zlib/zlib-1.3.1.tar.gz", content)
	path, err := f.Fetch(t.Context(), src)
	assertFetched(t, path, err)
}

func TestManyFetchersOneFile(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		whole(w, r)
	})
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			f := &Fetcher{CacheDir: dir}
			path, err := f.Fetch(t.Context(), source(s.URL))
			assertFetched(t, path, err)
		})
	}
	wg.Wait()
	assertNoParts(t, &Fetcher{CacheDir: dir})
}

func TestExtOf(t *testing.T) {
	for url, want := range map[string]string{
		"https://zlib.net/zlib-1.3.1.tar.gz":                                 "tar.gz",
		"https://example.org/a-1.2.tgz?x=1":                                  "tgz",
		"https://sourceforge.net/projects/x/files/x-1.0.tar.bz2/download":    "tar.bz2",
		"https://github.com/a/b/archive/v1.2.zip":                            "zip",
		"https://github.com/a/b/commit/0123.patch?full_index=1":              "patch",
		"https://example.org/get?file=x-1.0.tar.xz":                          "tar.xz",
		"https://example.org/fix.patch.gz":                                   "patch.gz",
		"https://example.org/v1.2":                                           "",
		"https://example.org/.gz":                                            "",
		"https://gitlab.com/api/v4/projects/x/repository/archive.tar?sha=v1": "tar",
		"::": "",
	} {
		if got := extOf(url); got != want {
			t.Errorf("extOf(%s) = %q, want %q", url, got, want)
		}
	}
}

func TestProgressReachesTheTotal(t *testing.T) {
	s := serve(t, cutAt(400_000), whole)
	f := newFetcher(t)
	var last Progress
	f.Progress = func(p Progress) { last = p }
	_, err := f.Fetch(t.Context(), source(s.URL))
	must(t, err)
	if n := int64(len(content)); last.Done != n || last.Total != n || last.From != s.URL {
		t.Errorf("last report %+v", last)
	}
}

func BenchmarkHashCached(b *testing.B) {
	path := filepath.Join(b.TempDir(), "f")
	data := make([]byte, 64<<20)
	must(b, os.WriteFile(path, data, 0o644))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := hashFile(context.Background(), path); err != nil {
			b.Fatal(err)
		}
	}
}

func assertFetched(t *testing.T, path string, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
		return
	}
	if got, err := os.ReadFile(path); err != nil || shaOf(got) != shaOf(content) {
		t.Errorf("%s has another content (%v)", path, err)
	}
}

func assertNoParts(t *testing.T, f *Fetcher) {
	t.Helper()
	entries, _ := os.ReadDir(f.partsDir())
	for _, e := range entries {
		t.Errorf("left behind: %s", e.Name())
	}
}

func asFetchError(t *testing.T, err error) *FetchError {
	t.Helper()
	var fe *FetchError
	if !errors.As(err, &fe) {
		t.Fatalf("error %v (%T), want a *FetchError", err, err)
	}
	return fe
}

func put(t testing.TB, root, name string, data []byte) {
	t.Helper()
	path := filepath.Join(root, name)
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, data, 0o644))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
