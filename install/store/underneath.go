package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/berth-hpc/berth/spec/dag"
)

// underneathFile is where a prefix keeps what of upstreams it was built on, below the prefix.
const underneathFile = ".berth/upstreams.json"

// Underneath is a package of an upstream that an installed one links to or runs. Its files belong to somebody else, so the prefix that
// uses them remembers where they were and what they looked like.
type Underneath struct {
	Hash     string `json:"hash"`
	Name     string `json:"name"`
	Upstream string `json:"upstream"`    // "lumi"
	Tree     string `json:"tree"`        // "/appl/lumi/spack"
	Prefix   string `json:"prefix"`      // "/appl/lumi/spack/zlib-1.3-..."
	State    string `json:"fingerprint"` // of what describes it and of its libraries
}

// describeUnderneath writes down which packages of upstreams n needs; there is no file where it needs none.
func (s *Store) describeUnderneath(prefix string, n *dag.Node) error {
	var list []Underneath
	for _, d := range dag.LinkRunClosure(n) {
		r, ok := s.FromUpstream(d)
		if !ok {
			continue
		}
		u := Underneath{Hash: d.Hash(), Name: d.Name(), Upstream: r.Upstream, Tree: s.treeOf(r.Upstream), Prefix: r.Prefix}
		var err error
		if u.State, err = fingerprintPrefix(r.Prefix); err != nil {
			return fmt.Errorf("describe what %s is built on: %w", n, err)
		}
		list = append(list, u)
	}
	if len(list) == 0 {
		return nil
	}
	return writeJSON(filepath.Join(prefix, underneathFile), list)
}

func (s *Store) treeOf(upstream string) string {
	for _, u := range s.chain.list {
		if u.Title() == upstream {
			return u.Root()
		}
	}
	return ""
}

// ReadUnderneath returns what of upstreams the package in a prefix was built on, nil if nothing.
func ReadUnderneath(prefix string) ([]Underneath, error) {
	path := filepath.Join(prefix, underneathFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fail("read", path, err)
	}
	var list []Underneath
	return list, fail("read", path, json.Unmarshal(data, &list))
}

// headSize is how much of a library counts for its fingerprint: the headers, with the build's id, and the beginning of its symbols.
const headSize = 64 << 10

// fingerprintPrefix tells whether somebody else's prefix is what it was, at the cost of a few small reads: the file that describes it, and
// size and beginning of each library.
func fingerprintPrefix(prefix string) (string, error) {
	sum := sha256.New()
	for _, name := range []string{markerFile, ".spack/spec.json"} {
		if err := hashHead(sum, filepath.Join(prefix, name), 1<<30); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	for _, dir := range []string{"lib", "lib64"} {
		entries, err := os.ReadDir(filepath.Join(prefix, dir))
		if err != nil {
			continue
		}
		for _, e := range entries {
			if !strings.Contains(e.Name(), ".so") && !strings.HasSuffix(e.Name(), ".a") {
				continue
			}
			fmt.Fprintln(sum, dir, e.Name())
			if err := hashHead(sum, filepath.Join(prefix, dir, e.Name()), headSize); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", err
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func hashHead(to io.Writer, path string, size int64) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return err
	}
	fmt.Fprintln(to, info.Size())
	_, err = io.Copy(to, io.LimitReader(f, size))
	return err
}

// verifyUnderneath holds what a package needs of upstreams against what it was built on, and adds what is wrong to problems. It returns
// the hashes that it has looked at.
func verifyUnderneath(r Record, problems []Problem) (map[string]bool, []Problem) {
	list, err := ReadUnderneath(r.Prefix)
	if err != nil {
		return nil, append(problems, Problem{r, underneathFile, Description, err.Error()})
	}
	seen := map[string]bool{}
	for _, u := range list {
		seen[u.Hash] = true
		title := fmt.Sprintf("%s/%.7s of upstream %s", u.Name, u.Hash, u.Upstream)
		if _, err := os.Stat(u.Prefix); err != nil {
			problems = append(problems, Problem{r, "", Gone, fmt.Sprintf("it needs %s, and %s is gone", title, u.Prefix)})
			continue
		}
		now, err := fingerprintPrefix(u.Prefix)
		switch {
		case err != nil:
			problems = append(problems, Problem{r, "", Gone, fmt.Sprintf("it needs %s: %v", title, err)})
		case now != u.State:
			problems = append(problems, Problem{r, "", Replaced, fmt.Sprintf("it needs %s, which is not what it was in %s", title, u.Prefix)})
		}
	}
	return seen, problems
}

// filesOfTree lists a package of an upstream that has no list of its own: from the disk, what describes it left out.
func filesOfTree(prefix string) ([]File, error) {
	var files []File
	err := filepath.WalkDir(prefix, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(prefix, path)
		if err != nil {
			return fail("read", path, err)
		}
		if rel == "." {
			return nil
		}
		if rel == ".spack" || rel == metaDir {
			return filepath.SkipDir
		}
		f, err := describeFile(path, rel, d)
		if err == nil && f.Link == "" && !f.Dir {
			f.SHA256, err = digest(path)
		}
		files = append(files, f)
		return err
	})
	return files, err
}
