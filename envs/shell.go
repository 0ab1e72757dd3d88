package envs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/berth-hpc/berth/install"
	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// Shell resolves specs outside of any environment, builds what is missing, and returns what using them changes in a shell. What is built
// does not count as asked for: it was wanted for this once.
func (s *Session) Shell(ctx context.Context, specs []*spec.Spec, o Options, build BuildOptions) ([]packages.EnvMod, *install.Report, error) {
	build.Explicit = false
	roots, recipes, report, err := s.installSpecs(ctx, specs, o, build)
	if err != nil {
		return nil, report, err
	}
	st, err := s.Store()
	if err != nil {
		return nil, report, err
	}
	list, err := usePackages(ctx, roots, recipes, st.Prefix)
	if err != nil {
		return nil, report, err
	}
	if err := durable.MkdirAll(s.shellDir(), 0o755); err != nil {
		return nil, report, fmt.Errorf("make shell: %w", err)
	}
	_, mods := s.loadModules(ctx, list)
	own, err := environmentMods(list, s.shellDir())
	if err != nil {
		return nil, report, err
	}
	mods = append(mods, own...)
	driver, err := s.DriverMods(ctx, useOrder(roots))
	return append(mods, driver...), report, err
}

// shellDir holds what shells outside of environments need, in files named by their content.
func (s *Session) shellDir() string { return filepath.Join(s.Root, "shell") }

// ShellCommand is the command line of a shell, "/bin/bash", for a person to work in with these changes, which are in its environment already. A start
// file may put other programs before those of the packages (as conda's does); bash can be told to put them first again after that.
func (s *Session) ShellCommand(shell string, mods []packages.EnvMod) ([]string, error) {
	if filepath.Base(shell) != "bash" {
		return []string{shell}, nil
	}
	script := "if [ -f ~/.bashrc ]; then . ~/.bashrc; fi\n"
	for _, m := range mods {
		if m.Op == packages.EnvPrepend && m.Name == "PATH" {
			script += "PATH=" + packages.ShellWord(m.Value) + "\"${PATH:+:$PATH}\"\n"
		}
	}
	file := filepath.Join(s.shellDir(), "bashrc-"+digest([]byte(script))[:12])
	if _, err := os.Stat(file); err == nil {
		return []string{shell, "--rcfile", file}, nil
	}
	if err := durable.MkdirAll(s.shellDir(), 0o755); err != nil {
		return nil, fmt.Errorf("make shell: %w", err)
	}
	return []string{shell, "--rcfile", file}, writeFile(file, []byte(script))
}
