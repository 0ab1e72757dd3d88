package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"
)

// berth is what the verbs share: where things are, and the terminal. What it opens, it opens on first use.
type berth struct {
	*terminal
	getenv   func(string) string
	settings []string // --config: "packages:mpi:buildable:false"
	root     string   // BERTH_ROOT, or ~/.berth: "/home/u/.berth"
	// completing a command line: nothing that takes long, and no word on stderr
	completing bool
}

// start applies the global flags.
func (b *berth) start(c *cli.Context) error {
	b.settings = c.StringSlice("config")
	b.quiet, b.verbose = c.Bool("quiet"), c.Bool("verbose")
	if err := b.setColor(c.String("color")); err != nil {
		return err
	}
	if dir := c.String("directory"); dir != "" {
		if err := os.Chdir(dir); err != nil {
			return fmt.Errorf("enter directory: %w", err)
		}
	}
	return b.locateRoot()
}

func (b *berth) locateRoot() error {
	b.root = b.getenv("BERTH_ROOT")
	if b.root == "" {
		home := b.getenv("HOME")
		if home == "" {
			return withHint(errors.New("find the berth root: neither BERTH_ROOT nor HOME is set"), "set BERTH_ROOT to a directory of yours")
		}
		b.root = filepath.Join(home, ".berth")
	}
	abs, err := filepath.Abs(b.root)
	if err != nil {
		return fmt.Errorf("find the berth root: %w", err)
	}
	b.root = abs
	return nil
}

// silent is an error that was already told, or that only carries an exit status.
type silent struct{ status int }

func (s *silent) Error() string   { return fmt.Sprintf("exit status %d", s.status) }
func (s *silent) ExitStatus() int { return s.status }

func isSilent(err error) bool {
	var s *silent
	return errors.As(err, &s)
}
