package main

import (
	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/install"
)

func installCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "install",
		Usage:     "fetch, build and register: the environment here, or specs",
		ArgsUsage: "[SPEC...]",
		Description: `berth install                  the environment here; re-locks first if env.yaml changed
berth install --locked         the same, but exit 5 if env.lock is not up to date
berth install hdf5+mpi         a spec by itself, outside of any environment
berth install --resume         go on where a build failed: what was compiled is not compiled again
berth install --timings        also write what was built when, and what it waited for, to berth-timings.html
berth install --offline        touch no network: sources come from the cache and from mirrors on this machine

What builds took is remembered, and held against what the file system has free and what quotas of bytes and files leave,
before anything is built: berth asks on a terminal, and ends with 1 elsewhere, if there is no room.

A running install shows the last lines of what it builds when it gets the signal USR1 (kill -USR1 PID), also in a batch job.

What does not need a package that failed is built all the same, unless --fail-fast. Of a failure berth shows the first real
error, what configure or CMake tried last, and a line that repeats what failed.`,
		Flags: append(resolveFlags(),
			&cli.BoolFlag{Name: "locked", Usage: "exit 5 instead of changing env.lock"},
			&cli.IntFlag{Name: "jobs", Aliases: []string{"j"}, Usage: "run `N` commands at once (default: as many as this process may use)"},
			&cli.BoolFlag{Name: "no-room-check", Usage: "build even where there seems to be no room for it"},
			&cli.BoolFlag{Name: "offline", Usage: "touch no network; what is missing is told before anything is built"},
			noChecksumFlag(),
			&cli.BoolFlag{Name: "keep-stage", Usage: "keep the build directories of what was built"},
			&cli.BoolFlag{Name: "resume", Usage: "go on where builds failed or were killed, in their build directories"},
			&cli.BoolFlag{Name: "fail-fast", Usage: "stop at the first package that cannot be built"},
			&cli.BoolFlag{Name: "keep-going", Aliases: []string{"k"}, Usage: "build what does not need what failed; so it is without --fail-fast"},
			timingsFlag(),
		),
		Action: b.install,
	}
}

func (b *berth) install(c *cli.Context) error {
	o, err := b.resolveOptions(c)
	if err != nil {
		return err
	}
	list, err := specs(c.Args().Slice())
	if err != nil {
		return err
	}
	if len(list) > 0 && c.Bool("locked") {
		return usagef("--locked is for an environment; specs on the command line have no lock")
	}
	progress := newProgress(b.terminal)
	build, err := b.buildOptions(c, progress)
	if err != nil {
		return err
	}
	s, err := b.session()
	if err != nil {
		return err
	}
	s.Offline = c.Bool("offline")
	if c.Bool("no-checksum") {
		if err := s.AllowUnchecked(); err != nil {
			return err
		}
	}
	defer progress.listen()()
	var report *install.Report
	if len(list) > 0 {
		report, err = s.InstallSpecs(c.Context, list, o, build)
	} else {
		var e *envs.Environment
		if e, err = b.environment(); err != nil {
			return err
		}
		report, err = e.Install(c.Context, s, envs.InstallOptions{Options: o, Locked: c.Bool("locked"), Build: build, Resolved: b.showMoves})
	}
	progress.finish(report)
	return b.alsoTimings(c, report, err)
}

// buildOptions reads the flags that say how to build.
func (b *berth) buildOptions(c *cli.Context, progress *progress) (envs.BuildOptions, error) {
	if j := c.Int("jobs"); c.IsSet("jobs") && j < 1 {
		return envs.BuildOptions{}, usagef("--jobs takes a number from 1, not %d", j)
	}
	if c.Bool("fail-fast") && c.Bool("keep-going") {
		return envs.BuildOptions{}, usagef("--fail-fast and --keep-going exclude each other")
	}
	return envs.BuildOptions{
		Jobs: c.Int("jobs"), KeepStage: c.Bool("keep-stage"), Resume: c.Bool("resume"), FailFast: c.Bool("fail-fast"),
		Reporter: progress, NoRoomCheck: c.Bool("no-room-check"), Confirm: b.confirmRoom,
	}, nil
}

// confirmRoom asks a person whether to build where there seems to be no room.
func (b *berth) confirmRoom(short *install.NoRoomError) bool {
	if !b.canAsk() {
		return false
	}
	b.warnf("%v", short)
	return b.ask("build all the same?")
}
