package install

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/berth-hpc/berth/install/elf"
)

// Trim is what a store leaves out of what packages install, to save room. It is the store's affair, not the package's: it is not part of the
// hash. What another package could need at run time or to link stays.
type Trim struct {
	Strip  bool // debug information of programs and shared libraries
	Static bool // static libraries that have a shared one beside them, with their libtool archives
	Docs   bool // manual pages, info files and other documentation
}

// docDirs are where documentation is installed, below the prefix.
var docDirs = []string{"share/doc", "share/man", "share/info", "share/gtk-doc", "man", "info", "doc"}

// trim takes out of the prefix what the store does not want.
func (b *build) trim(ctx context.Context) error {
	if b.Trim.Docs {
		for _, dir := range docDirs {
			if err := os.RemoveAll(filepath.Join(b.root, dir)); err != nil {
				return err
			}
		}
		os.Remove(filepath.Join(b.root, "share")) // if that was all
	}
	if b.Trim.Static {
		if err := b.dropStatic(); err != nil {
			return err
		}
	}
	if b.Trim.Strip {
		return b.strip(ctx)
	}
	return nil
}

func (b *build) dropStatic() error {
	dropped := 0
	err := filepath.WalkDir(b.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		base, isStatic := strings.CutSuffix(path, ".a")
		if !isStatic {
			return nil
		}
		if _, err := os.Stat(base + ".so"); err != nil {
			return nil
		}
		if err := os.Remove(path); err != nil {
			return err
		}
		dropped++
		if err := os.Remove(base + ".la"); err != nil && !os.IsNotExist(err) {
			return err
		}
		return nil
	})
	if dropped > 0 {
		fmt.Fprintf(b.log, "left out: %d static libraries\n", dropped)
	}
	return err
}

// atOnce bounds a command line of strip.
const atOnce = 200

// strip takes debug information out of programs and shared libraries. A file that strip cannot read stays as it is.
func (b *build) strip(ctx context.Context) error {
	program, err := lookProgram(b.env.Vars, b.prefix, "strip")
	if err != nil {
		fmt.Fprintf(b.log, "warning: debug information stays: %v\n", err)
		return nil
	}
	files, _, err := elf.Walk(ctx, b.root)
	if err != nil {
		return err
	}
	for len(files) > 0 {
		n := min(len(files), atOnce)
		argv := []string{"--strip-debug", "--preserve-dates"}
		for _, f := range files[:n] {
			argv = append(argv, f.Path)
		}
		files = files[n:]
		cmd := exec.CommandContext(ctx, program, argv...)
		cmd.Env, cmd.Stdout, cmd.Stderr = b.env.Vars, b.log, b.log
		if err := cmd.Run(); err != nil {
			fmt.Fprintf(b.log, "warning: strip: %v\n", err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}
