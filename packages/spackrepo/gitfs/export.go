package gitfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// exactly are the attributes with which git writes files as they were committed: no line ends of a platform, no keywords, no filters,
// nothing left out. A clone's own attributes win over those in the commit.
const exactly = "* -text -ident -filter -working-tree-encoding -export-ignore -export-subst\n"

// Archive writes all files of a commit, byte for byte, as a tar archive with everything below one directory. Times are the commit's.
// Submodules are empty directories.
func (c *Clone) Archive(ctx context.Context, commit, dir string, w io.Writer) error {
	if !IsCommit(commit) {
		return fmt.Errorf("archive commit %s: that is not the full name of a commit", commit)
	}
	info := filepath.Join(c.Dir, "info")
	if err := os.MkdirAll(info, 0o755); err != nil {
		return fmt.Errorf("archive commit %s: %w", commit, err)
	}
	if err := os.WriteFile(filepath.Join(info, "attributes"), []byte(exactly), 0o644); err != nil {
		return fmt.Errorf("archive commit %s: %w", commit, err)
	}
	cmd := command(ctx, c.Dir, "-c", "tar.umask=0022", "-c", "core.autocrlf=false", "-c", "core.attributesFile=/dev/null",
		"archive", "--format=tar", "--prefix="+dir+"/", commit)
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = w, &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("archive commit %s: %w", commit, explain(ctx, "archive", err, stderr.String()))
	}
	return nil
}

// Commit returns a commit as git stores it: its text, whose digest is its name, and which names its tree.
func (c *Clone) Commit(ctx context.Context, commit string) ([]byte, error) {
	out, err := run(ctx, c.Dir, "cat-file", "commit", commit)
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w", commit, err)
	}
	return out, nil
}

// Submodule is another repository's commit within a commit.
type Submodule struct {
	Path   string // "extern/pybind11"
	URL    string // "" if the commit does not say
	Commit string
}

// Submodules lists those of a commit, without those of theirs. Addresses that are relative to the repository's are complete.
func (c *Clone) Submodules(ctx context.Context, commit string) ([]Submodule, error) {
	fail := func(err error) ([]Submodule, error) { return nil, fmt.Errorf("list submodules of %s: %w", commit, err) }
	out, err := run(ctx, c.Dir, "ls-tree", "-r", "-z", "--full-tree", commit)
	if err != nil {
		return fail(err)
	}
	var list []Submodule
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		meta, path, ok := strings.Cut(entry, "\t")
		if fields := strings.Fields(meta); ok && len(fields) == 3 && fields[0] == "160000" {
			list = append(list, Submodule{Path: path, Commit: fields[2]})
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	out, err = run(ctx, c.Dir, "config", "--blob", commit+":.gitmodules", "--null", "--list")
	var refused *Error
	if err != nil && !errors.As(err, &refused) { // a commit without the file tells no address
		return fail(err)
	}
	paths, urls := map[string]string{}, map[string]string{}
	for entry := range strings.SplitSeq(string(out), "\x00") {
		key, value, _ := strings.Cut(entry, "\n")
		name, isPath := strings.CutSuffix(key, ".path")
		if isPath {
			paths[value] = name
		} else if name, ok := strings.CutSuffix(key, ".url"); ok {
			urls[name] = value
		}
	}
	for i := range list {
		if url := urls[paths[list[i].Path]]; url != "" {
			list[i].URL = relativeTo(c.URL, url)
		}
	}
	return list, nil
}

// relativeTo completes an address that begins with ./ or ../ as git does: by directories, whatever the form of the base.
func relativeTo(base, url string) string {
	if !strings.HasPrefix(url, "./") && !strings.HasPrefix(url, "../") {
		return url
	}
	base = strings.TrimSuffix(base, "/")
	for {
		switch {
		case strings.HasPrefix(url, "./"):
			url = url[2:]
		case strings.HasPrefix(url, "../"):
			url = url[3:]
			if i := strings.LastIndexAny(base, "/:"); i > 0 {
				if base[i] == ':' { // host:repo
					return base[:i+1] + url
				}
				base = base[:i]
			}
		default:
			return base + "/" + url
		}
	}
}
