package install

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sync/errgroup"
)

// maxText bounds the files that are searched for the stage's paths: scripts, .pc and .la files, CMake configurations, Makefile fragments.
const maxText = 4 << 20

// headSize is how much of a file tells whether it is a text: what has a NUL there is none, and is not read any further.
const headSize = 8 << 10

// polish makes texts that were installed independent of their build. It goes over the files once, several at a time: on a network file system each one that
// is opened waits for a server.
type polish struct {
	*build
	wrappers []byte // the beginning of the paths that texts must not have
	replace  [][2][]byte
	seen     sync.Map // inodes of files with several names
}

func (b *build) polish(ctx context.Context) error {
	p := &polish{build: b, wrappers: []byte(b.stage.Dir + "/"), replace: b.standIns()}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(8, 2*runtime.GOMAXPROCS(0)))
	walk := filepath.WalkDir(b.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		g.Go(func() error { return p.file(path) })
		return nil
	})
	if err := g.Wait(); err != nil {
		return err
	}
	return walk
}

func (p *polish) file(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || p.again(info) {
		return err
	}
	text := make([]byte, min(info.Size(), headSize))
	n, err := io.ReadFull(f, text)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	text = text[:n]
	long := len(firstLine(text)) > maxShebang
	if !long && (bytes.IndexByte(text, 0) >= 0 || info.Size() > maxText) {
		return nil
	}
	rest, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	text, changed := append(text, rest...), false
	if len(text) <= maxText {
		text, changed = p.forgetStage(path, text)
	}
	if line := firstLine(text); len(line) > maxShebang {
		if text, err = p.wrapShebang(path, line, text); err != nil {
			return err
		}
		changed = true
	}
	if !changed {
		return nil
	}
	return rewrite(path, text, info)
}

// again reports whether the file was seen under another of its names.
func (p *polish) again(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Nlink < 2 {
		return false
	}
	_, seen := p.seen.LoadOrStore(st.Ino, true)
	return seen
}
