package index

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/berth-hpc/berth/packages"
)

// update makes the index or brings it up to date, unless another process has just done so. Everything is compared, or else only what turned
// out to have changed is read again.
func (r *Repo) update(ctx context.Context, everything bool) error {
	if r.o.Lock != nil {
		unlock, err := r.o.Lock(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = unlock() }()
		if s := r.openUpdated(everything); s != nil {
			r.state.Store(s)
			return nil
		}
	}
	began := time.Now()
	r.forgetSource()
	source, err := r.source()
	if err != nil {
		return err
	}
	m := &maker{Options: r.o, tree: r.tree, source: source, began: began, specs: &r.specs}
	if r.tree != nil && !everything {
		m.changed = &r.changed
	}
	snap, err := r.publishFrom(ctx, m)
	if errors.Is(err, errDamaged) { // an entry that was to be taken over
		m.File, m.Seeds, m.base, m.opened = "", nil, nil, nil
		snap, err = r.publishFrom(ctx, m)
	}
	if err != nil {
		return err
	}
	s, err := r.newState(snap)
	if err != nil {
		return fmt.Errorf("make index: %w", err)
	}
	for i := range s.files {
		s.same[i].Store(m.looked(s.files[i].path)) // just now
	}
	r.changed.Clear()
	r.state.Store(s)
	return nil
}

// publishFrom makes the index and publishes it.
func (r *Repo) publishFrom(ctx context.Context, m *maker) (*snapshot, error) {
	defer m.close()
	c, err := m.make(ctx)
	if err != nil {
		return nil, err
	}
	snap, err := r.publish(c)
	if err != nil {
		return nil, fmt.Errorf("make index: %w", err)
	}
	return snap, nil
}

// publish writes the index and opens it. Where it cannot be written, or somebody else was faster with another, it is used from memory, and
// the next command may evaluate once more.
func (r *Repo) publish(c *contents) (*snapshot, error) {
	if c.write(r.o.File) == nil {
		snap, err := openFile(r.o.File)
		if err == nil && snap.Key == r.o.Key && snap.Identity == c.meta.Identity {
			return snap, nil
		}
		if err == nil {
			_ = snap.close()
		}
	}
	if err := c.detach(); err != nil {
		return nil, err
	}
	pieces, err := c.layOut()
	if err != nil {
		return nil, err
	}
	data := slices.Concat(pieces...)
	return openSnapshot(memory(data), int64(len(data)))
}

// openUpdated is openCurrent, where the file is another one than that which turned out to be outdated.
func (r *Repo) openUpdated(everything bool) *state {
	now, err := os.Stat(r.o.File)
	if err != nil || r.outdated != nil && sameIndex(now, r.outdated) {
		return nil
	}
	return r.openCurrent(everything)
}

// refresh is update after a file of was turned out to have changed.
func (r *Repo) refresh(ctx context.Context, was *state) error {
	r.updating.Lock()
	defer r.updating.Unlock()
	if r.state.Load() != was {
		return nil // by somebody else, meanwhile
	}
	r.outdated = was.info
	r.refreshes++
	// Who changes one recipe has the answer at once. Where there are more, all are looked for, so that it does not happen for each.
	if err := r.update(ctx, r.o.Everything || r.refreshes > 1); err != nil {
		return err
	}
	r.refreshed.Store(true)
	return nil
}

// maker makes the contents of an index.
type maker struct {
	Options
	tree   *tree
	source Source
	specs  *specCache
	began  time.Time
	// changed are the files that are known to be others than in the index as it is; nil: any may be.
	changed *sync.Map

	opened []*snapshot // the indexes that recipes are taken over from
	base   *snapshot   // the one of them that the new index goes on from; nil: none

	mu    sync.Mutex
	files map[string]*made

	done atomic.Int64
	all  atomic.Int64
}

// made is a file as it is now; once each.
type made struct {
	once    sync.Once
	assumed bool // to be what it was; nobody looked
	file    file
	err     error
}

// one is what became of one package.
type one struct {
	none     bool // it is no package, and nothing but a change of what it depends on makes it one
	entry    stored
	provides []string // virtuals
	depends  []string // paths; or, where it was taken over:
	from     *earlier
	numbers  []int32 // of files of from
}

// close closes what recipes were taken over from.
func (m *maker) close() {
	for _, s := range m.opened {
		_ = s.close()
	}
}

func (m *maker) make(ctx context.Context) (*contents, error) {
	names := m.source.Candidates()
	m.files = make(map[string]*made, len(names)+len(names)/4)
	results := make([]one, len(names))
	missing := make([]int, len(names))
	for i := range missing {
		missing[i] = i
	}
	for _, path := range append([]string{m.File}, m.Seeds...) {
		if len(missing) < len(names) && len(missing) <= fewRecipes {
			break
		}
		if e := m.openEarlier(path); e != nil {
			missing = slices.DeleteFunc(missing, func(i int) bool { return m.takeOver(&results[i], names[i], e) })
		}
	}
	m.all.Store(int64(len(missing)))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, i := range missing {
		g.Go(func() error { return m.evaluate(ctx, &results[i], names[i]) })
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return m.gather(names, results)
}

// fewRecipes are evaluated sooner than the index of another commit is read and compared.
const fewRecipes = 20

// file is a file as it is now. old is how it was at another time, or nil: what looks the same is not read.
func (m *maker) file(path string, old *file) (file, error) {
	m.mu.Lock()
	x := m.files[path]
	if x == nil {
		x = &made{}
		m.files[path] = x
	}
	m.mu.Unlock()
	x.once.Do(func() {
		x.file.path = path
		if m.tree != nil {
			x.file.stamp = m.tree.stamp(path)
			if old != nil && old.stamp == x.file.stamp && old.stamp != (stamp{}) {
				x.file.hash = old.hash
				return
			}
			x.file.stamp = x.file.stamp.settled(m.began)
		}
		x.file.hash, x.err = hashOf(m.source, path)
	})
	return x.file, x.err
}

func (m *maker) evaluate(ctx context.Context, to *one, name string) error {
	recipe, files, failed := m.source.Evaluate(ctx, name)
	if err := ctx.Err(); err != nil {
		return err
	}
	if errors.Is(failed, packages.ErrUnknownPackage) {
		*to = one{none: true, depends: files}
		return nil
	}
	if failed == nil && recipe.Name != name {
		failed = fmt.Errorf("%s: the recipe of %s calls itself %s", recipe.Place, name, recipe.Name)
	}
	entry, err := encodeEntry(recipe, failed)
	if err == nil && failed == nil {
		_, err = decodeEntry(entry, m.specs) // what cannot be read back must not be found out by whoever asks next
	}
	if err != nil {
		failed = fmt.Errorf("keep the recipe of %s: %w", name, err)
		if entry, err = encodeError(failed); err != nil {
			return err
		}
	}
	for _, path := range files {
		if _, err := m.file(path, nil); err != nil {
			return fmt.Errorf("make index: %w", err)
		}
	}
	*to = one{entry: stored{bytes: entry}, depends: files}
	if failed == nil {
		to.provides = virtualsOf(recipe)
	}
	if m.Progress != nil {
		m.Progress(int(m.done.Add(1)), int(m.all.Load()))
	}
	return nil
}

// gather puts everything into the order of the file.
func (m *maker) gather(names []string, results []one) (*contents, error) {
	c := &contents{
		meta:     meta{Key: m.Key, Identity: m.Identity, Namespace: m.source.Namespace()},
		virtuals: map[string][]string{}, base: m.base,
	}
	c.watch(m, m.source.Watch())
	for i := range results {
		if results[i].none {
			c.watch(m, results[i].depends)
		}
	}
	numbers := make(map[string]int, len(m.files))
	c.files = slices.Grow(c.files, len(m.files))
	for i := range results {
		if results[i].none {
			continue
		}
		for _, v := range results[i].provides {
			c.virtuals[v] = append(c.virtuals[v], names[i])
		}
		depends, err := m.numbers(c, numbers, &results[i])
		if err != nil {
			return nil, err
		}
		c.names, c.entries, c.depends = append(c.names, names[i]), append(c.entries, results[i].entry), append(c.depends, depends)
	}
	if c.meta.Identity == "" {
		c.meta.Identity = identity(c)
	}
	return c, nil
}

// watch adds files on which the list of packages depends.
func (c *contents) watch(m *maker, paths []string) {
	for _, path := range paths {
		f := file{path: path, watched: true}
		if m.tree != nil {
			f.stamp = m.tree.stamp(path).settled(m.began)
		}
		c.files = append(c.files, f)
	}
}

// numbers are those of the files that a package depends on, new files getting the next.
func (m *maker) numbers(c *contents, known map[string]int, result *one) ([]int, error) {
	number := func(path string) (int, error) {
		n, ok := known[path]
		if !ok {
			f, err := m.file(path, nil)
			if err != nil {
				return 0, fmt.Errorf("make index: %w", err)
			}
			n = len(c.files)
			known[path] = n
			c.files = append(c.files, f)
		}
		return n, nil
	}
	list := make([]int, 0, len(result.depends)+len(result.numbers))
	for _, path := range result.depends {
		n, err := number(path)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	for _, f := range result.numbers {
		now := &result.from.now[f]
		if *now == 0 {
			n, err := number(result.from.files[f].path)
			if err != nil {
				return nil, err
			}
			*now = n + 1
		}
		list = append(list, *now-1)
	}
	return list, nil
}

// identity is the digest of a directory's content: of the packages' names and of all files that they depend on.
func identity(c *contents) string {
	sorted := make([]*file, 0, len(c.files))
	for i := range c.files {
		if !c.files[i].watched {
			sorted = append(sorted, &c.files[i])
		}
	}
	slices.SortFunc(sorted, func(a, b *file) int { return strings.Compare(a.path, b.path) })
	h := sha256.New()
	line := make([]byte, 0, 200)
	for _, name := range c.names {
		line = append(append(line[:0], name...), '\n')
		h.Write(line)
	}
	for _, f := range sorted {
		line = append(append(line[:0], f.path...), ' ')
		line = append(hex.AppendEncode(line, f.hash[:]), '\n')
		h.Write(line)
	}
	return "dir:sha256:" + hex.EncodeToString(h.Sum(nil))
}
