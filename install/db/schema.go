package db

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
)

// schemaVersion is the version that this berth writes. Version 0 is a file without our tables. An older version is not
// migrated but rebuilt from the prefixes: the index holds nothing else.
const schemaVersion = 1

// applicationID marks the file as ours ("brth"), for file(1) and for refusing somebody else's database.
const applicationID = 0x62727468

var schema = []string{
	`PRAGMA application_id = ` + strconv.Itoa(applicationID),
	`PRAGMA user_version = ` + strconv.Itoa(schemaVersion),
	`CREATE TABLE nodes (
		hash TEXT PRIMARY KEY,
		doc  BLOB NOT NULL
	) WITHOUT ROWID`,
	`CREATE TABLE edges (
		parent TEXT NOT NULL,
		child  TEXT NOT NULL,
		types  INTEGER NOT NULL,
		PRIMARY KEY (parent, child)
	) WITHOUT ROWID`,
	`CREATE INDEX edges_child ON edges(child)`,
	`CREATE TABLE entries (
		hash         TEXT PRIMARY KEY,
		name         TEXT NOT NULL,
		version      TEXT NOT NULL,
		prefix       TEXT NOT NULL,
		external     INTEGER NOT NULL,
		explicit     INTEGER NOT NULL,
		installed_at INTEGER NOT NULL,
		bytes        INTEGER NOT NULL,
		files        INTEGER NOT NULL
	) WITHOUT ROWID`,
	`CREATE INDEX entries_name ON entries(name)`,
}

func createSchema(q querier) error {
	for _, stmt := range schema {
		if _, err := q.Exec(stmt); err != nil {
			return err
		}
	}
	return nil
}

// querier is what *sql.DB, *sql.Conn's transactions and *sql.Tx have in common here.
type querier interface {
	Exec(query string, args ...any) (sql.Result, error)
	Query(query string, args ...any) (*sql.Rows, error)
	QueryRow(query string, args ...any) *sql.Row
}

// checkVersion reports whether the database at path is one of ours that this berth can read.
func checkVersion(q querier, path string) error {
	var app, version int
	if err := q.QueryRow(`PRAGMA application_id`).Scan(&app); err != nil {
		return &CorruptError{Path: path, Err: err}
	}
	if err := q.QueryRow(`PRAGMA user_version`).Scan(&version); err != nil {
		return &CorruptError{Path: path, Err: err}
	}
	switch {
	case app != applicationID:
		return &CorruptError{Path: path, Err: errors.New("it is not an index of berth")}
	case version > schemaVersion:
		return &VersionError{Path: path, Found: version, Known: schemaVersion}
	case version < schemaVersion:
		return &CorruptError{Path: path, Err: fmt.Errorf("its schema is the outdated version %d", version)}
	}
	return nil
}
