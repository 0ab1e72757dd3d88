package envs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"path/filepath"

	"github.com/berth-hpc/berth/install/fetch"
	"github.com/berth-hpc/berth/packages/spackrepo/gitfs"
)

// gitSources brings sources from git repositories, through bare clones in the cache.
type gitSources struct{ dir string }

func (g gitSources) clone(url string) *gitfs.Clone {
	sum := sha256.Sum256([]byte(url))
	return &gitfs.Clone{Dir: filepath.Join(g.dir, hex.EncodeToString(sum[:10])+".git"), URL: url}
}

// Resolve implements fetch.Git.
func (g gitSources) Resolve(ctx context.Context, url, ref string) (string, error) {
	return gitfs.Resolve(ctx, url, ref)
}

// Archive implements fetch.Git.
func (g gitSources) Archive(ctx context.Context, url, commit, dir string, w io.Writer) ([]byte, error) {
	clone := g.clone(url)
	if err := clone.Fetch(ctx, commit); err != nil {
		return nil, err
	}
	if err := clone.Archive(ctx, commit, dir, w); err != nil {
		return nil, err
	}
	return clone.Commit(ctx, commit)
}

// Submodules implements fetch.Git.
func (g gitSources) Submodules(ctx context.Context, url, commit string) ([]fetch.GitSource, error) {
	list, err := g.clone(url).Submodules(ctx, commit)
	var sources []fetch.GitSource
	for _, s := range list {
		sources = append(sources, fetch.GitSource{Path: s.Path, URL: s.URL, Commit: s.Commit})
	}
	return sources, err
}
