package index

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/berth-hpc/berth/packages"
)

// Source is where recipes are evaluated. It is safe for concurrent use.
type Source interface {
	Files
	Namespace() string
	// Candidates lists the names that may be packages, sorted; it reads no recipe.
	Candidates() []string
	// Evaluate gives a package's recipe and the files that it depends on, also those that were looked for and are not there. Where the recipe
	// has a mistake, the files are those that the mistake depends on. The error wraps packages.ErrUnknownPackage for a candidate that is none.
	Evaluate(ctx context.Context, name string) (*packages.Recipe, []string, error)
	// Watch lists the files and directories on whose look the list of candidates depends.
	Watch() []string
}

// Options say what an index is of, and where it is.
type Options struct {
	File string // the index: "/home/u/.berth/cache/recipes/builtin-1e8cf059e35d.index"
	// Key is what recipes depend on beside their files: the evaluator, the host's facts. An index of another key is made anew.
	Key string
	// Identity pins content that cannot change: "git:<commit>". Where it is "", the files of Dir are what counts.
	Identity string
	Dir      string
	// Files are those of Dir, where they can be read without the whole repository being opened; nil: Source has them.
	Files Files
	// Everything compares all files of Dir when it is opened, not only those of recipes that are read.
	Everything bool
	// Existing uses the file as it is, without looking whether anything changed, and makes none: Open gives an error that wraps ErrNone. It is
	// for what must not take long, such as completing a command line.
	Existing bool
	// Source opens the repository itself. It is called only where something must be evaluated.
	Source func() (Source, error)
	// Seeds are indexes of other commits to take recipes over from.
	Seeds []string
	// Lock keeps others from making the same index at once; nil: nobody else does.
	Lock func(context.Context) (unlock func() error, err error)
	// Progress is told how many recipes were evaluated of how many that must be; it may be nil, and is called by many goroutines.
	Progress func(done, all int)
}

// ErrNone is that there is no index, and that Options.Existing asked to make none.
var ErrNone = errors.New("there is no index of the repository yet")

// Repo is a repository whose recipes are read from its index. It implements packages.Repo.
type Repo struct {
	o     Options
	tree  *tree // nil: the content cannot change
	specs specCache

	refreshed atomic.Bool
	refreshes int // under updating
	updating  sync.Mutex
	state     atomic.Pointer[state]

	// What turned out to have changed: the index file that is outdated by it, and the files of Dir, by path.
	outdated os.FileInfo // under updating, or while it is opened
	changed  sync.Map

	mu     sync.Mutex
	opened func() (Source, error) // the source, opened when it is first needed
}

var _ packages.Repo = (*Repo)(nil)

// state is what a Repo knows at a time; there is a new one when files turned out to have changed.
type state struct {
	*snapshot
	slots    []atomic.Pointer[answer]
	virtuals func() (map[string][]string, error)

	// Of a directory.
	files   []file
	depends [][]int32
	same    []atomic.Bool // which files are known to be what they were
}

// answer is what is given for a package's recipe.
type answer struct {
	recipe *packages.Recipe
	err    error
}

// Open opens the index, after making it or bringing it up to date where that is needed. Where it cannot be written, its content is
// used from memory.
func Open(ctx context.Context, o Options) (*Repo, error) {
	r := &Repo{o: o}
	r.forgetSource()
	if o.Existing {
		if err := r.openExisting(); err != nil {
			return nil, err
		}
		return r, nil
	}
	if o.Identity == "" {
		var err error
		if r.tree, err = openTree(o.Dir); err != nil {
			return nil, fmt.Errorf("open repository: %w", err)
		}
	}
	if s := r.openCurrent(o.Everything); s != nil {
		r.state.Store(s)
		return r, nil
	}
	if err := r.update(ctx, o.Everything); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// openExisting opens the file whatever changed since it was made. As there is no tree, nothing is compared later.
func (r *Repo) openExisting() error {
	s := r.openState()
	if s == nil || r.o.Identity != "" && s.Identity != r.o.Identity {
		return ErrNone
	}
	r.state.Store(s)
	return nil
}

// openCurrent opens the file if it is there and up to date. One that cannot be read counts as missing: it is a cache.
func (r *Repo) openCurrent(everything bool) *state {
	s := r.openState()
	if s == nil || r.o.Identity != "" && s.Identity == r.o.Identity || r.o.Identity == "" && r.unchanged(s, everything) {
		return s
	}
	r.outdated = s.info
	_ = s.close()
	return nil
}

// openState opens the file if it is ours.
func (r *Repo) openState() *state {
	snap, err := openFile(r.o.File)
	if err != nil {
		return nil
	}
	if snap.Key == r.o.Key {
		if s, err := r.newState(snap); err == nil {
			return s
		}
	}
	_ = snap.close()
	return nil
}

func (r *Repo) newState(snap *snapshot) (*state, error) {
	s := &state{snapshot: snap, slots: make([]atomic.Pointer[answer], len(snap.names))}
	s.virtuals = sync.OnceValues(snap.providers)
	if r.tree == nil {
		return s, nil
	}
	var err error
	if s.files, s.depends, err = snap.dependencies(); err != nil {
		return nil, err
	}
	s.same = make([]atomic.Bool, len(s.files))
	return s, nil
}

// dependencies reads what the recipes were read from.
func (s *snapshot) dependencies() ([]file, [][]int32, error) {
	text, err := s.section(fileSection)
	if err != nil {
		return nil, nil, err
	}
	files, err := decodeFiles(text)
	if err != nil {
		return nil, nil, err
	}
	if text, err = s.section(dependSection); err != nil {
		return nil, nil, err
	}
	depends, err := decodeDepends(text, len(s.names), len(files))
	return files, depends, err
}

// unchanged compares the files that the list of packages depends on, or all.
func (r *Repo) unchanged(s *state, everything bool) bool {
	for i := range s.files {
		if s.files[i].watched && !r.isSame(s, i) {
			return false
		}
	}
	if !everything {
		return true
	}
	var changed atomic.Bool
	var g sync.WaitGroup
	workers := 4 * runtime.GOMAXPROCS(0) // they wait for a disk or a server
	for w := range workers {
		g.Go(func() {
			for i := w; i < len(s.files) && !changed.Load(); i += workers {
				if !r.isSame(s, i) {
					changed.Store(true)
				}
			}
		})
	}
	g.Wait()
	return !changed.Load()
}

// isSame looks once whether a file is what it was when the index was made.
func (r *Repo) isSame(s *state, i int) bool {
	if s.same[i].Load() {
		return true
	}
	f := &s.files[i]
	now := r.tree.stamp(f.path)
	same := now == f.stamp && f.stamp != stamp{}
	if !same && !f.watched {
		same = r.sameContent(f)
	}
	if same {
		s.same[i].Store(true)
	} else {
		r.changed.Store(f.path, true)
	}
	return same
}

// sameContent reads a file whose look says nothing: it was touched, or it was new when the index was made.
func (r *Repo) sameContent(f *file) bool {
	files := r.o.Files
	if files == nil {
		source, err := r.source()
		if err != nil {
			return false
		}
		files = source
	}
	now, err := hashOf(files, f.path)
	return err == nil && now == f.hash
}

// source opens the repository itself, once.
func (r *Repo) source() (Source, error) {
	r.mu.Lock()
	open := r.opened
	r.mu.Unlock()
	return open()
}

// forgetSource has the repository opened anew when it is needed next: a source knows files as they were when it read them.
func (r *Repo) forgetSource() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opened = sync.OnceValues(r.o.Source)
}

func hashOf(files Files, path string) (digest, error) {
	var d digest
	h, err := files.Hash(path)
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil
	}
	copy(d[:], h)
	return d, err
}

// Close closes the index file. Recipes that were read stay.
func (r *Repo) Close() error {
	var err error
	if s := r.state.Load(); s != nil {
		err = s.close()
	}
	if r.tree != nil {
		err = errors.Join(err, r.tree.close())
	}
	return err
}

// Namespace implements packages.Repo.
func (r *Repo) Namespace() string { return r.state.Load().snapshot.Namespace }

// Identity implements packages.Repo. A directory's is the digest of all files that its recipes depend on, when the index was made.
func (r *Repo) Identity() string { return r.state.Load().snapshot.Identity }

// Names implements packages.Repo.
func (r *Repo) Names() []string { return slices.Clone(r.state.Load().names) }
