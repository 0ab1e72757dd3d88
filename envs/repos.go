package envs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/builtin"
	"github.com/berth-hpc/berth/packages/spackrepo/gitfs"
	"github.com/berth-hpc/berth/packages/spackrepo/index"
	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/packages/yamlrecipe"
)

// RepoRef is an entry of repos: a repository to search, in order. It is the embedded one, a directory, a git address, or the name of
// one that is configured (repos.yaml).
type RepoRef struct {
	Builtin bool
	Name    string // "spack"; "" of a directory without one
	Dir     string // a directory, as written
	URL     string // "https://github.com/spack/spack-packages.git"
	Commit  string // of URL; "": the one that is locked, or else the newest
	Branch  string // of URL, or a tag: where the newest commit is; "": the default branch
	Place   packages.Place

	configured bool // it is of repos.yaml: the commit is the one to begin with
}

// String is how messages call the repository.
func (r RepoRef) String() string {
	switch {
	case r.Builtin:
		return builtin.Name
	case r.Name != "":
		return r.Name
	}
	return r.Dir
}

// from is where the repository is, as it was written.
func (r RepoRef) from() string {
	if r.URL != "" {
		return r.URL
	}
	return r.Dir
}

var repoName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// sshAddress is git's short form of an address: "git@github.com:spack/spack-packages.git".
var sshAddress = regexp.MustCompile(`^[^/@]+@[^/:]+:`)

// isAddress reports whether a text is where git fetches from, and no directory.
func isAddress(text string) bool {
	return strings.Contains(text, "://") || sshAddress.MatchString(text)
}

// decodeRepos reads the repos of an env.yaml; nil where there are none, which means those that are configured.
func decodeRepos(n yamldoc.Node) []RepoRef {
	if !n.Exists() || n.IsNull() {
		return nil
	}
	refs := []RepoRef{}
	for _, item := range n.List() {
		ref := RepoRef{Place: item.Place()}
		switch {
		case item.IsScalar():
			ref.Name = item.Text()
			ref.Builtin = ref.Name == builtin.Name
			if !ref.Builtin && !repoName.MatchString(ref.Name) {
				item.Fail(fmt.Sprintf("unknown repository %q", ref.Name), repoForms)
			}
		case item.IsMap():
			ref.decode(item)
		default:
			item.Fail("this is no repository", repoForms)
		}
		refs = append(refs, ref)
	}
	if !slices.ContainsFunc(refs, func(r RepoRef) bool { return r.Builtin }) {
		refs = append(refs, RepoRef{Builtin: true}) // it comes last where it is not named
	}
	return refs
}

const repoForms = "write `builtin`, `dir: PATH`, `NAME: GIT-ADDRESS` with `commit: ...`, or the name of a repository that `berth repo list` shows"

// decode reads {dir: PATH} or {NAME: WHERE, commit: ..., branch: ...}.
func (r *RepoRef) decode(item yamldoc.Node) {
	var where yamldoc.Node
	for _, e := range item.Map() {
		switch name := e.Name(); {
		case name == "commit":
			r.Commit = decodeCommit(e.Value)
		case name == "branch" || name == "tag":
			r.Branch = e.Value.Line()
		case where.Exists():
			e.Key.Fail(fmt.Sprintf("a repository has one name, but here are %s and %s", r.String(), name), "begin each repository with a dash")
		case name == builtin.Name:
			e.Key.Fail("builtin is the name of the recipes inside berth", "choose another name")
			where = e.Value
		case name != "dir" && !repoName.MatchString(name):
			e.Key.Fail(fmt.Sprintf("%q is no name for a repository", name), "use letters, digits, '-', '_' and '.'")
			where = e.Value
		default:
			where = e.Value
			if name != "dir" {
				r.Name = name
			}
		}
	}
	if !where.Exists() {
		item.Fail("the repository has no address", repoForms)
		return
	}
	r.locate(where)
}

// locate reads where a repository is: a git address, or a directory, which with a commit is a clone.
func (r *RepoRef) locate(where yamldoc.Node) {
	text := where.Line()
	switch {
	case text == "":
		where.Fail("the repository has no address", repoForms)
	case strings.HasPrefix(text, "-"):
		where.Fail(fmt.Sprintf("%q is no address", text), repoForms)
	case isAddress(text) || r.Commit != "" || r.Branch != "":
		r.URL = text
	default:
		r.Dir = text
	}
}

func decodeCommit(n yamldoc.Node) string {
	text := n.Line()
	if text != "" && !gitfs.IsCommit(text) {
		n.Fail(fmt.Sprintf("%q is not the full name of a commit", text), "write all of its 40 hexadecimal digits, as `git rev-parse` prints them")
	}
	return text
}

// UnknownRepoError says that no repository of that name is configured.
type UnknownRepoError struct {
	Name  string
	Known []string
}

func (e *UnknownRepoError) Error() string { return fmt.Sprintf("unknown repository %q", e.Name) }

// Hint says what there is.
func (e *UnknownRepoError) Hint() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("`berth repo add %s ADDRESS` configures one", e.Name)
	}
	return fmt.Sprintf("configured are %s; `berth repo add %s ADDRESS` adds one", strings.Join(e.Known, ", "), e.Name)
}

// Repo opens the repositories that an env.yaml lists, one above the other; dir is what relative paths are relative to. Without a list (nil)
// they are the embedded one and those that are configured.
func (s *Session) Repo(ctx context.Context, refs []RepoRef, dir string) (packages.Repo, error) {
	refs, err := s.resolveNames(refs)
	if err != nil {
		return nil, err
	}
	return s.openAll(ctx, refs, dir)
}

func (s *Session) openAll(ctx context.Context, refs []RepoRef, dir string) (packages.Repo, error) {
	var layers []packages.Repo
	for i, ref := range refs {
		repo, err := s.openRef(ctx, ref, dir, refs[i+1:])
		if errors.Is(err, index.ErrNone) {
			continue // as the session asked for
		}
		if err != nil && ref.Place.File != "" {
			return nil, fmt.Errorf("%s: %w", ref.Place, err)
		}
		if err != nil {
			return nil, err
		}
		layers = append(layers, repo)
	}
	return packages.Layer(layers...), nil
}

// resolveNames puts the configured repositories where their names stand.
func (s *Session) resolveNames(refs []RepoRef) ([]RepoRef, error) {
	configured, err := s.ConfiguredRepos()
	if err != nil {
		return nil, err
	}
	if refs == nil {
		return append([]RepoRef{{Builtin: true}}, configured...), nil
	}
	out := slices.Clone(refs)
	for i, ref := range out {
		if ref.Builtin || ref.Dir != "" || ref.URL != "" {
			continue
		}
		at := slices.IndexFunc(configured, func(c RepoRef) bool { return c.Name == ref.Name })
		if at < 0 {
			var known []string
			for _, c := range configured {
				known = append(known, c.Name)
			}
			return nil, fmt.Errorf("%s: %w", ref.Place, &UnknownRepoError{ref.Name, known})
		}
		out[i] = configured[at]
		out[i].Place = ref.Place
	}
	return out, nil
}

// OpenRepo opens recipes by themselves, as --repo asks for: a directory of berth's own or of a Spack repository, or what is configured under a name. Of
// a Spack directory, files are looked at as recipes are read.
func (s *Session) OpenRepo(ctx context.Context, which string) (packages.Repo, error) {
	if isAddress(which) {
		return nil, withHint(fmt.Errorf("open repository: %s is an address, not a directory", which),
			"`berth repo add NAME "+which+"` configures it, and --repo NAME uses its recipes alone")
	}
	configured, err := s.ConfiguredRepos()
	if err != nil {
		return nil, err
	}
	if err := isDirectory(which); err != nil {
		for _, ref := range append(configured, RepoRef{Name: builtin.Name, Builtin: true}) {
			if ref.Name == which {
				return s.openRef(ctx, ref, s.Root, configured)
			}
		}
		return nil, err
	}
	if isSpack(which) {
		return s.openSpackDir(ctx, RepoRef{Dir: which}, which, s.others(configured, ""), false)
	}
	return yamlrecipe.OpenDir(which)
}

// openRef opens one repository. Messages and the lock call a directory what env.yaml calls it, wherever that stands on this machine. Spack's
// recipes may import from later repositories.
func (s *Session) openRef(ctx context.Context, ref RepoRef, dir string, later []RepoRef) (packages.Repo, error) {
	switch {
	case ref.Builtin:
		return builtin.Open()
	case ref.URL != "":
		return s.openCommit(ctx, ref, dir, s.others(later, dir))
	}
	path := expandHome(ref.Dir)
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	if err := isDirectory(path); err != nil {
		return nil, err
	}
	if isSpack(path) {
		return s.openSpackDir(ctx, ref, path, s.others(later, dir), true)
	}
	return yamlrecipe.Open(os.DirFS(path), yamlrecipe.Options{Label: filepath.ToSlash(ref.Dir), Namespace: filepath.Base(path)})
}

func isDirectory(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("open repository: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("open repository: %s is not a directory", path)
	}
	if isBareGit(path) {
		return withHint(fmt.Errorf("open repository: %s is a git repository without a checkout", path), fmt.Sprintf("`berth repo add NAME file://%s` configures it as an address", filepath.ToSlash(absolutePath(path))))
	}
	return nil
}

func absolutePath(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// isBareGit reports whether a directory is what git clone --bare makes.
func isBareGit(dir string) bool {
	return !slices.ContainsFunc([]string{"HEAD", "objects", "refs"}, func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err != nil
	})
}

// expandHome is a path whose ~ is the home directory.
func expandHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	if home, err := os.UserHomeDir(); ok && err == nil {
		return filepath.Join(home, rest)
	}
	return path
}

// isSpack reports whether a directory is a Spack repository, a checkout that says where one is, or a Spack of the time when it had
// recipes; else it holds recipes of berth's own.
func isSpack(dir string) bool {
	exists := func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	}
	if exists("spack-repo-index.yaml") || exists("var/spack/repos/builtin/repo.yaml") {
		return true
	}
	text, err := os.ReadFile(filepath.Join(dir, "repo.yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	return exists("packages") || strings.Contains(string(text), "subdirectory:") || strings.Contains(string(text), "api:")
}

// pinnedBy gives each git repository whose commit env.yaml does not tell the one that a lock has of it.
func pinnedBy(refs []RepoRef, lock *Lock) []RepoRef {
	if lock == nil {
		return refs
	}
	out := slices.Clone(refs)
	for i := range out {
		r := &out[i]
		if r.URL == "" || r.Commit != "" && !r.configured {
			continue
		}
		if locked := lock.repository(*r); locked != nil {
			r.Commit = commitOf(locked.Identity)
		}
	}
	return out
}

// repository is what the lock has of a git repository; nil if nothing.
func (l *Lock) repository(ref RepoRef) *LockedRepo {
	for i := range l.Repositories {
		if r := &l.Repositories[i]; r.Name == ref.Name && r.URL == ref.URL && commitOf(r.Identity) != "" {
			return r
		}
	}
	return nil
}

// Repo opens the repositories of the environment, those of git at the commits that the lock (nil: none) has.
func (e *Environment) Repo(ctx context.Context, s *Session, lock *Lock) (packages.Repo, error) {
	refs, err := s.resolveNames(e.Manifest.Repos)
	if err != nil {
		return nil, err
	}
	return s.openAll(ctx, pinnedBy(refs, lock), e.Dir)
}

// staleRepos lists how the repositories of env.yaml differ from those that were locked. Which are configured beside it is no matter of the
// environment's.
func staleRepos(m *Manifest, lock *Lock) []string {
	var drifts []string
	for _, r := range m.Repos {
		if r.Builtin || r.URL == "" {
			continue
		}
		switch locked := lock.repository(r); {
		case locked == nil:
			drifts = append(drifts, fmt.Sprintf("%s: repository %s is not locked", r.Place, r))
		case r.Commit != "" && r.Commit != commitOf(locked.Identity):
			drifts = append(drifts, fmt.Sprintf("%s: repository %s is at commit %.12s, locked was %.12s", r.Place, r, r.Commit, commitOf(locked.Identity)))
		}
	}
	if m.Repos != nil && len(m.Repos) != len(lock.Repositories) {
		drifts = append(drifts, fmt.Sprintf("%s lists %s, locked were %d", ManifestName, countedRepos(len(m.Repos)), len(lock.Repositories)))
	}
	return drifts
}

func countedRepos(n int) string {
	if n == 1 {
		return "1 repository"
	}
	return fmt.Sprintf("%d repositories", n)
}
