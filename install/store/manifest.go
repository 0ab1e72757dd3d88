package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/spec/dag"
)

// File is one file, directory or link of an installed package: one line of a manifest.
type File struct {
	Path   string `json:"path"`             // below the prefix: "lib/libz.so.1.3.1"
	Mode   uint32 `json:"mode"`             // permission bits: 0755
	Size   int64  `json:"size,omitempty"`   // of a regular file, in bytes
	SHA256 string `json:"sha256,omitempty"` // of a regular file's content
	Link   string `json:"link,omitempty"`   // of a symbolic link
	Dir    bool   `json:"dir,omitempty"`
}

// line is a File as it is written. JSON has no text that is no UTF-8, file systems have.
type line struct {
	File
	RawPath []byte `json:"raw_path,omitempty"`
	RawLink []byte `json:"raw_link,omitempty"`
}

func newLine(f File) line {
	l := line{File: f}
	if !utf8.ValidString(f.Path) {
		l.RawPath, l.Path = []byte(f.Path), ""
	}
	if !utf8.ValidString(f.Link) {
		l.RawLink, l.Link = []byte(f.Link), ""
	}
	return l
}

func (l line) file() File {
	if l.RawPath != nil {
		l.Path = string(l.RawPath)
	}
	if l.RawLink != nil {
		l.Link = string(l.RawLink)
	}
	return l.File
}

// manifest is all files of a prefix, in the order of the walk, but for those that change or that are written later.
type manifest []File

// volatile are the files of the description that no manifest lists.
var volatile = map[string]bool{markerFile: true, stateFile: true, manifestFile: true}

// buildManifest reads the whole tree, several files at once.
func buildManifest(ctx context.Context, prefix string) (manifest, error) {
	var m manifest
	err := filepath.WalkDir(prefix, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(prefix, path)
		if err != nil {
			return fail("read", path, err)
		}
		if rel == "." || volatile[rel] || filepath.Dir(rel) == metaDir && durable.IsTemp(d.Name()) {
			return nil
		}
		f, err := describeFile(path, rel, d)
		m = append(m, f)
		return err
	})
	if err != nil {
		return nil, err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range m {
		f := &m[i]
		if f.Dir || f.Link != "" {
			continue
		}
		g.Go(func() (err error) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			f.SHA256, err = digest(filepath.Join(prefix, f.Path))
			return err
		})
	}
	return m, g.Wait()
}

func describeFile(path, rel string, d fs.DirEntry) (File, error) {
	info, err := d.Info()
	if err != nil {
		return File{}, fail("read", path, err)
	}
	f := File{Path: rel, Mode: uint32(info.Mode().Perm())}
	switch {
	case info.IsDir():
		f.Dir = true
	case info.Mode()&fs.ModeSymlink != 0:
		if f.Link, err = os.Readlink(path); err != nil {
			return File{}, fail("read", path, err)
		}
		f.Mode = 0 // has no meaning and differs between file systems
	case info.Mode().IsRegular():
		f.Size = info.Size()
	default:
		return File{}, fmt.Errorf("describe %s: it is neither a file, a directory nor a link; a package may not install one", path)
	}
	return f, nil
}

func digest(path string) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", fail("read", path, err)
	}
	defer in.Close()
	h := sha256.New()
	if _, err := io.Copy(h, in); err != nil {
		return "", fail("read", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// total is the bytes of the regular files and the number of inodes, the prefix and its description included.
func (m manifest) total() (bytes, inodes int64) {
	for _, f := range m {
		bytes += f.Size
	}
	return bytes, int64(len(m) + len(volatile) + 1)
}

func (m manifest) write(path string) (err error) {
	out, err := os.Create(path)
	if err != nil {
		return fail("write", path, err)
	}
	defer func() {
		if e := out.Close(); err == nil {
			err = fail("write", path, e)
		}
	}()
	z := gzip.NewWriter(out)
	enc := json.NewEncoder(z)
	enc.SetEscapeHTML(false)
	for _, f := range m {
		if err := enc.Encode(newLine(f)); err != nil {
			return fail("write", path, err)
		}
	}
	return fail("write", path, z.Close())
}

func readManifest(path string) (manifest, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, fail("read", path, err)
	}
	defer in.Close()
	z, err := gzip.NewReader(bufio.NewReader(in))
	if err != nil {
		return nil, fail("read", path, err)
	}
	var m manifest
	for dec := json.NewDecoder(z); ; {
		var l line
		err := dec.Decode(&l)
		if err == io.EOF {
			return m, nil
		}
		if err != nil {
			return nil, fail("read", path, err)
		}
		m = append(m, l.file())
	}
}

// Files lists what the package n installed, directories before what is in them, without its description. It must be an installed package
// of this store or of an upstream, not an external. Nothing but its description is read, unless it is Spack's.
func (s *Store) Files(n *dag.Node) ([]File, error) {
	prefix := s.Prefix(n)
	if _, foreign := s.FromUpstream(n); foreign {
		if _, err := os.Lstat(filepath.Join(prefix, manifestFile)); errors.Is(err, fs.ErrNotExist) {
			return filesOfTree(prefix)
		}
	}
	all, err := readManifest(filepath.Join(prefix, manifestFile))
	if err != nil {
		return nil, fmt.Errorf("list the files of %s: %w", n, err)
	}
	return slices.DeleteFunc([]File(all), func(f File) bool {
		return f.Path == metaDir || strings.HasPrefix(f.Path, metaDir+"/")
	}), nil
}
