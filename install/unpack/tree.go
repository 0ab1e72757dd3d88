package unpack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

type kind int

const (
	aDir kind = iota
	aFile
	aLink
)

type node struct {
	kind   kind
	target string      // of a symbolic link
	mode   fs.FileMode // of a directory
	mtime  time.Time   // of a directory; zero: not said by the archive
}

// An entry is what tar and zip have in common.
type entry struct {
	name  string // as the archive has it
	mode  fs.FileMode
	mtime time.Time
	size  int64
}

// A tree writes entries below a destination and refuses the bad ones.
//
// Two independent guards keep it inside. The destination starts empty, so nodes
// knows everything that is in it: no entry is written through a link, and no
// link leads outside. Should that reasoning have a hole, os.Root still
// makes the kernel refuse every path that leaves the destination.
type tree struct {
	name       string // of the archive
	dest       string
	existed    bool // dest was there before us
	root       *os.Root
	cwdName    string   // directory that cwd is open on: entries come grouped by directory,
	cwd        *os.Root // and resolving long paths again for each costs a system call a part
	nodes      map[string]node
	maxBytes   int64
	maxEntries int
	bytes      int64
	entries    int
	now        time.Time
	buf        []byte
}

func newTree(dest string, opt Options) (*tree, error) {
	t := &tree{
		name: opt.Name, dest: dest, existed: true,
		maxBytes: opt.MaxBytes, maxEntries: opt.MaxEntries,
		nodes: map[string]node{".": {kind: aDir}},
		now:   time.Now(), buf: make([]byte, bufferSize),
	}
	names, err := os.ReadDir(dest)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.existed = false
		err = os.MkdirAll(dest, 0o755)
	case err == nil && len(names) > 0:
		return nil, t.refuse("", NotEmpty, dest)
	}
	if err == nil {
		t.root, err = os.OpenRoot(dest)
	}
	if err != nil {
		return nil, t.unwritten("", err)
	}
	t.cwd, t.cwdName = t.root, "."
	return t, nil
}

func (t *tree) close() {
	if t.cwd != t.root {
		t.cwd.Close()
	}
	t.root.Close()
}

// discard removes everything that was written.
func (t *tree) discard() {
	if !t.existed {
		os.RemoveAll(t.dest)
		return
	}
	names, _ := os.ReadDir(t.dest)
	for _, n := range names {
		t.root.RemoveAll(n.Name())
	}
}

// admit checks an entry's name and counts it; it returns the clean name.
func (t *tree) admit(e entry) (string, error) {
	name, reason, detail := cleanName(e.name)
	if reason != "" {
		return "", t.refuse(e.name, reason, detail)
	}
	if t.entries++; t.entries > t.maxEntries {
		return "", t.refuse(e.name, TooLarge, fmt.Sprintf("more than %d entries", t.maxEntries))
	}
	return name, nil
}

// enter makes the directory that holds name, if the archive did not, and
// returns it with name's last part.
func (t *tree) enter(e entry, name string) (*os.Root, string, error) {
	dir, base := path.Split(name)
	dir = path.Clean(dir)
	if dir == t.cwdName {
		return t.cwd, base, nil
	}
	if err := t.implicit(e, dir); err != nil {
		return nil, "", err
	}
	if t.cwd != t.root {
		t.cwd.Close()
	}
	t.cwd, t.cwdName = t.root, "."
	if dir == "." {
		return t.cwd, base, nil
	}
	r, err := t.root.OpenRoot(dir)
	if err != nil {
		return nil, "", t.unwritten(e.name, err)
	}
	t.cwd, t.cwdName = r, dir
	return r, base, nil
}

// implicit makes directories that the archive uses without listing them.
func (t *tree) implicit(e entry, dir string) error {
	if n, ok := t.nodes[dir]; ok {
		switch n.kind {
		case aDir:
			return nil
		case aLink:
			return t.refuse(e.name, ThroughLink, fmt.Sprintf("%q", dir))
		}
		return t.refuse(e.name, KindChanged, fmt.Sprintf("%q is a file", dir))
	}
	if err := t.implicit(e, path.Dir(dir)); err != nil {
		return err
	}
	if err := t.root.Mkdir(dir, 0o755); err != nil {
		return t.unwritten(e.name, err)
	}
	t.nodes[dir] = node{kind: aDir, mode: 0o755}
	return nil
}

// replace prepares for an entry that the archive has had before: tar's later
// files win over earlier ones of the same kind. Removing the old one first keeps
// us from writing into a file that a hard link shares.
func (t *tree) replace(e entry, name string, k kind) error {
	n, ok := t.nodes[name]
	if !ok {
		return nil
	}
	if n.kind != k {
		return t.refuse(e.name, KindChanged, "")
	}
	if err := t.root.Remove(name); err != nil {
		return t.unwritten(e.name, err)
	}
	delete(t.nodes, name)
	return nil
}

// finish does what needs the whole tree: links are followed to their ends, and
// directories get their modes and times, which writing into them has changed.
func (t *tree) finish() error {
	for name, n := range t.nodes {
		if n.kind == aLink && !t.staysInside(path.Dir(name), n.target) {
			return t.refuse(name, LinkEscapes, fmt.Sprintf("to %q", n.target))
		}
	}
	for name, n := range t.nodes {
		if n.kind != aDir || name == "." {
			continue
		}
		if n.mode != 0o755 {
			if err := t.root.Chmod(name, n.mode); err != nil {
				return t.unwritten(name, err)
			}
		}
		if !n.mtime.IsZero() {
			if err := t.root.Chtimes(name, n.mtime, n.mtime); err != nil {
				return t.unwritten(name, err)
			}
		}
	}
	return nil
}

// sourceDir is the only top-level directory, if there is nothing beside it.
func (t *tree) sourceDir() string {
	top := ""
	for name := range t.nodes {
		if name == "." || strings.Contains(name, "/") {
			continue
		}
		if top != "" {
			return t.dest
		}
		top = name
	}
	if top == "" || t.nodes[top].kind != aDir {
		return t.dest
	}
	return filepath.Join(t.dest, top)
}

// single writes the one file of something that is no archive.
func (t *tree) single(ctx context.Context, name string, r io.Reader) error {
	e := entry{name: name, mode: 0o644, size: -1}
	return t.file(e, ctxReader{ctx, r})
}

// ctxReader ends a long copy soon after ctx does.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
