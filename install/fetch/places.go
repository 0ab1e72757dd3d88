package fetch

import (
	"context"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A place may have the file.
type place struct {
	url  *url.URL // nil: a local file
	path string
	in   string // the entry of the tar archive path that is meant; "" if path is the file itself
	bad  error  // the place cannot be understood
	name string
	root string // of the mirror; "" for a source's own URL
}

// places lists every place that Fetch tries, in order. The two names that a
// mirror may have for one file are two places.
func (f *Fetcher) places(src Source) []place {
	var list []place
	for _, root := range f.Mirrors {
		for _, p := range mirrorPaths(src) {
			list = append(list, inMirror(root, p))
		}
	}
	for _, u := range src.URLs {
		list = append(list, newPlace(u))
	}
	return list
}

// inMirror is a file of a mirror, which may be one archive.
func inMirror(root, p string) place {
	if at := newPlace(root); strings.HasSuffix(at.path, ".tar") {
		return place{path: at.path, in: p, name: at.path + ":" + p, root: at.path}
	}
	pl := newPlace(strings.TrimSuffix(root, "/") + "/" + escapePath(root, p))
	pl.root = newPlace(root).name
	return pl
}

// open opens a local file, or the entry of an archive.
func (p place) open() (r io.ReadCloser, size int64, err error) {
	if p.in != "" {
		return openEntry(p.path, p.in)
	}
	f, err := os.Open(p.path)
	if err != nil {
		return nil, 0, err
	}
	fi, err := f.Stat()
	if err == nil && !fi.Mode().IsRegular() {
		err = placeError("it is not a regular file")
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, fi.Size(), nil
}

// escapePath protects names like "libstdc++-1.0" in URLs; paths stay as they are.
func escapePath(root, p string) string {
	if !strings.Contains(root, "://") {
		return p
	}
	return (&url.URL{Path: p}).EscapedPath()
}

func newPlace(s string) place {
	if filepath.IsAbs(s) {
		return place{path: s, name: s}
	}
	u, err := url.Parse(s)
	if err != nil {
		return place{bad: err, name: s}
	}
	switch u.Scheme {
	case "file":
		return place{path: u.Path, name: u.Path}
	case "http", "https":
		return place{url: u, name: u.Redacted()}
	case "":
		return place{bad: errNotAbsolute, name: s}
	}
	return place{bad: errScheme(u.Scheme), name: u.Redacted()}
}

type errScheme string

func (e errScheme) Error() string {
	return string(e) + ":// is not supported (use https, http or file)"
}

const errNotAbsolute = placeError("a mirror or URL needs a scheme or an absolute path")

type placeError string

func (e placeError) Error() string { return string(e) }

// try fetches from one place into final; nil means that it is there.
func (f *Fetcher) try(ctx context.Context, src Source, p place, final string) *Attempt {
	switch {
	case p.bad != nil:
		return &Attempt{Place: p.name, Kind: BadURL, Err: p.bad}
	case f.MirrorsOnly && p.root == "":
		return &Attempt{Place: p.name, Kind: NoUpstream}
	case p.url == nil:
		return f.copyFile(ctx, src, p, final)
	case f.Offline:
		return &Attempt{Place: p.name, Kind: OfflineMode}
	}
	return f.download(ctx, src, p, final)
}

// copyFile takes a copy of a local mirror's file: the mirror may change or be
// unmounted while the package is built.
func (f *Fetcher) copyFile(ctx context.Context, src Source, p place, final string) *Attempt {
	in, size, err := p.open()
	if err != nil {
		return &Attempt{Place: p.name, Kind: kindOfRead(err), Err: err}
	}
	defer in.Close()
	part, err := newPart(f.partsDir(), src.SHA256, false)
	if err != nil {
		return &Attempt{Place: f.CacheDir, Kind: kindOfWrite(err), Err: err}
	}
	defer part.discard()
	report := f.reporter(src, p.name, size)
	if a := part.fill(ctx, in, p.name, report); a != nil {
		return a
	}
	return part.publish(src.SHA256, p.name, final)
}

// reporter returns a function that is told the number of bytes so far and calls
// Progress not too often.
func (f *Fetcher) reporter(src Source, from string, total int64) func(int64) {
	if f.Progress == nil {
		return func(int64) {}
	}
	var last time.Time
	return func(done int64) {
		if now := time.Now(); done == total || now.Sub(last) >= 100*time.Millisecond {
			last = now
			f.Progress(Progress{Source: src, From: from, Done: done, Total: total})
		}
	}
}

// deadHosts remembers hosts that could not be reached, so that thirty sources
// on one dead host cost one time-out. It forgets: networks come back.
type deadHosts struct {
	mu    sync.Mutex
	since map[string]time.Time
}

const deadFor = 2 * time.Minute

func (d *deadHosts) add(host string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.since == nil {
		d.since = make(map[string]time.Time)
	}
	d.since[host] = time.Now()
}

func (d *deadHosts) has(host string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	t, ok := d.since[host]
	return ok && time.Since(t) < deadFor
}
