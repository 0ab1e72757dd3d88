package store

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/install/db"
	"github.com/berth-hpc/berth/install/internal/testdag"
)

// tampered is a store with hdf5 and what it is linked with, of which the index or a description is then spoilt.
func tampered(t *testing.T) (s *Store, prefixes map[string]string, warnings *[]string) {
	t.Helper()
	s, warnings = testStore(t)
	n := testdag.Parse(t, graph)
	zlib, hdf5 := put(t, s, n["zlib"], Facts{}), put(t, s, n["hdf5"], Facts{Explicit: true})
	// The process that looks at it knows nothing of what it was.
	s, err := Open(s.Root())
	must(t, err)
	s.Warn = func(m string) { *warnings = append(*warnings, m) }
	return s, map[string]string{"zlib": zlib.Prefix, "hdf5": hdf5.Prefix}, warnings
}

func inSQL(statements ...string) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		conn, err := sql.Open("sqlite3", path)
		must(t, err)
		defer conn.Close()
		for _, s := range append([]string{"PRAGMA writable_schema = ON"}, statements...) {
			if _, err := conn.Exec(s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
	}
}

func inBytes(change func(b []byte) []byte) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		b, err := os.ReadFile(path)
		must(t, err)
		must(t, os.WriteFile(path, change(b), 0o644))
	}
}

// TestTamperedIndex: whatever the index is, readers give the right answer or an error that says what to do, and reindex brings everything back.
func TestTamperedIndex(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"lost":                 func(t *testing.T, path string) { must(t, os.Remove(path)) },
		"empty":                inBytes(func(b []byte) []byte { return nil }),
		"torn in the header":   inBytes(func(b []byte) []byte { return b[:60] }),
		"torn in the middle":   inBytes(func(b []byte) []byte { return b[:len(b)/2] }),
		"torn at a page":       inBytes(func(b []byte) []byte { return b[:len(b)-4096] }),
		"zeros":                inBytes(func(b []byte) []byte { return make([]byte, len(b)) }),
		"another file":         inBytes(func(b []byte) []byte { return []byte("#!/bin/sh\nrm -rf /\n") }),
		"another program's":    inBytes(func(b []byte) []byte { b[68] ^= 0xff; return b }),
		"an older schema":      inBytes(func(b []byte) []byte { copy(b[60:64], "\x00\x00\x00\x00"); return b }),
		"no tables":            inSQL("DROP TABLE entries", "DROP TABLE nodes", "DROP TABLE edges"),
		"one table less":       inSQL("DROP TABLE edges"),
		"other columns":        inSQL("ALTER TABLE entries RENAME COLUMN prefix TO place"),
		"a schema of nonsense": inSQL("UPDATE sqlite_master SET sql = 'CREATE TABLE entries (hash' WHERE name = 'entries'"),
		"a description less":   inSQL("DELETE FROM nodes WHERE doc LIKE '%zlib%'"),
		"descriptions of rot":  inSQL("UPDATE nodes SET doc = x'00ff7b'"),
		"another description":  inSQL("UPDATE nodes SET doc = replace(doc, '1.3.1', '1.3.2')"),
		"texts for numbers":    inSQL("UPDATE entries SET bytes = 'many', installed_at = 'yesterday'"),
		"a circle":             inSQL("INSERT INTO edges SELECT child, parent, types FROM edges WHERE child != parent"),
	} {
		t.Run(name, func(t *testing.T) {
			s, _, warnings := tampered(t)
			spoil(t, s.indexPath())
			records, err := s.Query(Filter{})
			switch {
			case err != nil:
				if !strings.Contains(err.Error(), "berth reindex") || !strings.Contains(err.Error(), s.indexPath()) {
					t.Errorf("the error does not say which file, or what to do: %v", err)
				}
			case len(records) != 2:
				t.Errorf("without a word, there are %d packages", len(records))
			}
			*warnings = nil
			must(t, s.Reindex(ctx))
			if got := names(t, s, Filter{}); got != "hdf5 zlib" || len(*warnings) > 0 && name != "lost" {
				t.Errorf("after reindex there are %q, and warnings %q", got, *warnings)
			}
			if problems := verifyAll(t, s); len(problems) > 0 {
				t.Errorf("after reindex: %v", problems)
			}
		})
	}
}

// TestIndexOfANewerBerth: it may hold what this one would lose.
func TestIndexOfANewerBerth(t *testing.T) {
	s, _, _ := tampered(t)
	inBytes(func(b []byte) []byte { copy(b[60:64], "\x00\x00\x00\x63"); return b })(t, s.indexPath())
	before, err := os.ReadFile(s.indexPath())
	must(t, err)
	var version *db.VersionError
	if _, err := s.Query(Filter{}); !errors.As(err, &version) {
		t.Errorf("reading: %v", err)
	}
	if _, err := register(s, testdag.Parse(t, graph)["gcc"], true); !errors.As(err, &version) {
		t.Errorf("writing: %v", err)
	}
	if after, _ := os.ReadFile(s.indexPath()); !bytes.Equal(before, after) {
		t.Error("an index that an older berth does not know was changed")
	}
	must(t, s.Reindex(ctx)) // a person who says so gets it
	if got := names(t, s, Filter{}); got != "hdf5 zlib" {
		t.Errorf("got %q", got)
	}
}

// verifyAll lists what is wrong, each as "path: kind".
func verifyAll(t *testing.T, s *Store) (problems []string) {
	t.Helper()
	records, err := s.Query(Filter{})
	must(t, err)
	for _, r := range records {
		found, err := s.Verify(ctx, r)
		must(t, err)
		for _, p := range found {
			problems = append(problems, fmt.Sprintf("%s: %s: %s", r.Node.Name(), p.Path, p.Kind))
		}
	}
	return problems
}

// TestTamperedDescriptions: what is spoilt in one package is found and named, and does not touch the others.
func TestTamperedDescriptions(t *testing.T) {
	cut := inBytes(func(b []byte) []byte { return b[:len(b)/2] })
	rot := inBytes(func(b []byte) []byte { return []byte("\x00\xff") })
	for name, c := range map[string]struct {
		file   string
		spoil  func(t *testing.T, path string)
		listed string // after reindex
		found  string // by verify
	}{
		"marker torn":       {markerFile, cut, "hdf5", ""},
		"marker of rot":     {markerFile, rot, "hdf5", ""},
		"marker empty":      {markerFile, inBytes(func([]byte) []byte { return nil }), "hdf5", ""},
		"marker changed":    {markerFile, inBytes(func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("1.3.1"), []byte("1.3.0")) }), "hdf5", ""},
		"marker deep":       {markerFile, inBytes(func([]byte) []byte { return bytes.Repeat([]byte("["), 1<<20) }), "hdf5", ""},
		"marker a link":     {markerFile, func(t *testing.T, path string) { must(t, os.Remove(path)); must(t, os.Symlink("/nowhere", path)) }, "hdf5", ""},
		"state torn":        {stateFile, cut, "hdf5 zlib", ""},
		"state of rot":      {stateFile, rot, "hdf5 zlib", ""},
		"state lost":        {stateFile, func(t *testing.T, path string) { must(t, os.Remove(path)) }, "hdf5 zlib", ""},
		"manifest torn":     {manifestFile, cut, "hdf5 zlib", "zlib: .berth/manifest.gz: description"},
		"manifest of rot":   {manifestFile, rot, "hdf5 zlib", "zlib: .berth/manifest.gz: description"},
		"manifest lost":     {manifestFile, func(t *testing.T, path string) { must(t, os.Remove(path)) }, "hdf5 zlib", "zlib: .berth/manifest.gz: description"},
		"environment added": {envFile, func(t *testing.T, path string) { must(t, os.WriteFile(path, []byte("LD_PRELOAD=/x\n"), 0o644)) }, "hdf5 zlib", "zlib: .berth/environment: content"},
	} {
		t.Run(name, func(t *testing.T) {
			s, prefixes, warnings := tampered(t)
			path := filepath.Join(prefixes["zlib"], c.file)
			c.spoil(t, path)
			if got := names(t, s, Filter{}); got != "hdf5 zlib" { // the index says so still
				t.Errorf("before reindex: %q", got)
			}
			must(t, s.Reindex(ctx))
			if got := names(t, s, Filter{}); got != c.listed {
				t.Errorf("listed are %q, want %q", got, c.listed)
			}
			if told := strings.Join(*warnings, "\n"); c.listed == "hdf5" && c.file == markerFile && name != "marker a link" && !strings.Contains(told, path) {
				t.Errorf("nobody was told of %s: %q", path, told)
			}
			if c.found != "" {
				if got := strings.Join(verifyAll(t, s), "; "); got != c.found {
					t.Errorf("verify finds %q, want %q", got, c.found)
				}
			}
			if c.listed == "hdf5" {
				var damaged *DescriptionError
				_, err := register(s, testdag.Parse(t, graph)["zlib"], false)
				if name != "marker a link" && (!errors.As(err, &damaged) || !strings.Contains(damaged.Hint(), "berth install")) {
					t.Errorf("an install that needs it says: %v", err)
				}
			}
		})
	}
}

// TestDamagedStateIsWrittenAnew: whether a package is asked for can be said again.
func TestDamagedStateIsWrittenAnew(t *testing.T) {
	s, prefixes, _ := tampered(t)
	must(t, os.WriteFile(filepath.Join(prefixes["zlib"], stateFile), []byte("{"), 0o644))
	r, err := register(s, testdag.Parse(t, graph)["zlib"], true)
	must(t, err)
	if !r.Explicit || r.InstalledAt.IsZero() {
		t.Errorf("got %+v", r)
	}
	must(t, s.Reindex(ctx))
	if got, err := s.Get(r.Node.Hash()); err != nil || !got.Explicit || got.InstalledAt.IsZero() {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Names are bytes to a file system, and not always UTF-8.
func TestNamesThatAreNoText(t *testing.T) {
	s, _ := testStore(t)
	n := testdag.Parse(t, graph)["zlib"]
	prefix := s.Prefix(n)
	must(t, os.MkdirAll(prefix, 0o755))
	for _, name := range []string{"caf\xe9", "caf\xe8", "\xff\xfe", "�"} {
		must(t, os.WriteFile(filepath.Join(prefix, name), []byte(name), 0o644))
	}
	must(t, os.Symlink("caf\xe9", filepath.Join(prefix, "link")))
	_, err := s.Commit(ctx, n, Facts{})
	must(t, err)
	if problems := verifyAll(t, s); len(problems) > 0 {
		t.Errorf("as installed, and yet: %q", problems)
	}
	must(t, os.WriteFile(filepath.Join(prefix, "caf\xe8"), []byte("other"), 0o644))
	if problems := verifyAll(t, s); len(problems) != 1 || problems[0] != "zlib: caf\xe8: content" {
		t.Errorf("got %q", problems)
	}
}
