package envs

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/berth-hpc/berth/install/lock"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/host"
	"github.com/berth-hpc/berth/packages/spackrepo"
	"github.com/berth-hpc/berth/packages/spackrepo/gitfs"
	"github.com/berth-hpc/berth/packages/spackrepo/index"
)

// SpackRepo is an opened Spack repository, whose recipes are read from an index below the cache.
type SpackRepo struct {
	*index.Repo
	Ref RepoRef // of git: with its commit
}

// RecipeFile is the text of a package's recipe, and where that is: a file, or a file of a commit.
func (r *SpackRepo) RecipeFile(name string) (text []byte, place string, err error) {
	source, err := r.Source()
	if err != nil {
		return nil, "", err
	}
	spack := source.(spackSource)
	file, _ := spack.File(name)
	if dir, ok := spack.Files.(dirFiles); ok {
		place = filepath.Join(string(dir), filepath.FromSlash(file))
		text, err = os.ReadFile(place)
		return text, place, err
	}
	text, err = fs.ReadFile(spack.Files.(*gitfs.FS), file)
	return text, fmt.Sprintf("%s of commit %s of %s", file, r.Ref.Commit, r.Ref.URL), err
}

// indexDir holds the indexes of Spack repositories.
func (s *Session) indexDir() string { return filepath.Join(s.Root, "cache", "recipes") }

// location is where a Spack repository's files are: a directory, or a commit of a git repository.
type location struct {
	dir         string // absolute
	url, commit string
}

// String names the files among all that there are. Those of a directory can change.
func (l location) String() string {
	if l.dir != "" {
		return "dir " + l.dir
	}
	return "git " + l.commit
}

// label is what errors of the repository as a whole call it.
func (l location) label() string { return cmp.Or(filepath.ToSlash(l.dir), l.url) }

// open opens the repository itself. Recipes may import from others.
func (s *Session) openLocation(ctx context.Context, l location, h spackrepo.Host, others []location) (spackSource, error) {
	o := spackrepo.Options{Label: l.label(), Host: h}
	for _, other := range others {
		repo, err := s.openLocation(ctx, other, h, nil)
		if err != nil {
			return spackSource{}, err
		}
		o.Others = append(o.Others, repo.Repo)
	}
	if l.dir != "" {
		repo, err := spackrepo.Open(os.DirFS(l.dir), o)
		return spackSource{repo, dirFiles(l.dir)}, err
	}
	files, err := s.fetchCommit(ctx, l.url, l.commit)
	if err != nil {
		return spackSource{}, err
	}
	o.Identity = "git:" + l.commit
	repo, err := spackrepo.Open(files, o)
	return spackSource{repo, files}, err
}

// others are the locations of the Spack repositories among refs: of git those whose commit is known. They are opened only where recipes must
// be evaluated.
func (s *Session) others(refs []RepoRef, dir string) []location {
	var list []location
	for _, ref := range refs {
		path := expandHome(ref.Dir)
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		switch abs, err := filepath.Abs(path); {
		case ref.URL != "" && ref.Commit != "":
			list = append(list, location{url: absoluteURL(ref.URL, dir), commit: ref.Commit})
		case ref.Dir != "" && err == nil && isSpack(abs):
			list = append(list, location{dir: spackrepo.Checkout(abs)})
		}
	}
	return list
}

// openSpackDir opens a Spack repository in a directory. everything compares all files with the index at once, not only those of recipes
// that are read.
func (s *Session) openSpackDir(ctx context.Context, ref RepoRef, dir string, others []location, everything bool) (packages.Repo, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open repository: %w", err)
	}
	dir = spackrepo.Checkout(dir)
	if standsAlone(dir) {
		others = nil
	}
	return s.openIndex(ctx, ref, location{dir: dir}, others, index.Options{Dir: dir, Files: dirFiles(dir), Everything: everything})
}

// standsAlone reports whether a repository has base classes of its own: so its recipes need no other, and what is remembered of them does
// not depend on which others there are.
func standsAlone(dir string) bool {
	for _, name := range []string{"build_systems", "spack-repo-index.yaml", "lib/spack/spack/build_systems"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// openCommit opens a Spack repository in git, at its commit. One without is resolved to the newest.
func (s *Session) openCommit(ctx context.Context, ref RepoRef, dir string, others []location) (packages.Repo, error) {
	url := absoluteURL(ref.URL, dir)
	if ref.Commit == "" && s.OnlyIndexed {
		return nil, index.ErrNone
	}
	if ref.Commit == "" {
		var err error
		if ref.Commit, err = s.newestCommit(ctx, url, ref.Branch); err != nil {
			return nil, err
		}
	}
	return s.openIndex(ctx, ref, location{url: url, commit: ref.Commit}, others, index.Options{Identity: "git:" + ref.Commit})
}

// absoluteURL is an address in which a path does not depend on where it is used.
func absoluteURL(url, dir string) string {
	if isAddress(url) {
		return url
	}
	if url = expandHome(url); !filepath.IsAbs(url) {
		url = filepath.Join(dir, url)
	}
	return url
}

// fetchCommit opens a commit of a repository, fetching it where it is not here yet.
func (s *Session) fetchCommit(ctx context.Context, url, commit string) (*gitfs.FS, error) {
	clone := &gitfs.Clone{Dir: filepath.Join(s.Root, "repos", cloneName(url)), URL: url}
	if f, err := clone.Open(ctx, commit); err == nil {
		return f, nil
	}
	if s.Offline {
		return nil, withHint(fmt.Errorf("fetch commit %.12s of %s: the network is not to be touched", commit, url), "run `berth repo update` once with a network")
	}
	s.note("fetching commit %.12s of %s...", commit, url)
	if err := clone.Fetch(ctx, commit); err != nil {
		return nil, err
	}
	return clone.Open(ctx, commit)
}

// newestCommit asks the server.
func (s *Session) newestCommit(ctx context.Context, url, branch string) (string, error) {
	if s.Offline {
		return "", withHint(fmt.Errorf("ask %s for its newest commit: the network is not to be touched", url), "name a commit: berth repo add --commit")
	}
	s.note("asking %s for its newest commit...", url)
	return gitfs.Resolve(ctx, url, branch)
}

// cloneName is a directory for each address: "spack-packages-3f2a91c0.git".
func cloneName(url string) string {
	base := strings.TrimSuffix(filepath.Base(strings.TrimRight(url, "/")), ".git")
	return safeName(base) + "-" + digest([]byte(url))[:8] + ".git"
}

// safeName is a text with nothing but what file names may have.
func safeName(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, strings.TrimLeft(text, "."))
}

// openIndex opens a repository through its index.
func (s *Session) openIndex(ctx context.Context, ref RepoRef, at location, others []location, o index.Options) (packages.Repo, error) {
	recipesFor, err := s.recipesFor()
	if err != nil {
		return nil, err
	}
	// What others have can be part of a recipe; nobody looks whether directories among them changed.
	o.Key = fmt.Sprint(evaluator(), " ", recipesFor.Key(), " ", others)
	o.Source = func() (index.Source, error) { return s.openLocation(ctx, at, recipesFor, others) }
	name := safeName(cmp.Or(ref.Name, filepath.Base(ref.from())))
	o.File = filepath.Join(s.indexDir(), name+"-"+digest([]byte(at.String() + "\n" + o.Key))[:12]+".index")
	if o.Existing = s.OnlyIndexed; !o.Existing {
		o.Seeds = olderIndexes(o.File)
	}
	o.Lock = s.lockIndex(filepath.Base(o.File))
	var told sync.Once
	began := time.Now()
	most := 0
	o.Progress = func(_, all int) {
		told.Do(func() {
			if most = all; all > manyRecipes {
				s.note("reading the %d recipes of %s, which is done once...", all, ref)
			}
		})
	}
	repo, err := index.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	if most > manyRecipes {
		s.note("read in %.1f s", time.Since(began).Seconds())
	}
	return &SpackRepo{repo, ref}, nil
}

// manyRecipes take so long that people are told.
const manyRecipes = 500

// evaluator changes whenever this program does: another one may evaluate recipes otherwise.
var evaluator = sync.OnceValue(func() string {
	path, err := os.Executable()
	if err == nil {
		var info fs.FileInfo
		if info, err = os.Stat(path); err == nil {
			return fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano())
		}
	}
	return "unknown"
})

// keptIndexes is how many indexes are kept, those that were written last.
const keptIndexes = 8

// olderIndexes lists the other indexes, the newest first, and removes those that are too many.
func olderIndexes(file string) []string {
	type aged struct {
		path string
		time time.Time
	}
	var found []aged
	paths, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*.index"))
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && path != file {
			found = append(found, aged{path, info.ModTime()})
		}
	}
	slices.SortFunc(found, func(a, b aged) int { return b.time.Compare(a.time) })
	var out []string
	for i, f := range found {
		if i >= keptIndexes {
			_ = os.Remove(f.path)
			continue
		}
		out = append(out, f.path)
	}
	return out[:min(len(out), 3)]
}

// lockIndex keeps other commands from making the same index at once. Where there can be no locks, they may.
func (s *Session) lockIndex(name string) func(context.Context) (func() error, error) {
	return func(ctx context.Context) (func() error, error) {
		locker, err := lock.New(filepath.Join(s.indexDir(), "locks"), lock.Options{
			OnWait: func(_ string, h lock.Holder) { s.note("waiting for %s, which reads the same recipes", h) },
		})
		if err != nil {
			return func() error { return nil }, nil
		}
		unlock, err := locker.Lock(ctx, name, lock.Exclusive)
		return unlock, err
	}
}

// recipesFor is what recipes may ask of this machine while they are read: what all nodes of a partition answer alike, and no software, so
// that the same recipes say the same on each.
func (s *Session) recipesFor() (spackrepo.Host, error) {
	h := spackrepo.DefaultHost()
	name, err := host.OSName(s.Machine)
	if err != nil {
		return h, err
	}
	h.OS = name
	if machine, ok := machines[runtime.GOARCH]; ok {
		h.Machine = machine
	}
	return h, nil
}

// machines are the names that uname has for Go's.
var machines = map[string]string{"amd64": "x86_64", "arm64": "aarch64", "ppc64le": "ppc64le", "riscv64": "riscv64"}

// spackSource is a Spack repository as an index sees it.
type spackSource struct {
	*spackrepo.Repo
	index.Files
}

// dirFiles is the files of a directory.
type dirFiles string

// Hash implements index.Files.
func (d dirFiles) Hash(path string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(string(d), filepath.FromSlash(path)))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	return sum[:], nil
}

// refreshed reports whether a repository noticed changed files since it was opened: what was asked before may not fit to what it answers
// now, so that one begins anew.
func refreshed(repo packages.Repo) bool {
	for _, layer := range packages.Layers(repo) {
		if s, ok := layer.(*SpackRepo); ok && s.Refreshed() {
			return true
		}
	}
	return false
}

// commitOf is the commit in a repository's identity; "" if it is of no commit.
func commitOf(identity string) string {
	commit, _ := strings.CutPrefix(identity, "git:")
	if _, err := hex.DecodeString(commit); err != nil || commit == identity {
		return ""
	}
	return commit
}
