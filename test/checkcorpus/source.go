package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"strings"
	"testing/fstest"
)

// gitFiles reads a commit's recipes and build systems into memory.
func gitFiles(ctx context.Context, dir, commit string) (fs.FS, error) {
	list, err := exec.CommandContext(ctx, "git", "--git-dir", dir, "ls-tree", "--name-only", commit).Output()
	if err != nil {
		return nil, fmt.Errorf("list %s of %s: %w", commit, dir, err)
	}
	args := []string{"--git-dir", dir, "archive", "--format=tar", commit}
	for _, name := range strings.Fields(string(list)) {
		switch name {
		case "spack-repo-index.yaml", "repos", "repo.yaml", "packages", "build_systems":
			args = append(args, name)
		case "var": // a checkout of Spack
			args = append(args, "var/spack/repos/builtin", "lib/spack/spack/build_systems")
		}
	}
	cmd := exec.CommandContext(ctx, "git", args...)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	files, err := untar(pipe)
	if waitErr := cmd.Wait(); err == nil && waitErr != nil {
		err = fmt.Errorf("read %s of %s: %w", commit, dir, waitErr)
	}
	return files, err
}

func untar(from io.Reader) (fstest.MapFS, error) {
	files := fstest.MapFS{}
	r := tar.NewReader(from)
	for {
		h, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			_, err = io.Copy(io.Discard, from)
			return files, err
		case err != nil:
			return nil, err
		case h.Typeflag != tar.TypeReg:
			continue
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		files[h.Name] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
}
