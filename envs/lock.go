package envs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/spec/dag"
)

// lockVersion is the schema that this berth writes. docs/env-lock.md describes it.
const lockVersion = 1

// Lock is env.lock: everything that is needed to build the environment again, and nothing that differs between two users who ask
// for the same on the same kind of machine.
type Lock struct {
	Version int `json:"berth-lock"`
	// Repositories are where the recipes came from, in the order in which they were searched.
	Repositories []LockedRepo `json:"repositories"`
	// Systems holds a concrete environment per system of env.yaml; "default" where it names none.
	Systems map[string]*LockedSystem `json:"systems"`
	// Recipes are those of every node that berth builds, keyed namespace.name.
	Recipes map[string]*LockedRecipe `json:"recipes"`
	// Sources are the archives and commits that the builds fetch, keyed by name@version.
	Sources map[string]*LockedSource `json:"sources"`
	// Host holds, per system, what was found on the machine and went into the answer.
	Host map[string]*LockedHost `json:"host"`
}

// LockedRepo pins a repository's content.
type LockedRepo struct {
	Namespace string `json:"namespace"`
	Identity  string `json:"identity"` // "builtin", "dir:sha256:...", "git:<commit>"
	// Name and URL are those of a git repository.
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
}

// LockedSystem is one concrete environment.
type LockedSystem struct {
	Request LockedRequest `json:"request"`
	// Roots maps each spec of env.yaml, as printed canonically, to the hash of the node that meets it.
	Roots map[string]string `json:"roots"`
	Nodes json.RawMessage   `json:"nodes"`

	graph map[string]*dag.Node // of Nodes, by hash
}

// LockedRequest is what was asked for. A lock is up to date when asking again would ask the same.
type LockedRequest struct {
	Platform string `json:"platform"`
	OS       string `json:"os"`
	Target   string `json:"target"`
	// Packages is a digest of the packages section that applies, as it is meant, not as it is laid out.
	Packages string `json:"packages"`
	Unify    string `json:"unify"`
	// GPUs are those that GPU packages are built for: "sm_80".
	GPUs []string `json:"gpus,omitempty"`
	// Tune is a digest of the section tune and of the target that it leaves alone; "" where nothing is tuned.
	Tune string `json:"tune,omitempty"`
}

// LockedRecipe is what a recipe said when the lock was written.
type LockedRecipe struct {
	// Digest is packages.Recipe.ContentHash.
	Digest string `json:"digest"`
	// Text is the recipe itself, a line an entry, of recipes that leave with the next binary; else it is left out.
	Text []string `json:"text,omitempty"`
	// File is where the text came from, as messages show it: "builtin/fftw.yaml".
	File string `json:"file,omitempty"`
	// Files are the patches beside the recipe, by relative path.
	Files map[string][]string `json:"files,omitempty"`
}

// LockedSource is one archive, or one commit.
type LockedSource struct {
	SHA256 string   `json:"sha256,omitempty"`
	URLs   []string `json:"urls,omitempty"`
	// Git is where the commit is; Tree is the name that git has for all of its files together. Both are "" where the repository could not be asked.
	Git    string `json:"git,omitempty"`
	Commit string `json:"commit,omitempty"`
	Tree   string `json:"tree,omitempty"`
}

// LockedHost is what was found on a system and used.
type LockedHost struct {
	Facts     json.RawMessage   `json:"facts"`
	Externals map[string]string `json:"externals"` // node hash to fingerprint
	// Upstreams says where the nodes stood that an upstream had when the environment was locked: node hash to prefix.
	Upstreams map[string]string `json:"upstreams,omitempty"`
}

// LockError is an env.lock that cannot be read.
type LockError struct {
	Path string
	Err  error
	// Conflict is the line that git marked as the begin of a merge conflict; 0: none.
	Conflict int
}

func (e *LockError) Error() string {
	if e.Conflict > 0 {
		return fmt.Sprintf("read lock %s: line %d: a merge left two versions of what follows", e.Path, e.Conflict)
	}
	return fmt.Sprintf("read lock %s: %v", e.Path, e.Err)
}
func (e *LockError) Unwrap() error { return e.Err }

// Hint says how to go on.
func (e *LockError) Hint() string {
	if e.Conflict > 0 {
		return "merge env.yaml by hand, take either side's lock (`git checkout --ours env.lock`), and let `berth concretize` add what the other has"
	}
	return "take env.lock back from version control, or write it anew with `berth concretize --fresh`"
}

// ReadLock reads an env.lock and checks that every node's hash is that of its description. A missing file is fs.ErrNotExist.
func ReadLock(path string) (*Lock, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, &LockError{Path: path, Err: err}
	}
	lock, err := ParseLock(data)
	if err != nil {
		return nil, &LockError{Path: path, Err: err, Conflict: yamldoc.ConflictLine(bytes.Split(data, []byte("\n")))}
	}
	return lock, nil
}

// ParseLock reads the text of a lock.
func ParseLock(data []byte) (*Lock, error) {
	var head struct {
		Version *int `json:"berth-lock"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, describeJSON(data, err)
	}
	switch {
	case head.Version == nil:
		return nil, errors.New("it has no berth-lock version; this is no lock of berth")
	case *head.Version != lockVersion:
		return nil, fmt.Errorf("it has lock version %d, this berth knows %d", *head.Version, lockVersion)
	}
	lock := &Lock{}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(lock); err != nil {
		return nil, describeJSON(data, err)
	}
	for name, system := range lock.Systems {
		if system == nil {
			return nil, fmt.Errorf("system %s is empty", name)
		}
		if err := system.link(); err != nil {
			return nil, fmt.Errorf("system %s: %w", name, err)
		}
	}
	for name, recipe := range lock.Recipes {
		if recipe == nil {
			return nil, fmt.Errorf("recipe %s is empty", name)
		}
	}
	return lock, nil
}

// link reads the nodes and holds the roots against them.
func (s *LockedSystem) link() error {
	var err error
	if s.graph, err = dag.UnmarshalNodes(s.Nodes); err != nil {
		return err
	}
	for spec, hash := range s.Roots {
		if s.graph[hash] == nil {
			return fmt.Errorf("root %s names node %s, which is not there", spec, hash)
		}
	}
	return nil
}

// RootNodes returns the concrete nodes that were asked for, each once, sorted by name and hash.
func (s *LockedSystem) RootNodes() []*dag.Node {
	seen := map[string]bool{}
	var nodes []*dag.Node
	for _, hash := range s.Roots {
		if !seen[hash] {
			seen[hash] = true
			nodes = append(nodes, s.graph[hash])
		}
	}
	slices.SortFunc(nodes, func(a, b *dag.Node) int {
		if c := strings.Compare(a.Name(), b.Name()); c != 0 {
			return c
		}
		return strings.Compare(a.Hash(), b.Hash())
	})
	return nodes
}

// Node returns the node of that hash.
func (s *LockedSystem) Node(hash string) (*dag.Node, bool) {
	n, ok := s.graph[hash]
	return n, ok
}

// Encode is the lock's text: sorted, a field a line, so that a change is small in a diff. Equal locks give equal bytes.
func (l *Lock) Encode() ([]byte, error) {
	shell := *l
	shell.Systems = map[string]*LockedSystem{}
	for name, system := range l.Systems {
		hollow := *system
		hollow.Nodes = json.RawMessage("null")
		shell.Systems[name] = &hollow
	}
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(shell); err != nil {
		return nil, fmt.Errorf("write lock: %w", err)
	}
	return l.fillNodes(buf.Bytes()), nil
}

// fillNodes puts the nodes, as package dag lays them out, where the encoder wrote null: the systems' "nodes" in the order of their names. (The encoder would
// spread each of a node's lists over many lines.) No other key of the lock is "nodes" and null.
func (l *Lock) fillNodes(text []byte) []byte {
	const hole = "\n   \"nodes\": null"
	var out []byte
	for _, name := range slices.Sorted(maps.Keys(l.Systems)) {
		before, after, found := bytes.Cut(text, []byte(hole))
		if !found {
			panic("lock: a system without nodes") // the encoder wrote one for each
		}
		nodes := dag.MarshalNodesIndent(slices.Collect(maps.Values(l.Systems[name].graph)), "   ", " ")
		out = append(out, before...)
		out = append(out, "\n   \"nodes\": "...)
		out = append(out, nodes...)
		text = after
	}
	return append(out, text...)
}

// Write replaces the file whole.
func (l *Lock) Write(path string) error {
	data, err := l.Encode()
	if err != nil {
		return err
	}
	return writeFile(path, data)
}

// writeFile replaces a file of the user's by rename, so that it is never half written. A link stays a link, and a file that holds the same already is left alone.
func writeFile(path string, data []byte) error {
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved
	}
	if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, data) {
		return nil
	}
	return durable.WriteFile(path, data, 0o644)
}

// describeJSON adds line and column to a JSON error.
func describeJSON(data []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	offset := int64(-1)
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	if offset < 0 || offset > int64(len(data)) {
		return err
	}
	before := data[:offset]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n') - 1
	return fmt.Errorf("line %d, column %d: %w", line, max(column, 1), err)
}

// textLines splits a text into lines that join back with "\n" to the same bytes.
func textLines(text []byte) []string { return strings.Split(string(text), "\n") }

func joinText(lines []string) []byte { return []byte(strings.Join(lines, "\n")) }

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
