package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/berth-hpc/berth/install/db"
)

// external is the file by which an external that is in use describes itself, as it has no prefix of ours.
type external struct {
	state
	Fingerprint string          `json:"fingerprint,omitempty"` // how it looked when it was first used
	Spec        json.RawMessage `json:"spec"`
}

// Reindex rebuilds the index from what the prefixes say of themselves. Nothing else is needed: no recipe, no old index.
// Prefixes that cannot be read are told to Warn and left alone.
func (s *Store) Reindex(ctx context.Context) error {
	if err := s.Prepare(); err != nil {
		return err
	}
	unlock, err := s.lockIndex(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	found := s.scan()
	return db.Rebuild(s.indexPath(), func(tx *db.Tx) error { return putAll(tx, found) })
}

// begin makes the index where there is none: empty in a new root, rebuilt where it was lost.
func (s *Store) begin() error {
	ctx := context.Background()
	unlock, err := s.lockIndex(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	_, err = os.Lstat(s.indexPath())
	if err == nil { // another command was faster
		return nil
	}
	return s.rebuild(ctx, &db.MissingError{Path: s.indexPath()})
}

// rebuild is Reindex for whoever holds the index's lock and found it lost because of cause.
func (s *Store) rebuild(ctx context.Context, cause error) error {
	found := s.scan()
	if len(found) > 0 {
		s.warn("%v; it was rebuilt from the %d packages themselves", cause, len(found))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return db.Rebuild(s.indexPath(), func(tx *db.Tx) error { return putAll(tx, found) })
}

func putAll(tx *db.Tx, records []Record) error {
	for _, r := range records {
		nodes, err := describeNodes(r.Node)
		if err != nil {
			return err
		}
		if err := tx.Put(r.entry(), nodes); err != nil {
			return err
		}
	}
	return nil
}

// scan reads the description of every prefix and external, several at once; sorted by path.
func (s *Store) scan() []Record {
	var mu sync.Mutex
	var found []Record
	var g errgroup.Group
	g.SetLimit(4 * runtime.GOMAXPROCS(0)) // they wait for a disk or a server
	read := func(path string, how func(string) (Record, error)) {
		g.Go(func() error {
			r, err := how(path)
			if err != nil {
				if !errors.Is(err, fs.ErrNotExist) {
					s.warn("%v; it is left out of the index", err)
				}
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			found = append(found, r)
			return nil
		})
	}
	for _, path := range s.list(s.Dir()) {
		if Complete(path) {
			read(path, s.readPrefix)
		}
	}
	for _, path := range s.list(s.externalsDir()) {
		if strings.HasSuffix(path, ".json") {
			read(path, s.readExternal)
		}
	}
	g.Wait()
	sort.Slice(found, func(i, j int) bool {
		return found[i].Prefix+found[i].Node.Hash() < found[j].Prefix+found[j].Node.Hash()
	})
	return found
}

// list gives the paths in a directory whose names do not begin with a dot.
func (s *Store) list(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			s.warn("%v; what is there is left out of the index", fail("read", dir, err))
		}
		return nil
	}
	var paths []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths
}

// readPrefix reads what an installed prefix says of itself.
func (s *Store) readPrefix(prefix string) (Record, error) {
	path := filepath.Join(prefix, markerFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return Record{}, fail("read", path, err)
	}
	n, err := decode(data)
	if err != nil {
		return Record{}, &DescriptionError{prefix, err}
	}
	if want := BaseName(n); filepath.Base(prefix) != want {
		return Record{}, &DescriptionError{prefix, fmt.Errorf("it describes %s, which cannot stand here", want)}
	}
	st, err := readState(prefix)
	if err != nil {
		// The node is what counts; a person can say again what is explicit.
		s.warn("%v; the package counts as not asked for", err)
		st = state{}
		if info, err := os.Lstat(path); err == nil {
			st.InstalledAt = info.ModTime().UTC().Truncate(time.Second)
		}
	}
	return st.record(n, prefix), nil
}

// DescriptionError says that what an installed package says of itself was changed, by whoever or whatever: berth itself puts it there whole, and never
// touches it again.
type DescriptionError struct {
	Prefix string
	Err    error
}

func (e *DescriptionError) Error() string {
	return fmt.Sprintf("read %s: %v", filepath.Join(e.Prefix, markerFile), e.Err)
}

func (e *DescriptionError) Unwrap() error { return e.Err }

// Hint says how to go on.
func (e *DescriptionError) Hint() string {
	return fmt.Sprintf("take that file back from a backup, or remove %s: the next `berth install` then builds it anew", e.Prefix)
}

func readExternalFile(path string) (external, error) {
	var e external
	data, err := os.ReadFile(path)
	if err != nil {
		return e, fail("read", path, err)
	}
	return e, fail("read", path, json.Unmarshal(data, &e))
}

func (s *Store) readExternal(path string) (Record, error) {
	e, err := readExternalFile(path)
	if err != nil {
		return Record{}, err
	}
	n, err := decode(e.Spec)
	if err != nil {
		return Record{}, fail("read", path, err)
	}
	return e.state.record(n, s.Prefix(n)), nil
}

func readState(prefix string) (state, error) {
	var st state
	path := filepath.Join(prefix, stateFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return st, fail("read", path, err)
	}
	return st, fail("read", path, json.Unmarshal(data, &st))
}
