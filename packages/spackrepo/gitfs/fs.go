package gitfs

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FS is the files of a commit. It implements fs.FS, fs.ReadFileFS, fs.ReadDirFS and fs.StatFS, and is safe for concurrent use. A symbolic
// link is followed where it leads to a file of the commit; submodules are left out.
type FS struct {
	cat   *catter
	nodes map[string]*node // by path; "." is the root
}

// node is a file or a directory.
type node struct {
	name     string
	object   string // of a file: the name of its content
	size     int64
	mode     fs.FileMode
	children []*node // of a directory, sorted by name
}

// Open reads which files a commit of the clone has.
func (c *Clone) Open(ctx context.Context, commit string) (*FS, error) {
	if !IsCommit(commit) {
		return nil, fmt.Errorf("open commit %s: that is not the full name of a commit", commit)
	}
	out, err := run(ctx, c.Dir, "ls-tree", "-r", "-z", "-l", "--full-tree", commit)
	if err != nil {
		return nil, fmt.Errorf("open commit %s: %w", commit, err)
	}
	f := &FS{cat: newCatter(c.Dir), nodes: map[string]*node{".": {name: ".", mode: fs.ModeDir | 0o555}}}
	for _, line := range bytes.Split(out, []byte{0}) {
		if len(line) > 0 {
			if err := f.add(string(line)); err != nil {
				return nil, fmt.Errorf("open commit %s: %w", commit, err)
			}
		}
	}
	for _, n := range f.nodes {
		slices.SortFunc(n.children, func(a, b *node) int { return strings.Compare(a.name, b.name) })
	}
	return f, nil
}

// add reads a line of ls-tree: "100644 blob 1a2b...     123<tab>packages/zlib/package.py".
func (f *FS) add(line string) error {
	facts, file, ok := strings.Cut(line, "\t")
	words := strings.Fields(facts)
	if !ok || len(words) != 4 {
		return fmt.Errorf("git ls-tree printed %q", line)
	}
	if words[1] != "blob" || !fs.ValidPath(file) {
		return nil // a submodule, or a name that no fs.FS can have
	}
	size, err := strconv.ParseInt(words[3], 10, 64)
	if err != nil {
		return fmt.Errorf("git ls-tree printed %q", line)
	}
	n := &node{name: path.Base(file), object: words[2], size: size, mode: 0o444}
	if words[0] == "120000" {
		n.mode |= fs.ModeSymlink
	}
	f.nodes[file] = n
	f.addTo(path.Dir(file), n)
	return nil
}

func (f *FS) addTo(dir string, child *node) {
	parent := f.nodes[dir]
	if parent == nil {
		parent = &node{name: path.Base(dir), mode: fs.ModeDir | 0o555}
		f.nodes[dir] = parent
		f.addTo(path.Dir(dir), parent)
	}
	parent.children = append(parent.children, child)
}

// Close ends the processes that read content.
func (f *FS) Close() error { return f.cat.close() }

// Hash is git's own digest of a file's content.
func (f *FS) Hash(name string) ([]byte, error) {
	n, err := f.find("hash", name)
	if err != nil {
		return nil, err
	}
	return hex.DecodeString(n.object)
}

// maxLinks is how many symbolic links may lead to a file.
const maxLinks = 8

// find looks a path up and follows links, also those of directories above it.
func (f *FS) find(op, name string) (*node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	at := name
	for range maxLinks {
		n := f.nodes[at]
		link := at
		for n == nil && link != "." { // a directory above may be a link
			link = path.Dir(link)
			n = f.nodes[link]
		}
		switch {
		case n.mode&fs.ModeSymlink == 0 && link == at:
			return n, nil
		case n.mode&fs.ModeSymlink == 0:
			return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
		}
		target, err := f.cat.read(n.object)
		if err != nil {
			return nil, &fs.PathError{Op: op, Path: name, Err: err}
		}
		at = path.Join(path.Dir(link), string(target), strings.TrimPrefix(strings.TrimPrefix(at, link), "/"))
		if path.IsAbs(string(target)) || !fs.ValidPath(at) {
			return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist} // it leads out of the commit
		}
	}
	return nil, &fs.PathError{Op: op, Path: name, Err: fmt.Errorf("more than %d symbolic links", maxLinks)}
}

// ReadFile implements fs.ReadFileFS.
func (f *FS) ReadFile(name string) ([]byte, error) {
	n, err := f.find("read", name)
	if err != nil {
		return nil, err
	}
	if n.mode.IsDir() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	content, err := f.cat.read(n.object)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return content, nil
}

// ReadDir implements fs.ReadDirFS.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := f.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !n.mode.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	entries := make([]fs.DirEntry, len(n.children))
	for i, child := range n.children {
		entries[i] = fs.FileInfoToDirEntry(info{child})
	}
	return entries, nil
}

// Stat implements fs.StatFS.
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	n, err := f.find("stat", name)
	if err != nil {
		return nil, err
	}
	return info{n}, nil
}

// Open implements fs.FS.
func (f *FS) Open(name string) (fs.File, error) {
	n, err := f.find("open", name)
	if err != nil {
		return nil, err
	}
	if n.mode.IsDir() {
		entries, err := f.ReadDir(name)
		return &openDir{info{n}, entries}, err
	}
	content, err := f.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return &openFile{info{n}, bytes.NewReader(content)}, nil
}

// info is fs.FileInfo. A commit's files have no time.
type info struct{ n *node }

func (i info) Name() string       { return i.n.name }
func (i info) Size() int64        { return i.n.size }
func (i info) Mode() fs.FileMode  { return i.n.mode }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.n.mode.IsDir() }
func (i info) Sys() any           { return nil }

type openFile struct {
	info
	*bytes.Reader
}

func (f *openFile) Size() int64                { return f.info.Size() }
func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

type openDir struct {
	info
	left []fs.DirEntry
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.n.name, Err: fs.ErrInvalid}
}

// ReadDir implements fs.ReadDirFile.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(d.left) {
		if n > 0 && len(d.left) == 0 {
			return nil, io.EOF
		}
		n = len(d.left)
	}
	out := d.left[:n]
	d.left = d.left[n:]
	return out, nil
}
