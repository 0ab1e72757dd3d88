package db

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"

	"github.com/berth-hpc/berth/install/durable"
)

// Update changes the index: fn works on a copy, which is published when fn succeeds. A missing index is begun; a damaged
// one is a *CorruptError and stays as it is. The caller holds the store's lock.
func Update(path string, fn func(*Tx) error) error {
	return edit(path, true, fn)
}

// Rebuild publishes a new index that holds what fn puts into it, whatever was there. The caller holds the store's lock.
func Rebuild(path string, fn func(*Tx) error) error {
	return edit(path, false, fn)
}

func edit(path string, keep bool, fn func(*Tx) error) error {
	if err := sweep(path); err != nil {
		return err
	}
	mem, conn, err := openMemory()
	if err != nil {
		return fmt.Errorf("update index %s: %w", path, err)
	}
	defer mem.Close()
	defer conn.Close()
	if err := fill(conn, path, keep); err != nil {
		return err
	}
	if err := inTransaction(conn, path, fn); err != nil {
		return err
	}
	image, err := serialize(conn)
	if err != nil {
		return fmt.Errorf("update index %s: %w", path, err)
	}
	return durable.WriteFile(path, image, 0o644)
}

// openMemory gives one connection to an empty database in memory. It is one connection, since each would have its own.
func openMemory() (*sql.DB, *sql.Conn, error) {
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		return nil, nil, err
	}
	conn, err := db.Conn(context.Background())
	if err != nil {
		db.Close()
		return nil, nil, err
	}
	return db, conn, nil
}

// fill brings the published index, if it is to be kept, or the empty schema into conn.
func fill(conn *sql.Conn, path string, keep bool) error {
	q := connQuerier{conn}
	if keep {
		old, err := Open(path)
		var missing *MissingError
		switch {
		case err == nil:
			defer old.Close()
			if err := copyInto(conn, old.db); err != nil {
				return readError(path, err)
			}
			return checkSound(q, path)
		case !errors.As(err, &missing):
			return err
		}
	}
	if err := createSchema(q); err != nil {
		return fmt.Errorf("update index %s: %w", path, err)
	}
	return nil
}

func copyInto(to *sql.Conn, from *sql.DB) error {
	src, err := from.Conn(context.Background())
	if err != nil {
		return err
	}
	defer src.Close()
	return to.Raw(func(dst any) error {
		return src.Raw(func(src any) error {
			b, err := dst.(*sqlite3.SQLiteConn).Backup("main", src.(*sqlite3.SQLiteConn), "main")
			if err != nil {
				return err
			}
			if _, err := b.Step(-1); err != nil {
				b.Close()
				return err
			}
			return b.Finish()
		})
	})
}

// checkSound keeps damage from being copied from index to index. It costs about a millisecond for a thousand entries.
func checkSound(q querier, path string) error {
	var verdict string
	if err := q.QueryRow(`PRAGMA quick_check(1)`).Scan(&verdict); err != nil {
		return readError(path, err)
	}
	if verdict != "ok" {
		return &CorruptError{Path: path, Err: errors.New(verdict)}
	}
	return nil
}

// beginner is what *sql.DB and *sql.Conn have in common here.
type beginner interface {
	BeginTx(context.Context, *sql.TxOptions) (*sql.Tx, error)
}

func inTransaction(on beginner, path string, fn func(*Tx) error) error {
	tx, err := on.BeginTx(context.Background(), nil)
	if err != nil {
		return fmt.Errorf("update index %s: %w", path, err)
	}
	defer tx.Rollback()
	if err := fn(&Tx{tx: tx, path: path}); err != nil {
		return err
	}
	if err := dropOrphans(tx); err != nil {
		return fmt.Errorf("update index %s: %w", path, err)
	}
	return tx.Commit()
}

// dropOrphans forgets the nodes that no entry's DAG holds any more.
func dropOrphans(q querier) error {
	for _, stmt := range []string{
		`CREATE TEMP TABLE live AS WITH RECURSIVE l(hash) AS
			(SELECT hash FROM entries UNION SELECT child FROM edges JOIN l ON parent = l.hash) SELECT hash FROM l`,
		`DELETE FROM nodes WHERE hash NOT IN (SELECT hash FROM live)`,
		`DELETE FROM edges WHERE parent NOT IN (SELECT hash FROM live)`,
		`DROP TABLE live`,
	} {
		if _, err := q.Exec(stmt); err != nil {
			return err
		}
	}
	return nil
}

func serialize(conn *sql.Conn) (image []byte, err error) {
	err = conn.Raw(func(c any) error {
		image, err = c.(*sqlite3.SQLiteConn).Serialize("main")
		return err
	})
	return bytes.Clone(image), err
}

// sweep removes what a writer that was killed left beside the index, on whatever machine; we hold the lock, so nobody is writing there.
func sweep(path string) error {
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".tmp-*"))
	if err != nil {
		return nil // the directory's name holds a pattern character: leave them
	}
	for _, f := range left {
		if err := os.Remove(f); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("update index %s: remove the rest of an interrupted write: %w", path, err)
		}
	}
	return nil
}

// Tx is one update of the index.
type Tx struct {
	tx   *sql.Tx
	path string
}

// Put adds an entry with the nodes of its whole DAG, or replaces the one that is there.
func (t *Tx) Put(e Entry, nodes []Node) error {
	for _, n := range nodes {
		if err := t.putNode(n); err != nil {
			return err
		}
	}
	return t.exec(`INSERT OR REPLACE INTO entries (`+entryColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.Hash, e.Name, e.Version, e.Prefix, e.External, e.Explicit, e.InstalledAt.Unix(), e.Bytes, e.Files)
}

func (t *Tx) putNode(n Node) error {
	if err := t.exec(`INSERT OR REPLACE INTO nodes (hash, doc) VALUES (?, ?)`, n.Hash, n.Doc); err != nil {
		return err
	}
	if err := t.exec(`DELETE FROM edges WHERE parent = ?`, n.Hash); err != nil {
		return err
	}
	for _, d := range n.Deps {
		if err := t.exec(`INSERT INTO edges (parent, child, types) VALUES (?, ?, ?)`, n.Hash, d.Hash, d.Types); err != nil {
			return err
		}
	}
	return nil
}

// Delete removes an entry; one that is not there is no error.
func (t *Tx) Delete(hash string) error {
	return t.exec(`DELETE FROM entries WHERE hash = ?`, hash)
}

// SetExplicit says whether a person asked for the entry.
func (t *Tx) SetExplicit(hash string, explicit bool) error {
	return t.exec(`UPDATE entries SET explicit = ? WHERE hash = ?`, explicit, hash)
}

func (t *Tx) exec(query string, args ...any) error {
	if _, err := t.tx.Exec(query, args...); err != nil {
		return fmt.Errorf("update index %s: %w", t.path, err)
	}
	return nil
}

// connQuerier lets a single connection be used where a database is.
type connQuerier struct{ conn *sql.Conn }

func (c connQuerier) Exec(query string, args ...any) (sql.Result, error) {
	return c.conn.ExecContext(context.Background(), query, args...)
}

func (c connQuerier) Query(query string, args ...any) (*sql.Rows, error) {
	return c.conn.QueryContext(context.Background(), query, args...)
}

func (c connQuerier) QueryRow(query string, args ...any) *sql.Row {
	return c.conn.QueryRowContext(context.Background(), query, args...)
}
