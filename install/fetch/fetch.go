// Package fetch brings source archives and patches onto this machine: from the
// cache, from mirrors, then from their URLs. Whatever the place, the file's
// SHA-256 decides; a file that does not have it is never kept nor returned.
//
// A file is keyed by its checksum alone, so processes need no agreement: each
// writes under a name of its own and renames when the checksum is right.
// An interrupted download is resumed by the next one that wants the same file.
//
// The package does not unpack or know recipes.
//
// Read layout.go for where files lie, places.go for the order in which places
// are tried, http.go for one download, part.go for the file that it grows in,
// git.go for commits of repositories, errors.go for
// what can go wrong.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A Source is one file to fetch: an archive or a patch.
type Source struct {
	Name    string   // "zlib"
	Version string   // "1.3.1"; for a patch, whatever tells it from others
	URLs    []string // tried in order, after the cache and the mirrors
	SHA256  string   // 64 hexadecimal digits; "" only for a Fetcher that is Unchecked
	Ext     string   // "tar.gz"; default: what the first URL ends with
}

func (s Source) String() string {
	return strings.TrimSpace(s.Name + " " + s.Version)
}

// Origin is where the source's own site has it, for messages: " (https://...)".
func (s Source) Origin() string {
	if len(s.URLs) == 0 {
		return ""
	}
	return " (" + newPlace(s.URLs[0]).name + ")"
}

// A Fetcher fetches sources. Set its fields before the first Fetch; after that
// it may be used by several goroutines.
type Fetcher struct {
	CacheDir string   // where fetched files are kept, e.g. "/home/ada/.berth/cache"
	Mirrors  []string // roots of mirrors: "file:///proj/mirror", "/proj/mirror.tar", "https://mirror.example.org"
	Offline  bool     // use the cache and local mirrors only
	Git      Git      // for sources from repositories; nil: only the cache and mirrors have them

	// Client makes the requests. The default has short time-outs for
	// connecting, none for the transfer, and uses the proxy of the environment.
	Client *http.Client

	// Progress is called from the goroutine of Fetch, some times a second.
	Progress func(Progress)

	// Warn is told of every bad copy: a mirror's file with another checksum, a
	// damaged cache entry. Fetch goes on without it.
	Warn func(Attempt)

	Retries int           // further tries of a URL after a transient error; 0: 3, negative: none
	Backoff time.Duration // wait before the first of them, doubled each time; 0: 1 s
	Stall   time.Duration // longest silence of a server; 0: 60 s

	// MirrorsOnly asks the cache and the mirrors, and no address of a source's own.
	MirrorsOnly bool

	// Unchecked fetches sources without a checksum, too, and tells Warn of each.
	Unchecked bool

	once   sync.Once
	client *http.Client
	dead   deadHosts
}

// Progress is the state of a transfer.
type Progress struct {
	Source Source
	From   string // the URL or path
	Done   int64  // bytes, resumed ones included
	Total  int64  // bytes; -1 if the server does not say
}

// Fetch returns the path of a file in the cache whose checksum was right a
// moment ago. The error is a *FetchError when no place had the file.
func (f *Fetcher) Fetch(ctx context.Context, src Source) (string, error) {
	f.once.Do(f.setDefaults)
	if src.SHA256 == "" && f.Unchecked {
		return f.fetchUnchecked(ctx, src)
	}
	src, err := src.checked()
	if err != nil {
		return "", err
	}
	final := filepath.Join(f.CacheDir, filepath.FromSlash(cachePath(src.SHA256, src.Ext)))
	tried := &FetchError{Source: src, offline: f.Offline}
	if ok, err := f.cached(ctx, src, final, tried); err != nil {
		return "", err
	} else if ok {
		return final, nil
	}
	if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
		return "", tried.add(Attempt{Place: f.CacheDir, Err: err, Kind: kindOfWrite(err)})
	}
	removeStaleParts(f.partsDir())
	for _, p := range f.places(src) {
		a := f.try(ctx, src, p, final)
		if a == nil {
			return final, nil
		}
		if ctx.Err() != nil {
			return "", fmt.Errorf("fetch %s: %w", src, context.Cause(ctx))
		}
		tried.addFrom(p, *a)
		if a.Kind == Checksum {
			f.warn(*a)
		}
		if a.Kind.local() { // no other place would help
			break
		}
	}
	return "", tried
}

// cached reports whether the cache has the file. A damaged copy is removed.
func (f *Fetcher) cached(ctx context.Context, src Source, path string, tried *FetchError) (bool, error) {
	sum, err := hashFile(ctx, path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case ctx.Err() != nil:
		return false, fmt.Errorf("fetch %s: %w", src, context.Cause(ctx))
	case err == nil && sum == src.SHA256:
		return true, nil
	}
	a := Attempt{Place: path, Kind: Checksum, Want: src.SHA256, Got: sum, Err: err}
	if err != nil {
		a.Kind = Unreadable
	}
	os.Remove(path) // if this fails, the rename of the new copy says why
	f.warn(a)
	tried.add(a)
	return false, nil
}

func (f *Fetcher) warn(a Attempt) {
	if f.Warn != nil {
		f.Warn(a)
	}
}

func (f *Fetcher) setDefaults() {
	if f.Retries == 0 {
		f.Retries = 3
	}
	if f.Backoff == 0 {
		f.Backoff = time.Second
	}
	if f.Stall == 0 {
		f.Stall = time.Minute
	}
	if f.client = f.Client; f.client == nil {
		f.client = defaultClient()
	}
}

// checked fills in what may be left out and refuses what cannot be used.
func (s Source) checked() (Source, error) {
	s.SHA256 = strings.ToLower(strings.TrimSpace(s.SHA256))
	if s.SHA256 == "" {
		return s, &NoChecksumError{s}
	}
	if len(s.SHA256) != 64 || strings.Trim(s.SHA256, "0123456789abcdef") != "" {
		return s, fmt.Errorf("fetch %s: sha256 %q is not 64 hexadecimal digits", s, s.SHA256)
	}
	if s.Ext == "" && len(s.URLs) > 0 {
		s.Ext = extOf(s.URLs[0])
	}
	s.Ext = strings.TrimPrefix(s.Ext, ".")
	if strings.ContainsAny(s.Ext, "/\x00") {
		return s, fmt.Errorf("fetch %s: %q is no file name extension", s, s.Ext)
	}
	return s, nil
}
