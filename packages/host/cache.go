package host

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// A cache keeps what commands answered on one state of the machine. Two things guard it. Its file is named after the
// state: the operating system and the directories where software is installed, with their times, so that any
// installation or removal begins a new file. And each answer is kept under the identity of the program that gave it, so
// that a program replaced in place is asked again. Timeouts are never kept.
type cache struct {
	path string // "" keeps nothing
	sys  System

	mu      sync.Mutex
	answers map[string]Result
	changed bool
}

const (
	cacheSchema  = "1" // of the file, and of the questions asked
	cacheFiles   = 8   // states that are kept: several machines may share a home directory
	cacheEntries = 64 << 10
)

// installationDirs are directories whose time changes when compilers, headers or libraries come and go.
var installationDirs = []string{
	"/etc/alternatives", "/usr/include", "/usr/include/*-linux-gnu", "/usr/lib", "/usr/lib64", "/usr/lib/*-linux-gnu", "/usr/local/lib",
	"/usr/lib/gcc", "/usr/lib/gcc/*", "/usr/lib/gcc/*/*", "/usr/libexec/gcc/*/*",
}

func openCache(dir string, s *search) *cache {
	c := &cache{sys: s.sys, answers: map[string]Result{}}
	if dir == "" {
		return c
	}
	c.path = filepath.Join(dir, s.state()+".json")
	if data, err := os.ReadFile(c.path); err == nil {
		if json.Unmarshal(data, &c.answers) != nil || c.answers == nil { // torn or of another make: begin anew
			c.answers = map[string]Result{}
		}
	}
	return c
}

// state is the digest of what the machine looks like from outside its programs.
func (s *search) state() string {
	h := sha256.New()
	fmt.Fprintln(h, cacheSchema, s.uname.Machine, s.uname.Release)
	release, _ := s.sys.ReadFile("/etc/os-release") // a machine without one is its own state
	h.Write(release)
	var dirs []string
	for _, d := range s.dirs {
		dirs = append(dirs, d.path)
	}
	for _, pattern := range installationDirs {
		dirs = append(dirs, Glob(s.sys, pattern)...)
	}
	for _, dir := range dirs {
		info, err := s.sys.Stat(dir)
		fmt.Fprintln(h, dir, info.MTime, info.Inode, err == nil)
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// run answers from the cache, or asks and keeps the answer.
func (c *cache) run(cmd Command, ask func() (Result, error)) (Result, error) {
	if c.path == "" {
		return ask()
	}
	key := c.key(cmd)
	c.mu.Lock()
	r, ok := c.answers[key]
	c.mu.Unlock()
	if ok {
		return r, nil
	}
	r, err := ask()
	if err == nil && len(r.Stdout)+len(r.Stderr) <= cacheEntries {
		c.mu.Lock()
		c.answers[key], c.changed = r, true
		c.mu.Unlock()
	}
	return r, err
}

// key is the digest of a command and of the program that it runs.
func (c *cache) key(cmd Command) string {
	h := sha256.New()
	cmd.Timeout = 0
	text, _ := json.Marshal(cmd) // strings alone: cannot fail
	h.Write(text)
	real, err := c.sys.EvalSymlinks(cmd.Argv[0])
	info, statErr := c.sys.Stat(cmd.Argv[0])
	fmt.Fprintln(h, real, info.Size, info.MTime, info.Inode, err == nil, statErr == nil)
	return hex.EncodeToString(h.Sum(nil))[:40]
}

// save writes the file in one step and drops the oldest of the others.
func (c *cache) save() error {
	if c.path == "" || !c.changed {
		return nil
	}
	if err := c.write(); err != nil {
		return fmt.Errorf("keep what was found: %w", err)
	}
	prune(filepath.Dir(c.path))
	return nil
}

func (c *cache) write() error {
	data, err := json.Marshal(c.answers)
	if err != nil {
		return err
	}
	dir := filepath.Dir(c.path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	temp, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // gone already if all went well
	_, err = temp.Write(data)
	if closed := temp.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(temp.Name(), c.path)
}

// prune keeps the newest files. What cannot be removed does no harm.
func prune(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	type file struct {
		path string
		time int64
	}
	var files []file
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasSuffix(e.Name(), ".json") {
			files = append(files, file{filepath.Join(dir, e.Name()), info.ModTime().UnixNano()})
		}
	}
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(b.time, a.time) })
	for _, f := range files[min(cacheFiles, len(files)):] {
		os.Remove(f.path)
	}
}
