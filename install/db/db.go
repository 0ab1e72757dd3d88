// Package db is the index of what stands in the store: which prefixes there are, what each is, which needs which. It holds
// nothing that the prefixes do not say themselves, so that losing it costs one scan (see package store), and it is the only
// package that knows SQLite.
//
// Locks and WAL of SQLite cannot be trusted on the network file systems that home directories live on. So a writer, who
// holds the store's lock, works on a copy in memory and publishes it by rename; a reader opens the published file as
// immutable, takes no lock, and sees one whole state however long it looks.
//
// Read db.go (what an entry is, errors), read.go (snapshots), write.go (updates), schema.go.
package db

import (
	"errors"
	"fmt"
	"time"
)

// Entry is one installed package, or one external that was registered.
type Entry struct {
	Hash        string // 32 characters
	Name        string // "hdf5"
	Version     string // "1.14.5"
	Prefix      string // where it stands, absolute; of an external, its own prefix ("/usr")
	External    bool
	Explicit    bool      // a person asked for it, as against: something needed it
	InstalledAt time.Time // to the second, UTC
	Bytes       int64     // of the regular files in the prefix; 0 for externals
	Files       int64     // inodes in the prefix; 0 for externals
}

// Node is one concrete spec as the index keeps it. Nodes are kept for everything that an entry's DAG holds, installed or
// not (build dependencies may be gone).
type Node struct {
	Hash string
	Doc  []byte // the node's description, which this package does not look into
	Deps []Dep
}

// Dep is an edge to another node.
type Dep struct {
	Hash  string
	Types uint8 // spec.DepTypes
}

// Filter chooses entries; the zero value chooses all.
type Filter struct {
	Name       string // exactly this package
	HashPrefix string // the first characters of the hash
	Explicit   *bool
	External   *bool
}

// ErrNotFound says that the index has no such entry.
var ErrNotFound = errors.New("not installed")

// MissingError says that there is no index at Path: nothing was installed yet, or it was lost.
type MissingError struct{ Path string }

func (e *MissingError) Error() string {
	return fmt.Sprintf("open index %s: it does not exist; `berth reindex` rebuilds it from the installed packages", e.Path)
}

// CorruptError says that the file at Path is no index that can be read. Nothing is lost by it: the index is rebuilt from the prefixes.
type CorruptError struct {
	Path string
	Err  error
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("read index %s: it is damaged (%v); `berth reindex` rebuilds it from the installed packages", e.Path, e.Err)
}

func (e *CorruptError) Unwrap() error { return e.Err }

// VersionError says that the index was written by a later berth, which this one must not touch.
type VersionError struct {
	Path         string
	Found, Known int
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("read index %s: its schema is version %d, this berth knows up to %d; use the newer berth that wrote it",
		e.Path, e.Found, e.Known)
}
