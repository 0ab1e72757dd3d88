package stage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/berth-hpc/berth/install/unpack"
	"github.com/berth-hpc/berth/packages"
)

// Unpack expands a fetched archive into the stage and returns the source directory. If expand is false, the file is put there as it is,
// under name.
func (s *Stage) Unpack(ctx context.Context, archive, name string, expand bool) (sourceDir string, err error) {
	res, err := unpack.Unpack(ctx, archive, s.UnpackDir(), unpack.Options{Name: name, Plain: !expand})
	if err != nil {
		return "", err
	}
	return res.SourceDir, nil
}

// PatchError says that a patch does not apply.
type PatchError struct {
	Patch  packages.Patch
	Output string // of patch(1)
	Err    error
}

func (e *PatchError) Error() string {
	text := fmt.Sprintf("apply patch %s", PatchName(e.Patch))
	if p := e.Patch.Place.String(); p != "" {
		text += " (" + p + ")"
	}
	text += ": " + e.Err.Error()
	if e.Output != "" {
		text += "\n" + strings.TrimRight(e.Output, "\n")
	}
	return text
}

func (e *PatchError) Unwrap() error { return e.Err }

// PatchName is what people know the patch by.
func PatchName(p packages.Patch) string {
	switch {
	case p.File != "":
		return p.File
	case p.URL != "":
		return p.URL
	}
	return p.SHA256
}

// ApplyPatch applies p, whose Content is filled, to the source. It runs patch(1): offsets and fuzz are normal in recipes. The
// output goes to log.
func ApplyPatch(ctx context.Context, sourceDir string, p packages.Patch, env []string, log io.Writer) error {
	program, err := findIn(env, "patch")
	if err != nil {
		return &PatchError{Patch: p, Err: err}
	}
	dir, err := inside(sourceDir, p.WorkingDir)
	if err != nil {
		return &PatchError{Patch: p, Err: err}
	}
	args := []string{"-s", "-f", fmt.Sprintf("-p%d", p.Level), "--no-backup-if-mismatch", "-i", "-"}
	if p.Reverse {
		args = append(args, "-R")
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, env, bytes.NewReader(p.Content)
	cmd.Stdout = io.MultiWriter(&out, log)
	cmd.Stderr = cmd.Stdout
	if err := cmd.Run(); err != nil {
		return &PatchError{Patch: p, Output: out.String(), Err: err}
	}
	return nil
}

// inside joins rel to dir and refuses what leads out of it.
func inside(dir, rel string) (string, error) {
	if rel != "" && !filepath.IsLocal(rel) {
		return "", fmt.Errorf("working directory %q leads out of the source", rel)
	}
	return filepath.Join(dir, rel), nil
}

// findIn looks a program up on the PATH of env.
func findIn(env []string, program string) (string, error) {
	for _, e := range env {
		path, ok := strings.CutPrefix(e, "PATH=")
		if !ok {
			continue
		}
		for _, dir := range filepath.SplitList(path) {
			if found, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
				return found, nil
			}
		}
	}
	return "", errors.New("there is no patch program; install it, or add patch to what the package needs for its build")
}

// PlaceResource unpacks a resource into the source directory: below its destination, and from there to where its placement says.
func (s *Stage) PlaceResource(ctx context.Context, sourceDir string, r packages.Resource, archive string) error {
	dest, err := inside(sourceDir, r.Destination)
	if err != nil {
		return fmt.Errorf("place resource %s: %w", r.Name, err)
	}
	work, err := os.MkdirTemp(s.TmpDir(), "resource-")
	if err != nil {
		return fail("create", s.TmpDir(), err)
	}
	defer os.RemoveAll(work)
	res, err := unpack.Unpack(ctx, archive, filepath.Join(work, "x"), unpack.Options{Name: r.Name})
	if err != nil {
		return err
	}
	moves := r.Placement
	if len(moves) == 0 {
		moves = map[string]string{"": filepath.Base(res.SourceDir)}
	}
	for from, to := range moves {
		if err := moveInto(res.SourceDir, from, dest, to); err != nil {
			return fmt.Errorf("place resource %s: %w", r.Name, err)
		}
	}
	return nil
}

// moveInto moves what is called from in a resource ("" is all of it) to the name to below dest, which must be free.
func moveInto(source, from, dest, to string) error {
	src, err := inside(source, from)
	if err != nil {
		return err
	}
	dst, err := inside(dest, to)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
		return err
	}
	os.Remove(dst) // an empty directory, as submodules leave them
	return os.Rename(src, dst)
}
