package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/install/durable"
)

// Stages on a machine's own disk are seen by that machine alone, and the next command there may have its stages elsewhere: $TMPDIR is another in each
// batch job. So the root remembers, in a file for each, which machine has had stages where.

func (s *Store) scratchNotes() string { return filepath.Join(s.root, "scratch") }

// scratchNote is the name of the file that says that this machine has stages in dir.
func (s *Store) scratchNote(host, dir string) string {
	sum := sha256.Sum256([]byte(host + "\n" + dir))
	return filepath.Join(s.scratchNotes(), hex.EncodeToString(sum[:8]))
}

// noteScratch remembers where this machine has stages, before there is one.
func (s *Store) noteScratch() error {
	if s.Scratch == "" {
		return nil
	}
	host, err := os.Hostname()
	if err != nil {
		return nil // nobody could tell later whose it is
	}
	path := s.scratchNote(host, s.Scratch)
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	if err := durable.MkdirAll(s.scratchNotes(), 0o755); err != nil {
		return err
	}
	return durable.WriteFile(path, []byte(host+"\n"+s.Scratch+"\n"), 0o644)
}

// formerScratch lists where this machine has had stages before. What is gone is forgotten, as is what is empty.
func (s *Store) formerScratch() []string {
	host, err := os.Hostname()
	if err != nil {
		return nil
	}
	var dirs []string
	for _, note := range s.list(s.scratchNotes()) {
		text, err := os.ReadFile(note)
		if err != nil {
			continue
		}
		where, dir, _ := strings.Cut(strings.TrimSuffix(string(text), "\n"), "\n")
		// The note's name is that of its text: a torn or foreign file says nothing.
		if where != host || !filepath.IsAbs(dir) || note != s.scratchNote(where, dir) || dir == s.Scratch {
			continue
		}
		// Remove takes an empty directory only.
		if err := os.Remove(dir); err == nil || errors.Is(err, fs.ErrNotExist) {
			os.Remove(note)
			continue
		}
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	return dirs
}
