package index

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Files tells the digests of a repository's files.
type Files interface {
	// Hash is a digest of the file's content: of any kind, but always the same, of at most 32 bytes. The error wraps fs.ErrNotExist where
	// there is no such file, which is as good as content: the file may come to be.
	Hash(path string) ([]byte, error)
}

// file is one that recipes depend on, or, watched, one that the list of packages depends on.
type file struct {
	path    string // relative to the repository: "packages/zlib/package.py"
	hash    digest
	stamp   stamp
	watched bool
}

// digest is of a file's content; zero: it does not exist.
type digest [32]byte

// stamp is how a file of a directory looks from outside. Equal stamps are equal content; the zero stamp is equal to none.
type stamp struct {
	Size, Modified, Changed int64 // bytes; nanoseconds since 1970
	Inode                   uint64
}

// absent is the stamp of a file that does not exist.
var absent = stamp{Size: -1}

var (
	stampSize = binary.Size(stamp{})
	fileSize  = 32 + stampSize + 1 // of a file without its path
)

// tree is a directory whose files may change. The zero tree (of a commit) changes never.
type tree struct{ dir int } // a descriptor

func openTree(dir string) (*tree, error) {
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	return &tree{fd}, nil
}

func (t *tree) close() error { return unix.Close(t.dir) }

// stamp looks at a file. Links count by what they lead to.
func (t *tree) stamp(path string) stamp {
	var st unix.Stat_t
	for {
		err := unix.Fstatat(t.dir, path, &st, 0)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
			return absent
		}
		if err != nil {
			return stamp{} // whoever reads it is told why it cannot be
		}
		return stamp{st.Size, st.Mtim.Nano(), st.Ctim.Nano(), st.Ino}
	}
}

// settled is the stamp of a file that was read at a time, or the zero stamp where the file may have changed in the same moment: the
// clocks of file systems are coarse.
func (s stamp) settled(read time.Time) stamp {
	coarse := 100 * time.Millisecond
	if s.Modified%int64(time.Second) == 0 && s.Changed%int64(time.Second) == 0 {
		coarse = 3 * time.Second // it counts in seconds, some in two
	}
	if s != absent && max(s.Modified, s.Changed) > read.Add(-coarse).UnixNano() {
		return stamp{}
	}
	return s
}

// encodeFiles is the section of files: their number, for each the digest, the stamp, whether it is watched, and then the paths, each
// ended by a zero byte.
func encodeFiles(files []file) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(make([]byte, 0, len(files)*(fileSize+40)), uint32(len(files)))
	for _, f := range files {
		b = append(b, f.hash[:]...)
		b = le.AppendUint64(b, uint64(f.stamp.Size))
		b = le.AppendUint64(b, uint64(f.stamp.Modified))
		b = le.AppendUint64(b, uint64(f.stamp.Changed))
		b = le.AppendUint64(b, f.stamp.Inode)
		watched := byte(0)
		if f.watched {
			watched = 1
		}
		b = append(b, watched)
	}
	for _, f := range files {
		b = append(append(b, f.path...), 0)
	}
	return b
}

func decodeFiles(b []byte) ([]file, error) {
	le := binary.LittleEndian
	if len(b) < 4 {
		return nil, errDamaged
	}
	n := int(le.Uint32(b))
	b = b[4:]
	if n*(fileSize+1) > len(b) {
		return nil, errDamaged
	}
	paths := string(b[n*fileSize:])
	files := make([]file, n)
	for i := range files {
		row := b[i*fileSize:]
		f := &files[i]
		copy(f.hash[:], row)
		row = row[32:]
		f.stamp = stamp{int64(le.Uint64(row)), int64(le.Uint64(row[8:])), int64(le.Uint64(row[16:])), le.Uint64(row[24:])}
		f.watched = row[32] == 1
		end := indexZero(paths)
		if end < 0 {
			return nil, errDamaged
		}
		f.path, paths = paths[:end], paths[end+1:]
	}
	return files, nil
}

func indexZero(s string) int {
	for i := range len(s) {
		if s[i] == 0 {
			return i
		}
	}
	return -1
}

// encodeDepends is the section of what each recipe depends on: how many files, then their numbers.
func encodeDepends(depends [][]int) []byte {
	var b []byte
	for _, files := range depends {
		b = binary.AppendUvarint(b, uint64(len(files)))
		for _, f := range files {
			b = binary.AppendUvarint(b, uint64(f))
		}
	}
	return b
}

func decodeDepends(b []byte, recipes, files int) ([][]int32, error) {
	next := func() (int, bool) {
		v, n := binary.Uvarint(b)
		if n <= 0 || v > 1<<30 {
			return 0, false
		}
		b = b[n:]
		return int(v), true
	}
	depends := make([][]int32, recipes)
	var all []int32
	for i := range depends {
		n, ok := next()
		if !ok || n > len(b) {
			return nil, errDamaged
		}
		begin := len(all)
		for range n {
			f, ok := next()
			if !ok || f >= files {
				return nil, errDamaged
			}
			all = append(all, int32(f))
		}
		depends[i] = all[begin:len(all):len(all)]
	}
	return depends, nil
}
