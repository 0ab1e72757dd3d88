package yamlrecipe

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/berth-hpc/berth/packages"
)

// action is something a build does, as the recipe says it.
type action interface {
	// bind applies the node's choices; nil if the action does not apply to the node.
	bind(p *planner) (boundAction, error)
	templates() []template
}

// command runs a program without a shell.
type command struct {
	argv []template
	dir  template
}

type boundCommand struct {
	argv []text
	dir  text
}

func (c command) templates() []template { return append(c.argv, c.dir) }

func (c command) bind(p *planner) (boundAction, error) {
	out := boundCommand{dir: p.text(c.dir)}
	for _, a := range c.argv {
		out.argv = append(out.argv, p.text(a))
	}
	return out, nil
}

func (c boundCommand) canonical(b *strings.Builder) {
	fmt.Fprintf(b, "run %q", c.dir.canonical())
	for _, a := range c.argv {
		fmt.Fprintf(b, " %q", a.canonical())
	}
	b.WriteByte('\n')
}

func (c boundCommand) run(ctx context.Context, b packages.Build) error {
	dir, err := c.dir.expand(b)
	if err != nil {
		return err
	}
	argv := make([]string, len(c.argv))
	for i, a := range c.argv {
		if argv[i], err = a.expand(b); err != nil {
			return err
		}
	}
	return b.Run(ctx, dir, nil, argv...)
}

// shell runs a command line with sh -e; what fails ends the build.
type shell struct{ command, dir template }

type boundShell struct{ command, dir text }

func (s shell) templates() []template { return []template{s.command, s.dir} }

func (s shell) bind(p *planner) (boundAction, error) {
	dir := p.sourceDir()
	if len(s.dir.parts) > 0 {
		dir = s.dir
	}
	return boundShell{command: p.text(s.command), dir: p.text(dir)}, nil
}

func (s boundShell) canonical(b *strings.Builder) {
	fmt.Fprintf(b, "sh %q %q\n", s.dir.canonical(), s.command.canonical())
}

func (s boundShell) run(ctx context.Context, b packages.Build) error {
	dir, err := s.dir.expand(b)
	if err != nil {
		return err
	}
	line, err := s.command.expand(b)
	if err != nil {
		return err
	}
	return b.Run(ctx, dir, nil, "sh", "-e", "-c", line)
}

// mkdir makes a directory and what leads to it.
type mkdir struct{ dir template }

func (m mkdir) templates() []template { return []template{m.dir} }

func (m mkdir) bind(p *planner) (boundAction, error) {
	return boundCommand{dir: p.text(defaultTemplate("{source}")), argv: []text{
		{{text: "mkdir"}}, {{text: "-p"}}, p.text(m.dir),
	}}, nil
}

// write makes a file in the source directory.
type write struct {
	file, text template
	mode       uint32
	when       packages.When
}

type boundWrite struct {
	file, text text
	mode       uint32
}

func (w write) templates() []template { return []template{w.file, w.text} }

func (w write) bind(p *planner) (boundAction, error) {
	if !w.when.Holds(p.node) {
		return nil, nil
	}
	return boundWrite{file: p.text(w.file), text: p.text(w.text), mode: w.mode}, nil
}

func (w boundWrite) canonical(b *strings.Builder) {
	fmt.Fprintf(b, "write %q %o %q\n", w.file.canonical(), w.mode, w.text.canonical())
}

func (w boundWrite) run(ctx context.Context, b packages.Build) error {
	file, err := w.file.expand(b)
	if err != nil {
		return err
	}
	content, err := w.text.expand(b)
	if err != nil {
		return err
	}
	b.Logf("write %s", file)
	return b.WriteFile(filepath.Join(b.SourceDir(), file), []byte(content), w.mode)
}

// edit replaces text in a file of the source: every occurrence, and there must be one.
type edit struct {
	file    template
	replace string         // literal text; or
	match   *regexp.Regexp // an expression; $1 in with is its group
	with    template
	when    packages.When
	place   packages.Place
}

type boundEdit struct {
	edit
	file, with text
}

func (e edit) templates() []template { return []template{e.file, e.with} }

func (e edit) bind(p *planner) (boundAction, error) {
	if !e.when.Holds(p.node) {
		return nil, nil
	}
	return boundEdit{edit: e, file: p.text(e.file), with: p.text(e.with)}, nil
}

func (e boundEdit) canonical(b *strings.Builder) {
	kind, what := "text", e.replace
	if e.match != nil {
		kind, what = "match", e.match.String()
	}
	fmt.Fprintf(b, "edit %q %s %q %q\n", e.file.canonical(), kind, what, e.with.canonical())
}

func (e boundEdit) run(ctx context.Context, b packages.Build) error {
	file, err := e.file.expand(b)
	if err != nil {
		return err
	}
	with, err := e.with.expand(b)
	if err != nil {
		return err
	}
	path := filepath.Join(b.SourceDir(), file)
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("%s: edit %s: %w", e.place, file, err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: edit %s: it is no regular file", e.place, file)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s: edit %s: %w", e.place, file, err)
	}
	after, count := e.apply(before, with)
	if count == 0 {
		return fmt.Errorf("%s: edit %s: nothing there matches %q", e.place, file, e.replace+e.expression())
	}
	b.Logf("edit %s: %d places", file, count)
	return rewrite(b, path, after, info)
}

func (e edit) expression() string {
	if e.match == nil {
		return ""
	}
	return strings.TrimPrefix(e.match.String(), "(?m)")
}

// apply returns the changed text and how often it was changed.
func (e edit) apply(before []byte, with string) ([]byte, int) {
	if e.match == nil {
		return bytes.ReplaceAll(before, []byte(e.replace), []byte(with)), bytes.Count(before, []byte(e.replace))
	}
	return e.match.ReplaceAll(before, []byte(with)), len(e.match.FindAllIndex(before, -1))
}

// rewrite keeps the file's times: what is generated from it must not look older than it, or make runs autoconf again.
func rewrite(b packages.Build, path string, data []byte, info fs.FileInfo) error {
	if err := b.WriteFile(path, data, uint32(info.Mode().Perm())); err != nil {
		return err
	}
	return os.Chtimes(path, info.ModTime(), info.ModTime())
}

// check runs what was installed and looks for text in what it prints.
type check struct {
	command, expect template
	when            packages.When
}

type boundCheck struct{ command, expect text }

func (c check) templates() []template { return []template{c.command, c.expect} }

func (c check) bind(p *planner) (boundAction, error) {
	if !c.when.Holds(p.node) {
		return nil, nil
	}
	return boundCheck{command: p.text(c.command), expect: p.text(c.expect)}, nil
}

func (c boundCheck) canonical(b *strings.Builder) {
	fmt.Fprintf(b, "check %q %q\n", c.command.canonical(), c.expect.canonical())
}

// checkScript runs its first argument and wants its second in what that prints.
const checkScript = `status=0
out=$(sh -e -c "$1" 2>&1) || status=$?
printf '%s\n' "$out"
[ "$status" = 0 ] || exit "$status"
case "$out" in *"$2"*) ;; *) printf 'error: the check expected to read: %s\n' "$2"; exit 1 ;; esac`

func (c boundCheck) run(ctx context.Context, b packages.Build) error {
	line, err := c.command.expand(b)
	if err != nil {
		return err
	}
	expect, err := c.expect.expand(b)
	if err != nil {
		return err
	}
	return b.Run(ctx, b.BuildDir(), nil, "sh", "-c", checkScript, "check", line, expect)
}
