package view

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/install/durable"
)

// Write makes the view as planned, in a tree beside the one that is in use, switches to it, and removes the other. key is what Is will be asked
// for. Until the switch, and after an error, the old view is whole. The caller lets no other process write the same view.
func (l Location) Write(ctx context.Context, key string, plan *Plan, kind Kind) (err error) {
	if err := l.Check(); err != nil {
		return err
	}
	dir := filepath.Dir(l.Path)
	if err := durable.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make view: %w", err)
	}
	tree, err := l.newTree(key, plan)
	if err != nil {
		return fmt.Errorf("make view: %w", err)
	}
	defer func() {
		if err != nil {
			os.RemoveAll(tree)
		}
	}()
	if err := fill(ctx, tree, plan, kind); err != nil {
		return fmt.Errorf("make view %s: %w", l.Path, err)
	}
	if err := durable.SyncTree(ctx, tree); err != nil {
		return err
	}
	if err := durable.Symlink(filepath.Base(tree), l.Path); err != nil {
		return fmt.Errorf("switch view: %w", err)
	}
	return l.sweep(tree)
}

// newTree makes a tree with nothing but its marker in it. It gets its name when it has that, so that what a killed command leaves can be told
// from what is not ours.
func (l Location) newTree(key string, plan *Plan) (tree string, err error) {
	temp := durable.TempName(l.Path)
	defer func() {
		if err != nil {
			os.RemoveAll(temp)
		}
	}()
	// The umask does not count: the view is for whoever may come so far.
	if err := errors.Join(os.Mkdir(temp, 0o755), os.Chmod(temp, 0o755), l.writeMarker(temp, key, plan)); err != nil {
		return "", err
	}
	for {
		tree = filepath.Join(filepath.Dir(l.Path), l.treePrefix()+strconv.FormatUint(uint64(rand.Uint32()), 10))
		if err = durable.RenameDir(temp, tree); !errors.Is(err, durable.ErrExists) {
			return tree, err
		}
	}
}

func fill(ctx context.Context, tree string, plan *Plan, kind Kind) error {
	for _, d := range plan.Dirs {
		if err := os.Mkdir(filepath.Join(tree, d), 0o755); err != nil {
			return err
		}
	}
	put := map[Kind]func(Link, string) error{
		Symlink:  func(l Link, at string) error { return os.Symlink(l.Target(), at) },
		Hardlink: putHardlink,
		Copy:     putCopy,
	}[kind]
	for _, link := range plan.Links {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := put(link, filepath.Join(tree, link.Path)); err != nil {
			return err
		}
	}
	return nil
}

func putHardlink(l Link, at string) error {
	if done, err := putLink(l, at); done {
		return err
	}
	err := os.Link(l.Target(), at)
	if errors.Is(err, unix.EXDEV) || errors.Is(err, unix.EPERM) {
		return fmt.Errorf("%w; hard links need the view and the package on one file system that has them: use link_type symlink or copy", err)
	}
	return err
}

func putCopy(l Link, at string) (err error) {
	if done, err := putLink(l, at); done {
		return err
	}
	in, err := os.Open(l.Target())
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("copy %s: it is no file", l.Target())
	}
	out, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Chmod(info.Mode().Perm()), out.Close())
}

// putLink makes a package's own link again, if l is one. A relative one that leads out of the package would lead elsewhere from the view.
func putLink(l Link, at string) (done bool, err error) {
	info, err := os.Lstat(l.Target())
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return err != nil, err
	}
	text, err := os.Readlink(l.Target())
	if err != nil {
		return true, err
	}
	if !filepath.IsAbs(text) {
		target := filepath.Join(filepath.Dir(l.Target()), text)
		if target != l.Prefix && !strings.HasPrefix(target, l.Prefix+"/") {
			text = target
		}
	}
	return true, os.Symlink(text, at)
}
