package envs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/builtin"
	"github.com/berth-hpc/berth/packages/config"
	"github.com/berth-hpc/berth/packages/yamldoc"
)

// ReposName is the file of the repositories that a user has configured, below the berth root, in the format of Spack's file of that name.
const ReposName = "repos.yaml"

// ReposPath is the user's repos.yaml.
func (s *Session) ReposPath() string { return filepath.Join(s.Root, ReposName) }

// siteRepos are the repositories that administrators configure for every user.
func (s *Session) siteRepos() ([]RepoRef, error) {
	var all []RepoRef
	for _, dir := range filepath.SplitList(s.Site) {
		f, err := readReposFile(filepath.Join(dir, ReposName))
		if err != nil {
			return nil, err
		}
		if f.doc != nil {
			passed, err := f.doc.Sorted()
			if err != nil {
				return nil, err
			}
			s.tellPassed(passed)
		}
		all = append(all, slices.DeleteFunc(f.refs, func(r RepoRef) bool { return r.Dir == "" && r.URL == "" })...)
		if f.override {
			break
		}
	}
	return all, nil
}

// ConfiguredRepos lists the repositories of the user's repos.yaml and then those of the site's whose names are others, in the order in
// which they are searched.
func (s *Session) ConfiguredRepos() ([]RepoRef, error) {
	own, err := readReposFile(s.ReposPath())
	if err != nil {
		return nil, err
	}
	refs, err := own.strict()
	if err != nil || own.override {
		return refs, err
	}
	site, err := s.siteRepos()
	if err != nil {
		return nil, err
	}
	for _, ref := range site {
		if !slices.ContainsFunc(refs, func(r RepoRef) bool { return r.Name == ref.Name }) {
			refs = append(refs, ref)
		}
	}
	return refs, nil
}

// reposFile is what a repos.yaml says.
type reposFile struct {
	refs     []RepoRef
	override bool              // repos:: hides what lies below
	doc      *yamldoc.Document // with what is wrong; nil where there is no file
}

// strict is the file's repositories, if nothing at all is wrong with them.
func (f reposFile) strict() ([]RepoRef, error) {
	if f.doc == nil {
		return nil, nil
	}
	return f.refs, f.doc.Err()
}

// readRepos reads a repos.yaml that its reader can mend; a missing one is empty.
func readRepos(file string) ([]RepoRef, error) {
	f, err := readReposFile(file)
	if err != nil {
		return nil, err
	}
	return f.strict()
}

// parseRepos is readRepos for a text.
func parseRepos(file string, text []byte) ([]RepoRef, error) {
	f, err := parseReposFile(file, text)
	if err != nil {
		return nil, err
	}
	return f.strict()
}

func readReposFile(file string) (reposFile, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return reposFile{}, nil
	}
	if err != nil {
		return reposFile{}, fmt.Errorf("read repositories: %w", err)
	}
	return parseReposFile(file, text)
}

// parseReposFile reads both of Spack's forms: names with what they are, or a list of directories. Relative ones are relative to the file.
func parseReposFile(file string, text []byte) (reposFile, error) {
	doc, err := yamldoc.Parse(file, text)
	if err != nil || doc.Root().IsNull() {
		return reposFile{}, err
	}
	fields := doc.Root().Fields("repos", "repos:")
	key := fields.OneOf("repos", "repos:")
	n := fields.Get(key)
	var refs []RepoRef
	switch {
	case !n.Exists() || n.IsNull():
	case n.IsList():
		for _, item := range n.List() {
			ref := RepoRef{Dir: directoryOf(item, file), Place: item.Place()}
			ref.Name = path.Base(filepath.ToSlash(ref.Dir))
			refs = append(refs, ref)
		}
	default:
		for _, e := range n.Map() {
			refs = append(refs, decodeConfigured(e, file))
		}
	}
	for i := range refs {
		refs[i].configured = true
	}
	return reposFile{refs: refs, override: key == "repos:", doc: doc}, nil
}

// decodeConfigured reads NAME: DIRECTORY or NAME: {git: ADDRESS, commit: ...}.
func decodeConfigured(e yamldoc.Entry, file string) RepoRef {
	ref := RepoRef{Name: strings.TrimSuffix(e.Name(), ":"), Place: e.Key.Place()} // NAME:: hides what lies below, as any name does
	if ref.Name == builtin.Name {
		ref.Name = "spack" // what Spack calls its own repository; here the recipes inside berth have that name
	}
	if !repoName.MatchString(ref.Name) {
		e.Key.Fail(fmt.Sprintf("%q is no name for a repository", ref.Name), "use letters, digits, '-', '_' and '.'")
	}
	if e.Value.IsScalar() {
		ref.Dir = directoryOf(e.Value, file)
		return ref
	}
	f := e.Value.Fields("git", "commit", "branch", "tag", "destination", "paths", "remote")
	if f.Has("commit") {
		ref.Commit = decodeCommit(f.Get("commit"))
	}
	if key := f.OneOf("branch", "tag"); key != "" {
		ref.Branch = f.Get(key).Line()
	}
	if git := f.Need("git"); git.Exists() {
		if ref.URL = git.Line(); strings.HasPrefix(ref.URL, "-") {
			git.Fail(fmt.Sprintf("%q is no address", ref.URL), "")
		}
		ref.URL = absoluteURL(ref.URL, filepath.Dir(file))
	}
	return ref
}

func directoryOf(n yamldoc.Node, file string) string {
	dir, err := config.ExpandPath(n.Line())
	switch {
	case err != nil:
		n.Mild(fmt.Sprintf("%v in %q", err, n.Line()), "set it before berth runs, or write the path in full")
		return ""
	case dir == "":
		return ""
	case isAddress(dir):
		n.Fail(fmt.Sprintf("%q is a git address", dir), "write `NAME: {git: "+dir+"}`")
	}
	if dir = expandHome(dir); !filepath.IsAbs(dir) {
		dir = filepath.Join(filepath.Dir(file), dir)
	}
	return dir
}

// AddRepo configures a repository, before those that are configured already, after it was opened once.
func (s *Session) AddRepo(ctx context.Context, ref RepoRef) (packages.Repo, error) {
	if !repoName.MatchString(ref.Name) || ref.Name == builtin.Name {
		return nil, withHint(fmt.Errorf("add repository: %q is no name for one", ref.Name), "use letters, digits, '-', '_' and '.'; builtin are the recipes inside berth")
	}
	have, err := readRepos(s.ReposPath())
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(have, func(r RepoRef) bool { return r.Name == ref.Name }); i >= 0 {
		return nil, withHint(fmt.Errorf("add repository: %s is there already (%s)", ref.Name, have[i].Place), "`berth repo remove "+ref.Name+"` removes it")
	}
	cwd, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("add repository: %w", err)
	}
	if ref.URL != "" {
		ref.URL = absoluteURL(ref.URL, cwd)
	} else if ref.Dir, err = filepath.Abs(expandHome(ref.Dir)); err != nil {
		return nil, fmt.Errorf("add repository: %w", err)
	}
	if ref.URL == "" && isBareGit(ref.Dir) {
		ref.URL, ref.Dir = ref.Dir, ""
	}
	repo, err := s.openRef(ctx, ref, cwd, have)
	if err != nil {
		return nil, err
	}
	if spack, ok := repo.(*SpackRepo); ok {
		ref = spack.Ref // with its commit
	}
	ref.Place, ref.configured = packages.Place{}, true
	return repo, s.editRepos(append([]RepoRef{ref}, have...), func(e *reposEdit) error { return e.insert(ref) })
}

// RemoveRepo takes a repository out of the user's repos.yaml. What was fetched of it stays.
func (s *Session) RemoveRepo(name string) error {
	have, err := readRepos(s.ReposPath())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(have, func(r RepoRef) bool { return r.Name == name })
	if i < 0 {
		return s.unknownRepo(name, have)
	}
	return s.editRepos(slices.Delete(slices.Clone(have), i, i+1), func(e *reposEdit) error { return e.remove(name) })
}

// unknownRepo says why a name is none of the user's.
func (s *Session) unknownRepo(name string, have []RepoRef) error {
	if site, err := s.siteRepos(); err == nil {
		for _, r := range site {
			if r.Name == name {
				return withHint(fmt.Errorf("repository %s is the site's (%s)", name, r.Place), "add one of the same name to use another")
			}
		}
	}
	var known []string
	for _, r := range have {
		known = append(known, r.Name)
	}
	return &UnknownRepoError{name, known}
}

// RepoMove is what UpdateRepos did with a repository.
type RepoMove struct {
	Ref  RepoRef // with the commit that it is at now
	From string  // the commit that it was at; "" if it was at none
}

// UpdateRepos moves the configured git repositories of those names (none: all) to their newest commits, or to the one given. Each is
// fetched and read before it is written down.
func (s *Session) UpdateRepos(ctx context.Context, names []string, commit string) ([]RepoMove, error) {
	have, err := readRepos(s.ReposPath())
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		i := slices.IndexFunc(have, func(r RepoRef) bool { return r.Name == name })
		if i < 0 {
			return nil, s.unknownRepo(name, have)
		}
		if have[i].URL == "" {
			return nil, fmt.Errorf("update repository: %s is a directory (%s), which is always read as it is", name, have[i].Dir)
		}
	}
	var moves []RepoMove
	for i, ref := range have {
		if ref.URL == "" || len(names) > 0 && !slices.Contains(names, ref.Name) {
			continue
		}
		move := RepoMove{From: ref.Commit}
		if ref.Commit = commit; commit == "" {
			if ref.Commit, err = s.newestCommit(ctx, ref.URL, ref.Branch); err != nil {
				return moves, err
			}
		}
		move.Ref = ref
		if ref.Commit != move.From {
			if _, err := s.openRef(ctx, ref, "", have[i+1:]); err != nil {
				return moves, err
			}
			have[i] = ref
			if err := s.editRepos(have, func(e *reposEdit) error { return e.setCommit(ref.Name, ref.Commit) }); err != nil {
				return moves, err
			}
		}
		moves = append(moves, move)
	}
	return moves, nil
}

// editRepos changes the text of repos.yaml at the place in question and leaves the rest as it is; want is what it then must say.
func (s *Session) editRepos(want []RepoRef, edit func(*reposEdit) error) error {
	text, err := os.ReadFile(s.ReposPath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("edit repositories: %w", err)
	}
	e := &reposEdit{lines: splitLines(text)}
	if err := yamldoc.CheckLineEnds(s.ReposPath(), text); err != nil {
		return err
	}
	if err := yaml.Unmarshal(text, &e.doc); err != nil {
		return fmt.Errorf("edit %s: %w", s.ReposPath(), err)
	}
	err = edit(e)
	now := joinLines(e.lines)
	if err == nil {
		var got []RepoRef
		if got, err = parseRepos(s.ReposPath(), now); err == nil && !slices.EqualFunc(got, want, sameRef) {
			err = errByHand
		}
	}
	if err != nil {
		return fmt.Errorf("edit %s: %w", s.ReposPath(), err)
	}
	if err := durable.MkdirAll(s.Root, 0o755); err != nil {
		return fmt.Errorf("edit repositories: %w", err)
	}
	return writeFile(s.ReposPath(), now)
}

// sameRef compares all but where it stands.
func sameRef(a, b RepoRef) bool {
	a.Place, b.Place = packages.Place{}, packages.Place{}
	return a == b
}

var errByHand = errors.New("it is written in a way that cannot be edited here; change it by hand")
