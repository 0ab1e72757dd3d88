package fetch

import (
	"archive/tar"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"
	"strings"
)

// gitTree is a directory as git names it: after the names of all that is in it. See "Git Objects" in the Pro Git book.
type gitTree struct {
	length  int                 // of names: 40 or 64
	entries map[string]gitEntry // files, links and other repositories' commits
	dirs    map[string]*gitTree
}

type gitEntry struct{ mode, name string }

func newGitTree(length int) *gitTree {
	return &gitTree{length: length, entries: map[string]gitEntry{}, dirs: map[string]*gitTree{}}
}

// gitHash is what a repository names its objects with, by the length of a name.
func gitHash(length int) hash.Hash {
	if length == 64 {
		return sha256.New()
	}
	return sha1.New()
}

// objectName is the name of an object of that kind and size.
func objectName(length int, kind string, size int64, r io.Reader) (string, error) {
	h := gitHash(length)
	fmt.Fprintf(h, "%s %d\x00", kind, size)
	n, err := io.Copy(h, r)
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	return hex.EncodeToString(h.Sum(nil)), err
}

// treeOfArchive is the name of the tree that a tar archive holds below its one directory. Other repositories' commits, for which it has
// empty directories, are given by path.
func treeOfArchive(file string, length int, links map[string]string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	root := newGitTree(length)
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return root.name()
		}
		if err != nil {
			return "", err
		}
		_, path, _ := strings.Cut(strings.TrimSuffix(h.Name, "/"), "/")
		if path == "" || h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		var e gitEntry
		switch h.Typeflag {
		case tar.TypeReg:
			e.mode = "100644"
			if h.Mode&0o100 != 0 {
				e.mode = "100755"
			}
			e.name, err = objectName(length, "blob", h.Size, r)
		case tar.TypeSymlink:
			e.mode = "120000"
			e.name, err = objectName(length, "blob", int64(len(h.Linkname)), strings.NewReader(h.Linkname))
		case tar.TypeDir:
			if links[path] == "" {
				continue
			}
			e = gitEntry{"160000", links[path]}
		default:
			err = fmt.Errorf("%s is neither a file nor a link", h.Name)
		}
		if err != nil {
			return "", err
		}
		root.add(strings.Split(path, "/"), e)
	}
}

func (t *gitTree) add(path []string, e gitEntry) {
	if len(path) == 1 {
		t.entries[path[0]] = e
		return
	}
	if t.dirs[path[0]] == nil {
		t.dirs[path[0]] = newGitTree(t.length)
	}
	t.dirs[path[0]].add(path[1:], e)
}

func (t *gitTree) name() (string, error) {
	type line struct{ key, text string }
	var lines []line
	add := func(key, name string, e gitEntry) error {
		raw, err := hex.DecodeString(e.name)
		lines = append(lines, line{key, e.mode + " " + name + "\x00" + string(raw)})
		return err
	}
	for name, e := range t.entries {
		if err := add(name, name, e); err != nil {
			return "", err
		}
	}
	for name, dir := range t.dirs {
		object, err := dir.name()
		if err == nil {
			err = add(name+"/", name, gitEntry{"40000", object}) // git sorts directories as if their names ended so
		}
		if err != nil {
			return "", err
		}
	}
	slices.SortFunc(lines, func(a, b line) int { return strings.Compare(a.key, b.key) })
	var text strings.Builder
	for _, l := range lines {
		text.WriteString(l.text)
	}
	return objectName(t.length, "tree", int64(text.Len()), strings.NewReader(text.String()))
}
