package stage

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/berth-hpc/berth/install/unpack"
)

// GitPart is the files of one commit: the source itself, or a submodule.
type GitPart struct {
	Name    string // for messages: "zlib commit 1a2b3c4d5e6f"
	Archive string // a tar archive with one directory
	Path    string // below the source; "" for the source itself
}

// UnpackGit puts commits' files into the unpack directory: the first as the source, the others as its submodules.
func (s *Stage) UnpackGit(ctx context.Context, parts []GitPart) (sourceDir string, err error) {
	res, err := unpack.Unpack(ctx, parts[0].Archive, s.UnpackDir(), unpack.Options{Name: parts[0].Name})
	if err != nil {
		return "", err
	}
	for _, p := range parts[1:] {
		if err := s.placeSubmodule(ctx, res.SourceDir, p); err != nil {
			return "", err
		}
	}
	return res.SourceDir, nil
}

func (s *Stage) placeSubmodule(ctx context.Context, sourceDir string, p GitPart) error {
	work, err := os.MkdirTemp(s.TmpDir(), "submodule-")
	if err != nil {
		return fail("create", s.TmpDir(), err)
	}
	defer os.RemoveAll(work)
	res, err := unpack.Unpack(ctx, p.Archive, filepath.Join(work, "x"), unpack.Options{Name: p.Name})
	if err != nil {
		return err
	}
	if err := moveInto(res.SourceDir, "", sourceDir, p.Path); err != nil {
		return fmt.Errorf("place submodule %s: %w", p.Path, err)
	}
	return nil
}
