package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/berth-hpc/berth/install/durable"
)

// Mend puts right what the package's own list says how to: permissions, links, directories, and what was put there later. What else is wrong has to be
// built anew. Call Verify again to see what is left. The caller is alone (see Alone).
func (s *Store) Mend(r Record, problems []Problem) error {
	want, err := readManifest(filepath.Join(r.Prefix, manifestFile))
	if err != nil {
		return nil // built anew, then
	}
	files := map[string]File{}
	for _, f := range want {
		files[f.Path] = f
	}
	for _, p := range problems {
		if err := mend(filepath.Join(r.Prefix, p.Path), p.Kind, files[p.Path]); err != nil {
			return fail("mend", filepath.Join(r.Prefix, p.Path), err)
		}
	}
	return nil
}

func mend(path string, kind Kind, f File) error {
	switch {
	case kind == Mode:
		return os.Chmod(path, fs.FileMode(f.Mode))
	case kind == Extra:
		return removeAll(path)
	case kind == Missing && f.Dir:
		return os.MkdirAll(path, fs.FileMode(f.Mode))
	case f.Link != "" && (kind == Missing || kind == Link):
		return replaceLink(f.Link, path)
	}
	return nil
}

// replaceLink makes a link, or changes where it leads, in one step.
func replaceLink(to, path string) error {
	temp := path + ".berth-new"
	os.Remove(temp)
	if err := os.Symlink(to, temp); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return durable.SyncDir(filepath.Dir(path))
}
