package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/berth-hpc/berth/install/db"
	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// The files in a prefix by which it describes itself, below the prefix.
const (
	metaDir      = ".berth"
	markerFile   = ".berth/spec.json"    // the node and its whole DAG; there if and only if the prefix is installed
	stateFile    = ".berth/state.json"   // what is not hashed: when, why, how large
	recipeFile   = ".berth/recipe"       // the recipe as it was written
	patchDir     = ".berth/patches"      // what was applied, by sha256
	logFile      = ".berth/build.log.gz" // everything the build printed
	envFile      = ".berth/environment"  // the build's environment
	manifestFile = ".berth/manifest.gz"  // every file with its mode, size and digest
)

// Facts is what a prefix keeps of its build, beside the node.
type Facts struct {
	Recipe      *packages.Recipe // nil if there is none
	Patches     []packages.Patch // as applied, with their contents
	LogPath     string           // the build log, to be kept compressed; "" for none
	Environment []string         // of the build, "NAME=value"
	Explicit    bool
	Seconds     float64 // that the build took, wall clock
	// Beside says that the files lie beside an installed package (see Store.Beside), whose place they take.
	Beside bool
}

// state is stateFile.
type state struct {
	Explicit    bool      `json:"explicit"`
	InstalledAt time.Time `json:"installed_at"`
	Bytes       int64     `json:"bytes"`
	Files       int64     `json:"files"`
	Seconds     float64   `json:"seconds,omitempty"`
}

// Complete reports whether prefix is an installed one.
func Complete(prefix string) bool {
	_, err := os.Lstat(filepath.Join(prefix, markerFile))
	return err == nil
}

// Clear makes room for a build: it removes what an interrupted one left. The caller holds the prefix's lock.
func (s *Store) Clear(n *dag.Node) error {
	prefix := s.ownPrefix(n)
	if n.External() != nil || Complete(prefix) {
		return fmt.Errorf("clear %s: it is in use", prefix)
	}
	return fail("remove", prefix, removeAll(prefix))
}

// Commit makes what a build put into the prefix of n an installed package: it adds the description, brings everything to disk,
// sets the marker, exchanges it with the old one that it is built beside, and enters the package into the index. The caller holds the prefix's lock. After an error the prefix is not
// installed, unless only the index could not be written: then the next command enters it.
func (s *Store) Commit(ctx context.Context, n *dag.Node, f Facts) (Record, error) {
	root := s.ownPrefix(n)
	if f.Beside {
		root = s.besidePath(n)
	}
	if err := describe(root, f); err != nil {
		return Record{}, err
	}
	if err := s.describeUnderneath(root, n); err != nil {
		return Record{}, err
	}
	files, err := buildManifest(ctx, root)
	if err != nil {
		return Record{}, err
	}
	if err := files.write(filepath.Join(root, manifestFile)); err != nil {
		return Record{}, err
	}
	st := state{Explicit: f.Explicit, InstalledAt: time.Now().UTC().Truncate(time.Second), Seconds: f.Seconds}
	st.Bytes, st.Files = files.total()
	if err := writeJSON(filepath.Join(root, stateFile), st); err != nil {
		return Record{}, err
	}
	if err := durable.SyncTree(ctx, root); err != nil {
		return Record{}, err
	}
	// The name of the prefix itself must be on disk before the marker says that it counts.
	if err := durable.SyncDir(filepath.Dir(root)); err != nil {
		return Record{}, err
	}
	// Once more, as this is what counts: is the prefix still ours?
	if ctx.Err() != nil {
		return Record{}, context.Cause(ctx)
	}
	if err := durable.WriteFile(filepath.Join(root, markerFile), dag.MarshalTree(n), 0o644); err != nil {
		return Record{}, err
	}
	if f.Beside {
		if err := s.takePlace(n); err != nil {
			return Record{}, err
		}
	}
	r := st.record(n, s.ownPrefix(n))
	return r, s.update(ctx, func(tx *db.Tx) error { return putAll(tx, []Record{r}) })
}

func (st state) record(n *dag.Node, prefix string) Record {
	return Record{Node: n, Prefix: prefix, Explicit: st.Explicit, InstalledAt: st.InstalledAt, Bytes: st.Bytes, Files: st.Files}
}

// describe writes the parts of the description that are for people, and for repairing.
func describe(prefix string, f Facts) error {
	if err := os.MkdirAll(filepath.Join(prefix, metaDir), 0o755); err != nil {
		return fail("create", filepath.Join(prefix, metaDir), err)
	}
	if f.Recipe != nil && len(f.Recipe.Text) > 0 {
		if err := writePlain(filepath.Join(prefix, recipeFile), f.Recipe.Text); err != nil {
			return err
		}
	}
	if len(f.Patches) > 0 {
		if err := os.MkdirAll(filepath.Join(prefix, patchDir), 0o755); err != nil {
			return fail("create", filepath.Join(prefix, patchDir), err)
		}
	}
	for _, p := range f.Patches {
		if err := writePlain(filepath.Join(prefix, patchDir, p.SHA256+".patch"), p.Content); err != nil {
			return err
		}
	}
	var env bytes.Buffer
	for _, e := range f.Environment {
		fmt.Fprintln(&env, e)
	}
	if err := writePlain(filepath.Join(prefix, envFile), env.Bytes()); err != nil {
		return err
	}
	if f.LogPath == "" {
		return nil
	}
	return compressTo(filepath.Join(prefix, logFile), f.LogPath)
}

// writePlain writes a file that the tree's sync makes durable.
func writePlain(path string, data []byte) error {
	return fail("write", path, os.WriteFile(path, data, 0o644))
}

func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return durable.WriteFile(path, append(data, '\n'), 0o644)
}

func compressTo(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return fail("read", from, err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return fail("write", to, err)
	}
	defer func() {
		if e := out.Close(); err == nil {
			err = fail("write", to, e)
		}
	}()
	z := gzip.NewWriter(out)
	if _, err := io.Copy(z, in); err != nil {
		return fail("write", to, err)
	}
	return fail("write", to, z.Close())
}

// removeAll is os.RemoveAll that also gets through directories that a build left without write permission, as Go's module cache is.
func removeAll(path string) error {
	err := os.RemoveAll(path)
	if err == nil || !errors.Is(err, fs.ErrPermission) {
		return err
	}
	filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			os.Chmod(p, 0o755)
		}
		return nil
	})
	return os.RemoveAll(path)
}
