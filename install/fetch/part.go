package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/install/durable"
)

const copyBuffer = 256 << 10

// staleAfter is when a file that nobody finished is removed.
const staleAfter = 7 * 24 * time.Hour

func (f *Fetcher) partsDir() string { return filepath.Join(f.CacheDir, "_partial") }

// A part is a file that grows in the cache's file system, hashed on its way.
//
// A resumable one has the name "<sha256>.part" and is locked by its process, so
// that a download that was killed can be continued, and no two processes write
// into one file. Whoever does not get the lock, or has a file system without
// locks, writes to a file of its own name.
type part struct {
	f         *os.File
	sum       hash.Hash
	size      int64
	head      []byte // the first bytes, to recognise web pages
	resumable bool
}

// newPart opens a part; a resumable one may have contents already.
func newPart(dir, sha string, resumable bool) (*part, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if resumable {
		if p, err := openShared(filepath.Join(dir, sha+".part")); p != nil || err != nil {
			return p, err
		}
	}
	f, err := os.OpenFile(durable.TempName(filepath.Join(dir, sha)), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	return &part{f: f, sum: sha256.New()}, nil
}

// openShared opens the resumable part; nil without an error means that another
// process has it.
func openShared(path string) (*part, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &lock) != nil || !stillAt(f, path) {
		f.Close()
		return nil, nil
	}
	p := &part{f: f, sum: sha256.New(), resumable: true}
	if p.size, err = io.Copy(p, f); err != nil {
		f.Close()
		return nil, err
	}
	return p, nil
}

// stillAt guards against the moment between open and lock, in which the one who
// had the lock may have finished and renamed the file.
func stillAt(f *os.File, path string) bool {
	a, err1 := f.Stat()
	b, err2 := os.Stat(path)
	return err1 == nil && err2 == nil && os.SameFile(a, b)
}

// Write only hashes; it makes a part the target of a copy of its own contents.
func (p *part) Write(b []byte) (int, error) {
	if room := 512 - len(p.head); room > 0 {
		p.head = append(p.head, b[:min(room, len(b))]...)
	}
	return p.sum.Write(b)
}

// restart forgets the contents.
func (p *part) restart() error {
	p.sum.Reset()
	p.size, p.head = 0, nil
	if err := p.f.Truncate(0); err != nil {
		return err
	}
	_, err := p.f.Seek(0, io.SeekStart)
	return err
}

// fill appends everything that r has.
func (p *part) fill(ctx context.Context, r io.Reader, place string, report func(int64)) *Attempt {
	buf := make([]byte, copyBuffer)
	for {
		if err := ctx.Err(); err != nil {
			return &Attempt{Place: place, Kind: Unreadable, Err: err}
		}
		n, readErr := r.Read(buf)
		if n > 0 {
			if _, err := p.f.Write(buf[:n]); err != nil {
				return &Attempt{Place: p.f.Name(), Kind: kindOfWrite(err), Err: err}
			}
			p.Write(buf[:n])
			p.size += int64(n)
			report(p.size)
		}
		if readErr == io.EOF {
			return nil
		}
		if readErr != nil {
			return &Attempt{Place: place, Kind: Unreadable, Err: readErr}
		}
	}
}

// has reports whether the contents so far have the checksum.
func (p *part) has(want string) bool {
	return hex.EncodeToString(p.sum.Sum(nil)) == want
}

// publish puts a complete file with the right checksum at its final name. A
// wrong one is emptied, and removed by discard.
func (p *part) publish(want, place, final string) *Attempt {
	if got := hex.EncodeToString(p.sum.Sum(nil)); got != want {
		a := &Attempt{Place: place, Kind: Checksum, Want: want, Got: got, WebPage: looksLikeWebPage(p.head)}
		if err := p.restart(); err != nil {
			return &Attempt{Place: p.f.Name(), Kind: kindOfWrite(err), Err: err}
		}
		return a
	}
	err := p.f.Sync()
	if err == nil {
		err = os.Rename(p.f.Name(), final)
	}
	if err == nil {
		err = syncDir(filepath.Dir(final))
	}
	if err != nil {
		return &Attempt{Place: final, Kind: kindOfWrite(err), Err: err}
	}
	return nil
}

// discard closes the part. What can be resumed stays; after publish the name is
// gone and there is nothing to remove.
func (p *part) discard() {
	if !p.resumable || p.size == 0 {
		if stillAt(p.f, p.f.Name()) {
			os.Remove(p.f.Name())
		}
	}
	p.f.Close()
}

func looksLikeWebPage(head []byte) bool {
	text := strings.ToLower(strings.TrimSpace(string(head)))
	return strings.HasPrefix(text, "<!doctype html") || strings.HasPrefix(text, "<html")
}

// removeStaleParts tidies up after processes that were killed long ago.
func removeStaleParts(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if fi, err := e.Info(); err == nil && time.Since(fi.ModTime()) > staleAfter {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	return nil
}

// hashFile returns the SHA-256 of a file in hexadecimal.
func hashFile(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	buf := make([]byte, copyBuffer)
	for {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := f.Read(buf)
		sum.Write(buf[:n])
		if err == io.EOF {
			return hex.EncodeToString(sum.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
}
