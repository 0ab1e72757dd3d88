package spackdb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Versions of the index that are read. 5 is Spack's 0.14 to 0.16, 9 what comes after 1.2.
const (
	oldestIndex = 5
	newestIndex = 9
)

// maxSize bounds an index: 50,000 specs take about 100 MB.
const maxSize = 2 << 30

// Database is the content of an index, or what a scan found in its place.
type Database struct {
	Version  int                // 8; 0 where the prefixes were scanned
	Records  map[string]*Record // by hash
	Problems []Problem          // what could not be read, in the order of the hashes
}

// Record is one entry of an index.
type Record struct {
	Node        *Node
	Path        string // the prefix, absolute; "" is not known: an external that only modules lead to
	Installed   bool
	Explicit    bool
	InstalledAt time.Time // to the second, UTC; zero if it is not known
	Deprecated  string    // the hash that stands in for it, "" if it is in order
}

// Problem is something that cannot be used, and why.
type Problem struct {
	What string // "zlib/abcdefg", or a path
	Err  error
}

func (p Problem) String() string { return p.What + ": " + p.Err.Error() }

// VersionError says that a file has a version that is not known.
type VersionError struct {
	Path, Found    string
	Oldest, Newest int
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("read %s: it has version %s, and versions %d to %d can be read", e.Path, e.Found, e.Oldest, e.Newest)
}

// Hint says what to do.
func (e *VersionError) Hint() string {
	if n, err := strconv.Atoi(e.Found); err == nil && n < e.Oldest {
		return "`spack reindex`, by whoever owns the tree, writes it in a newer form"
	}
	return "it was written by a Spack that is newer than this berth; a newer berth may know it"
}

// FormatError says that a file is no index, or a torn one: the prefixes can be scanned instead.
type FormatError struct {
	Path string
	Err  error
}

func (e *FormatError) Error() string { return fmt.Sprintf("read %s: %v", e.Path, e.Err) }
func (e *FormatError) Unwrap() error { return e.Err }

// IndexPath is where the index of an install tree is.
func IndexPath(tree string) string { return filepath.Join(tree, ".spack-db", "index.json") }

// VerifierPath is a file whose content changes with every change of the index.
func VerifierPath(tree string) string { return filepath.Join(tree, ".spack-db", "index_verifier") }

// ReadIndex reads the index of an install tree. The error is a *FormatError if the file is torn or something else, a *VersionError if
// its version is not known, and wraps fs.ErrNotExist if there is none.
func ReadIndex(tree string) (*Database, error) {
	path := IndexPath(tree)
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read index: %w", err)
	}
	if info.Size() > maxSize {
		return nil, &FormatError{path, fmt.Errorf("it has %d MiB, and an index has %d at most", info.Size()>>20, maxSize>>20)}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read index: %w", err)
	}
	return ParseIndex(path, data)
}

// indexFile is index.json.
type indexFile struct {
	Database *struct {
		Version  any                        `json:"version"`
		Installs map[string]json.RawMessage `json:"installs"`
	} `json:"database"`
}

// recordFile is an entry of it. Path may be null or "None"; Installed may be missing, which is false.
type recordFile struct {
	Spec             json.RawMessage `json:"spec"`
	Path             any             `json:"path"`
	Installed        bool            `json:"installed"`
	Explicit         bool            `json:"explicit"`
	InstallationTime float64         `json:"installation_time"`
	DeprecatedFor    any             `json:"deprecated_for"`
}

// ParseIndex is ReadIndex for the text of an index; path is what errors show.
func ParseIndex(path string, data []byte) (*Database, error) {
	var file indexFile
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, &FormatError{path, place(data, err)}
	}
	if file.Database == nil || file.Database.Installs == nil {
		return nil, &FormatError{path, errors.New("it is no index of Spack: database.installs is missing")}
	}
	version, err := parseVersion(path, file.Database.Version, oldestIndex, newestIndex)
	if err != nil {
		return nil, err
	}
	db := &Database{Version: version, Records: make(map[string]*Record, len(file.Database.Installs))}
	for hash, raw := range file.Database.Installs {
		r, err := parseRecord(hash, raw, version)
		if err != nil {
			db.Problems = append(db.Problems, Problem{"/" + shown(hash), err})
			continue
		}
		db.Records[hash] = r
	}
	sortProblems(db.Problems)
	return db, nil
}

func sortProblems(list []Problem) {
	slices.SortStableFunc(list, func(a, b Problem) int { return strings.Compare(a.What, b.What) })
}

// parseVersion reads "8", 8 or "8.0".
func parseVersion(path string, value any, oldest, newest int) (int, error) {
	text := ""
	switch v := value.(type) {
	case string:
		text = v
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return 0, &FormatError{path, errors.New("its version is missing")}
	}
	major, _, _ := strings.Cut(text, ".")
	n, err := strconv.Atoi(major)
	if err != nil || n < oldest || n > newest {
		return 0, &VersionError{path, shown(text), oldest, newest}
	}
	return n, nil
}

func parseRecord(hash string, raw json.RawMessage, version int) (*Record, error) {
	if !isHash(hash) {
		return nil, fmt.Errorf("%q is no hash", shown(hash))
	}
	var file recordFile
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, place(raw, err)
	}
	node, err := parseNode(file.Spec, nodeVersion(version))
	if err != nil {
		return nil, err
	}
	node.Hash = hash
	r := &Record{Node: node, Installed: file.Installed, Explicit: file.Explicit, InstalledAt: unixTime(file.InstallationTime)}
	if r.Path, err = prefixOf(file.Path); err != nil {
		return nil, fmt.Errorf("%s: %w", node.Name, err)
	}
	if text, ok := file.DeprecatedFor.(string); ok {
		r.Deprecated = text
	}
	return r, nil
}

// nodeVersion is the version of the nodes in an index: 5 has those of version 1, 6 of 2 and 3, from 7 on they are three behind.
func nodeVersion(index int) int {
	if index <= 5 {
		return 1
	}
	return index - 3
}

func unixTime(seconds float64) time.Time {
	if math.IsNaN(seconds) || seconds <= 0 || seconds > 1<<40 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}

// prefixOf reads a prefix, which becomes part of run paths and scripts: what cannot stand there is refused.
func prefixOf(value any) (string, error) {
	text, ok := value.(string)
	if !ok || text == "" || text == "None" {
		return "", nil
	}
	if !filepath.IsAbs(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == ':' || r == '$' || r == 0xfffd }) {
		return "", fmt.Errorf("%q cannot be a prefix", shown(text))
	}
	return filepath.Clean(text), nil
}

func isHash(text string) bool {
	return len(text) == 32 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// shown cuts what a file gives to a length that a message can have.
func shown(text string) string {
	if len(text) > 60 {
		return strings.ToValidUTF8(text[:60], "") + "..."
	}
	return text
}

// place adds line and column to a syntax error: an index is one long line, a lock is not.
func place(data []byte, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	before := data[:min(int(syntax.Offset), len(data))]
	line := bytes.Count(before, []byte("\n")) + 1
	return fmt.Errorf("line %d, column %d: %w", line, len(before)-bytes.LastIndexByte(before, '\n')-1, err)
}
