package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// offered is a build as its phases see it: packages.Build.
type offered struct{ b *build }

func (o offered) Node() *dag.Node                      { return o.b.node }
func (o offered) Prefix() string                       { return o.b.prefix }
func (o offered) SourceDir() string                    { return o.b.source }
func (o offered) BuildDir() string                     { return o.b.stage.BuildDir() }
func (o offered) Jobs() int                            { return o.b.fewerJobs(max(o.b.task.jobs, 1)) }
func (o offered) RunTests() bool                       { return o.b.Installer.RunTests }
func (o offered) DepPrefix(name string) (string, bool) { return o.b.env.DepPrefix(name) }
func (o offered) Dep(name string) (*dag.Node, bool)    { return o.b.env.Dep(name) }
func (o offered) Tool(name string) (string, error)     { return o.b.env.Tool(name) }
func (o offered) Logf(format string, args ...any)      { fmt.Fprintf(o.b.log, format+"\n", args...) }

// killDelay is how long a command that was asked to end has before it is made to.
const killDelay = 5 * time.Second

// runningFD is the descriptor of the running file in what a build starts: one that shell scripts do not use for themselves.
const runningFD = 62

// CommandError says that a command of a build failed.
type CommandError struct {
	Argv []string
	Dir  string
	Line string // as a person can repeat it in the build's shell, with what is set for it; "" if it was not run
	Err  error  // *exec.ExitError, or why it could not be started
}

func (e *CommandError) Error() string {
	line := strings.Join(e.Argv, " ")
	if len(line) > 120 {
		line = line[:117] + "..."
	}
	return fmt.Sprintf("run %s: %v", line, e.Err)
}

func (e *CommandError) Unwrap() error { return e.Err }

// Run implements packages.Build. The command is the leader of a process group, which ends with ctx.
func (o offered) Run(ctx context.Context, dir string, mods []packages.EnvMod, argv ...string) error {
	if len(argv) == 0 {
		return errors.New("run a command: it is empty")
	}
	dir = o.path(dir)
	files := make([]*os.File, runningFD-2)
	files[runningFD-3] = o.b.running.File
	env := packages.ApplyEnv(o.b.env.Vars, append(o.b.offerJobs(argv, files), mods...))
	if isNinja(argv) {
		var release func()
		argv, release = o.b.jobServer.lease(argv, o.b.fewerJobs(o.b.run.jobs))
		defer release()
	}
	line := shellLine(mods, argv)
	fmt.Fprintf(o.b.log, "==> [%s] %s\n", dir, line)
	if err := o.b.stage.NoteCommand(dir, line); err != nil {
		return err
	}
	program, err := lookProgram(env, dir, argv[0])
	if err != nil {
		return &CommandError{Argv: argv, Dir: dir, Err: err}
	}
	cmd, err := o.command(ctx, program, argv)
	if err != nil {
		return &CommandError{Argv: argv, Dir: dir, Err: err}
	}
	cmd.Dir, cmd.Env = dir, append(env, "PWD="+dir)
	cmd.Stdout, cmd.Stderr = o.b.log, o.b.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if o.b.confine != nil {
		o.b.confine.Attr(cmd.SysProcAttr)
	}
	cmd.ExtraFiles = files
	cmd.Cancel = func() error { return killGroup(cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = killDelay
	if err := cmd.Start(); err != nil {
		return &CommandError{Argv: argv, Dir: dir, Err: err}
	}
	o.b.beNice(cmd.Process.Pid)
	done := o.b.guard.watch(cmd.Process.Pid)
	err = cmd.Wait()
	o.b.weigh(cmd.ProcessState)
	if ctx.Err() != nil {
		killGroup(cmd.Process.Pid, syscall.SIGKILL)
	}
	done()
	switch {
	case ctx.Err() != nil:
		return interrupted(ctx, "run "+argv[0])
	case err == nil, errors.Is(err, exec.ErrWaitDelay): // it ended well; something that it left behind keeps its output open
		return nil
	}
	return &CommandError{Argv: argv, Dir: dir, Line: line, Err: err}
}

// command is what runs program, by way of berth where the build is confined.
func (o offered) command(ctx context.Context, program string, argv []string) (*exec.Cmd, error) {
	if o.b.confine == nil {
		cmd := exec.CommandContext(ctx, program)
		cmd.Args = argv
		return cmd, nil
	}
	args, err := o.b.confine.Argv(program, argv)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, o.b.berth)
	cmd.Args = args
	return cmd, nil
}

// path is a directory or file as a phase means it: relative to the source.
func (o offered) path(p string) string {
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(o.b.source, p)
}

// WriteFile implements packages.Build.
func (o offered) WriteFile(path string, data []byte, mode uint32) error {
	path = o.path(path)
	if !o.mayWrite(filepath.Dir(path)) {
		return fmt.Errorf("write %s: it is neither in the stage nor in the prefix", path)
	}
	if below, ok := strings.CutPrefix(path, o.b.prefix+"/"); ok {
		path = filepath.Join(o.b.root, below)
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	// A link in the source must not lead the write out of the stage.
	if real, err := filepath.EvalSymlinks(dir); err != nil || !o.mayWriteReal(real) {
		return fmt.Errorf("write %s: a link leads out of the stage", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.WriteFile(path, data, os.FileMode(mode)); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func (o offered) mayWrite(path string) bool {
	return within(path, o.b.stage.Dir) || within(path, o.b.prefix)
}

// mayWriteReal is mayWrite for a path without links; the root itself may be reached by some.
func (o offered) mayWriteReal(path string) bool {
	for _, dir := range []string{o.b.stage.Dir, o.b.root} {
		if real, err := filepath.EvalSymlinks(dir); err == nil && within(path, real) {
			return true
		}
	}
	return false
}

func within(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

// lookProgram finds what argv[0] means in the build's environment, not in ours.
func lookProgram(env []string, dir, name string) (string, error) {
	if strings.ContainsRune(name, '/') {
		if filepath.IsAbs(name) {
			return name, nil
		}
		return filepath.Join(dir, name), nil
	}
	for _, v := range env {
		path, ok := strings.CutPrefix(v, "PATH=")
		if !ok {
			continue
		}
		for _, d := range filepath.SplitList(path) {
			if info, err := os.Stat(filepath.Join(d, name)); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				return filepath.Join(d, name), nil
			}
		}
	}
	return "", fmt.Errorf("there is no %s on the build's PATH", name)
}

// shellLine is a command as a person could repeat it in the build's shell.
func shellLine(mods []packages.EnvMod, argv []string) string {
	var words []string
	for _, m := range mods {
		if m.Op == packages.EnvSet {
			words = append(words, m.Name+"="+packages.ShellWord(m.Value))
		}
	}
	for _, a := range argv {
		words = append(words, packages.ShellWord(a))
	}
	return strings.Join(words, " ")
}
