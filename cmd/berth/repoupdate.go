package main

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
)

func repoUpdateCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name: "update", Usage: "move git repositories to another commit", ArgsUsage: "[NAME...]",
		Description: `berth repo update              to the newest commits of their branches
berth repo update spack --commit 1e8cf059e35d55c4fe1142fed41785bedf6c7246

Moves the repositories that are configured. In an environment, also those whose commit env.lock holds: it is
concretized again, and only what must change does. A commit that env.yaml names is moved by editing env.yaml.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "commit", Usage: "move to this `COMMIT` (its full name)"},
			&cli.StringFlag{Name: "system", Usage: "concretize for the system `NAME` of env.yaml"},
		},
		Action: func(c *cli.Context) error { return b.repoUpdate(c) },
	}
}

func (b *berth) repoUpdate(c *cli.Context) error {
	names, commit := c.Args().Slice(), c.String("commit")
	if commit != "" && len(names) != 1 {
		return usagef("--commit is of one repository: name it")
	}
	if err := envs.CheckCommit(commit); err != nil {
		return err
	}
	s, err := b.session()
	if err != nil {
		return err
	}
	e, err := b.environment()
	var none *envs.NoEnvironmentError
	if err != nil && !errors.As(err, &none) {
		return err
	}
	var own []string // of the environment alone
	if e != nil {
		own = e.OwnRepos(names)
	}
	if len(names) == 0 || len(own) < len(names) {
		moves, err := s.UpdateRepos(c.Context, without(names, own), commit)
		b.showRepoMoves(moves)
		if err != nil {
			return err
		}
		if e == nil && len(moves) == 0 {
			b.notef("no git repository is configured")
		}
	}
	if e == nil {
		return nil
	}
	return b.updateEnvironment(c, s, e, names, commit)
}

// updateEnvironment concretizes with the newest commits, where env.lock holds some.
func (b *berth) updateEnvironment(c *cli.Context, s *envs.Session, e *envs.Environment, names []string, commit string) error {
	result, moves, err := e.UpdateRepos(c.Context, s, envs.Options{System: c.String("system")}, names, commit)
	if err != nil {
		return err
	}
	b.showRepoMoves(moves)
	if result == nil {
		return nil
	}
	if err := result.Lock.Write(e.LockPath()); err != nil {
		return err
	}
	b.showMoves(result)
	return nil
}

func (b *berth) showRepoMoves(moves []envs.RepoMove) {
	for _, m := range moves {
		switch {
		case m.Ref.Commit == m.From:
			b.notef("%s is up to date, at commit %.12s", m.Ref, m.From)
		case m.From == "":
			b.notef("%s: now at commit %.12s", m.Ref, m.Ref.Commit)
		default:
			b.notef("%s: %s", m.Ref, fmt.Sprintf("%.12s -> %.12s", m.From, m.Ref.Commit))
		}
	}
}

// without is names that are not among others.
func without(names, others []string) []string {
	var out []string
	for _, name := range names {
		found := false
		for _, o := range others {
			found = found || o == name
		}
		if !found {
			out = append(out, name)
		}
	}
	return out
}
