package gitfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Clone is a bare clone of one address. It holds the commits that were asked for and, where the server allows it, no history.
type Clone struct {
	Dir string // "/home/u/.berth/repos/spack-4f1c2d3e.git"
	URL string // where commits come from; "" if none can be fetched
}

var commitForm = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// IsCommit reports whether a text is the full name of a commit.
func IsCommit(text string) bool { return commitForm.MatchString(text) }

// Fetch makes sure that the clone has a commit, given by its full name. Where it has it already, nothing is asked of the network.
func (c *Clone) Fetch(ctx context.Context, commit string) error {
	if !IsCommit(commit) {
		return fmt.Errorf("fetch %s: %q is not the full name of a commit, which has 40 hexadecimal digits", c.URL, commit)
	}
	if err := c.prepare(ctx); err != nil {
		return err
	}
	if c.has(ctx, commit) {
		return nil
	}
	// Not every server gives a commit by its name; then the branches are fetched, which the commit is on, if it is.
	if err := c.fetch(ctx, "1", commit); err != nil {
		var refused *Error
		if !errors.As(err, &refused) {
			return err
		}
		if all := c.fetch(ctx, "", "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"); all != nil {
			return fmt.Errorf("fetch commit %s: %w", commit, all)
		}
		if !c.has(ctx, commit) {
			return fmt.Errorf("fetch commit %s: %s has no such commit: %w", commit, c.URL, err)
		}
	}
	// A name of its own keeps it through garbage collection.
	if _, err := run(ctx, c.Dir, "update-ref", "refs/berth/"+commit, commit); err != nil {
		return fmt.Errorf("fetch commit %s: %w", commit, err)
	}
	return nil
}

// fetch gets refs into packs, however small they are: loose objects are files.
func (c *Clone) fetch(ctx context.Context, depth string, refs ...string) error {
	if c.URL == "" {
		return errors.New("its address is not known")
	}
	args := []string{"-c", "fetch.unpackLimit=1", "-c", "gc.auto=0", "-c", "maintenance.auto=false", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head"}
	if depth != "" {
		args = append(args, "--depth="+depth)
	}
	_, err := run(ctx, c.Dir, append(append(args, "--", c.URL), refs...)...)
	return err
}

// has reports whether the clone has a commit with all of its files: a fetch that was cut off leaves none of it.
func (c *Clone) has(ctx context.Context, commit string) bool {
	_, err := run(ctx, c.Dir, "cat-file", "-e", commit+"^{tree}")
	return err == nil
}

// prepare makes the empty clone if there is none, aside and then by rename.
func (c *Clone) prepare(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(c.Dir, "HEAD")); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(c.Dir), 0o755); err != nil {
		return fmt.Errorf("clone %s: %w", c.URL, err)
	}
	temp, err := os.MkdirTemp(filepath.Dir(c.Dir), ".clone-*")
	if err != nil {
		return fmt.Errorf("clone %s: %w", c.URL, err)
	}
	defer os.RemoveAll(temp)
	// Templates are hooks and descriptions that nobody needs here.
	if _, err := run(ctx, "", "init", "--quiet", "--bare", "--template=", temp); err != nil {
		return fmt.Errorf("clone %s: %w", c.URL, err)
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return fmt.Errorf("clone %s: %w", c.URL, err)
	}
	err = os.Rename(temp, c.Dir)
	if errors.Is(err, fs.ErrExist) || err != nil && isClone(c.Dir) {
		return nil // somebody else was faster
	}
	if err != nil {
		return fmt.Errorf("clone %s: %w", c.URL, err)
	}
	return nil
}

func isClone(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "HEAD"))
	return err == nil
}

// Resolve asks the server which commit a branch or tag is; "" is its default branch.
func Resolve(ctx context.Context, url, ref string) (string, error) {
	patterns := []string{"HEAD"}
	if ref != "" {
		patterns = []string{"refs/heads/" + ref, "refs/tags/" + ref + "^{}", "refs/tags/" + ref}
	}
	out, err := run(ctx, "", append([]string{"ls-remote", "--quiet", "--", url}, patterns...)...)
	if err != nil {
		return "", fmt.Errorf("ask %s for its commits: %w", url, err)
	}
	found := map[string]string{}
	for line := range bytes.Lines(out) {
		if commit, name, ok := strings.Cut(strings.TrimSpace(string(line)), "\t"); ok && IsCommit(commit) {
			found[name] = commit
		}
	}
	for _, p := range patterns {
		if commit, ok := found[p]; ok {
			return commit, nil
		}
	}
	if ref == "" {
		return "", fmt.Errorf("ask %s for its commits: it has no default branch", url)
	}
	return "", fmt.Errorf("ask %s for its commits: it has no branch and no tag %s", url, ref)
}
