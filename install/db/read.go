package db

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"
)

// Snapshot is one published state of the index. It stays what it is while writers publish others. It is safe for concurrent use.
type Snapshot struct {
	db   *sql.DB
	path string
}

// Open opens the index as it is now. The error is a *MissingError, *CorruptError or *VersionError where one fits.
func Open(path string) (*Snapshot, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, &MissingError{Path: path}
	} else if err != nil {
		return nil, fmt.Errorf("open index %s: %w", path, err)
	}
	db, err := sql.Open("sqlite3", immutableURI(path))
	if err != nil {
		return nil, fmt.Errorf("open index %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	if err := checkVersion(db, path); err != nil {
		db.Close()
		return nil, readError(path, err)
	}
	return &Snapshot{db: db, path: path}, nil
}

// InMemory gives a snapshot of an index that is nowhere but in memory, filled by fn.
func InMemory(fn func(*Tx) error) (*Snapshot, error) {
	const path = "in memory"
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		return nil, fmt.Errorf("open index %s: %w", path, err)
	}
	db.SetMaxOpenConns(1) // each connection would have its own database
	db.SetConnMaxIdleTime(0)
	err = createSchema(db)
	if err == nil {
		err = inTransaction(db, path, fn)
	}
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("open index %s: %w", path, err)
	}
	return &Snapshot{db: db, path: path}, nil
}

// immutableURI names the file so that SQLite neither locks it nor looks for a journal beside it.
func immutableURI(path string) string {
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: "mode=ro&immutable=1"}).String()
}

// Close releases the snapshot.
func (s *Snapshot) Close() error { return s.db.Close() }

const entryColumns = `hash, name, version, prefix, external, explicit, installed_at, bytes, files`

// Get returns the entry with that whole hash; the error wraps ErrNotFound if there is none.
func (s *Snapshot) Get(hash string) (Entry, error) {
	e, err := scanEntry(s.db.QueryRow(`SELECT `+entryColumns+` FROM entries WHERE hash = ?`, hash))
	if errors.Is(err, sql.ErrNoRows) {
		return Entry{}, fmt.Errorf("find /%.7s: %w", hash, ErrNotFound)
	}
	return e, readError(s.path, err)
}

// Query returns the entries that f chooses, sorted by name, version (as text) and hash.
func (s *Snapshot) Query(f Filter) ([]Entry, error) {
	where, args := f.where()
	return s.entries(`SELECT `+entryColumns+` FROM entries`+where+` ORDER BY name, version, hash`, args...)
}

// Dependents returns the entries that have an edge of one of these types (spec.DepTypes) to the node.
func (s *Snapshot) Dependents(hash string, types uint8) ([]Entry, error) {
	return s.entries(`SELECT `+entryColumns+` FROM entries WHERE hash IN
		(SELECT parent FROM edges WHERE child = ? AND types & ? != 0) ORDER BY name, version, hash`, hash, types)
}

// Nodes returns the nodes with these hashes and all below them, in no particular order.
func (s *Snapshot) Nodes(hashes ...string) ([]Node, error) {
	nodes := map[string]*Node{}
	for _, h := range hashes {
		if err := s.collect(h, nodes); err != nil {
			return nil, err
		}
	}
	out := make([]Node, 0, len(nodes))
	for _, n := range nodes {
		out = append(out, *n)
	}
	return out, nil
}

func (s *Snapshot) collect(hash string, into map[string]*Node) error {
	if into[hash] != nil {
		return nil
	}
	n := &Node{Hash: hash}
	err := s.db.QueryRow(`SELECT doc FROM nodes WHERE hash = ?`, hash).Scan(&n.Doc)
	if errors.Is(err, sql.ErrNoRows) {
		return &CorruptError{Path: s.path, Err: fmt.Errorf("the description of /%.7s is missing", hash)}
	}
	if err != nil {
		return readError(s.path, err)
	}
	into[hash] = n
	if n.Deps, err = s.deps(hash); err != nil {
		return err
	}
	for _, d := range n.Deps {
		if err := s.collect(d.Hash, into); err != nil {
			return err
		}
	}
	return nil
}

func (s *Snapshot) deps(hash string) (deps []Dep, err error) {
	rows, err := s.db.Query(`SELECT child, types FROM edges WHERE parent = ? ORDER BY child`, hash)
	if err != nil {
		return nil, readError(s.path, err)
	}
	defer rows.Close()
	for rows.Next() {
		var d Dep
		if err := rows.Scan(&d.Hash, &d.Types); err != nil {
			return nil, readError(s.path, err)
		}
		deps = append(deps, d)
	}
	return deps, readError(s.path, rows.Err())
}

func (s *Snapshot) entries(query string, args ...any) (entries []Entry, err error) {
	rows, err := s.db.Query(query, args...)
	if err != nil {
		return nil, readError(s.path, err)
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return nil, readError(s.path, err)
		}
		entries = append(entries, e)
	}
	return entries, readError(s.path, rows.Err())
}

func scanEntry(row interface{ Scan(...any) error }) (Entry, error) {
	var e Entry
	var at int64
	err := row.Scan(&e.Hash, &e.Name, &e.Version, &e.Prefix, &e.External, &e.Explicit, &at, &e.Bytes, &e.Files)
	e.InstalledAt = time.Unix(at, 0).UTC()
	var se sqlite3.Error
	if err != nil && !errors.Is(err, sql.ErrNoRows) && !errors.As(err, &se) { // a text where a number should be
		err = &CorruptError{Err: err}
	}
	return e, err
}

func (f Filter) where() (string, []any) {
	var conds []string
	var args []any
	add := func(cond string, arg any) { conds, args = append(conds, cond), append(args, arg) }
	if f.Name != "" {
		add("name = ?", f.Name)
	}
	if f.HashPrefix != "" {
		add("substr(hash, 1, ?) = ", len(f.HashPrefix))
		conds[len(conds)-1] += "?"
		args = append(args, f.HashPrefix)
	}
	if f.Explicit != nil {
		add("explicit = ?", *f.Explicit)
	}
	if f.External != nil {
		add("external = ?", *f.External)
	}
	if len(conds) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(conds, " AND "), args
}

// readError turns SQLite's ways of saying "this is no sound database" into a CorruptError.
func readError(path string, err error) error {
	var corrupt *CorruptError
	var version *VersionError
	var se sqlite3.Error
	switch {
	case err == nil, errors.As(err, &version):
		return err
	case errors.As(err, &corrupt):
		if corrupt.Path == "" {
			return &CorruptError{Path: path, Err: corrupt.Err}
		}
		return corrupt
	case errors.As(err, &se) && (se.Code == sqlite3.ErrCorrupt || se.Code == sqlite3.ErrNotADB || se.Code == sqlite3.ErrError):
		return &CorruptError{Path: path, Err: err}
	}
	return fmt.Errorf("read index %s: %w", path, err)
}
