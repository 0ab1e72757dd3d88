package envs

import (
	"context"
	"fmt"
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/spackrepo/gitfs"
)

// What `berth repo` does with the repositories of an environment.

// NewRepoRef is a repository as a command line names it.
func NewRepoRef(name, where, branch, commit string) (RepoRef, error) {
	if err := CheckCommit(commit); err != nil {
		return RepoRef{}, err
	}
	if isAddress(where) || branch != "" || commit != "" {
		return RepoRef{Name: name, URL: where, Branch: branch, Commit: commit}, nil
	}
	return RepoRef{Name: name, Dir: where}, nil
}

// CheckCommit refuses what is neither "" nor the full name of a commit.
func CheckCommit(commit string) error {
	if commit == "" || gitfs.IsCommit(commit) {
		return nil
	}
	return withHint(fmt.Errorf("%q is not the full name of a commit", commit), "write all of its 40 hexadecimal digits, as `git rev-parse` prints them")
}

// Address is where the repository is, as people are shown it.
func (r RepoRef) Address() string {
	if r.Builtin {
		return "inside berth"
	}
	return r.from()
}

// OpenedRepo is one repository, or why it cannot be opened.
type OpenedRepo struct {
	Ref  RepoRef
	Repo packages.Repo
	Err  error
}

// OpenEach opens each repository that the environment (nil: no environment) searches, in order; or those in dirs, if there are any. All
// files of directories are looked at.
func (s *Session) OpenEach(ctx context.Context, e *Environment, dirs ...string) ([]OpenedRepo, error) {
	refs := make([]RepoRef, len(dirs))
	for i, dir := range dirs {
		refs[i] = RepoRef{Dir: dir}
	}
	dir := ""
	if len(dirs) == 0 {
		var wanted []RepoRef
		var lock *Lock
		var err error
		if e != nil {
			wanted, dir = e.Manifest.Repos, e.Dir
			if lock, err = e.Lock(); err != nil {
				return nil, err
			}
		}
		if refs, err = s.resolveNames(wanted); err != nil {
			return nil, err
		}
		refs = pinnedBy(refs, lock)
	}
	out := make([]OpenedRepo, len(refs))
	for i, ref := range refs {
		out[i].Ref = ref
		out[i].Repo, out[i].Err = s.openRef(ctx, ref, dir, refs[i+1:])
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// OwnRepos are those of names that env.yaml itself gives an address.
func (e *Environment) OwnRepos(names []string) []string {
	var own []string
	for _, r := range e.Manifest.Repos {
		if r.URL != "" && slices.Contains(names, r.Name) {
			own = append(own, r.Name)
		}
	}
	return own
}

// UpdateRepos concretizes with other commits of those git repositories whose commit the lock holds: of those that are configured, what
// they are at now; of the others the newest, or the one given. names limits it (none: all). The result is nil where nothing is to be done;
// the lock is not written.
func (e *Environment) UpdateRepos(ctx context.Context, s *Session, o Options, names []string, commit string) (*Result, []RepoMove, error) {
	lock, err := e.Lock()
	if err != nil || lock == nil {
		return nil, nil, err
	}
	refs, err := s.resolveNames(e.Manifest.Repos)
	if err != nil {
		return nil, nil, err
	}
	pinned := pinnedBy(refs, lock)
	moved := slices.Clone(pinned)
	var moves []RepoMove
	for i, ref := range refs {
		switch {
		case ref.URL == "" || len(names) > 0 && !slices.Contains(names, ref.Name):
			continue
		case ref.Commit != "" && !ref.configured:
			if len(names) > 0 {
				return nil, nil, withHint(fmt.Errorf("update repository: %s names the commit of %s (%s)", ManifestName, ref, ref.Place), "change it there, and run `berth concretize`")
			}
			continue
		case ref.configured:
			moved[i].Commit = ref.Commit
		case commit != "":
			moved[i].Commit = commit
		default:
			if moved[i].Commit, err = s.newestCommit(ctx, absoluteURL(ref.URL, e.Dir), ref.Branch); err != nil {
				return nil, nil, err
			}
		}
		if !ref.configured || moved[i].Commit != pinned[i].Commit {
			moves = append(moves, RepoMove{Ref: moved[i], From: pinned[i].Commit})
		}
	}
	if slices.EqualFunc(moved, pinned, sameRef) {
		return nil, moves, nil
	}
	if o.Repo, err = s.openAll(ctx, moved, e.Dir); err != nil {
		return nil, nil, err
	}
	result, err := e.Concretize(ctx, s, o)
	return result, moves, err
}
