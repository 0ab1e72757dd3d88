package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

// newApp puts the verbs together. Nothing is opened or read until a verb runs.
func newApp(t *terminal, getenv func(string) string) *cli.App {
	b := &berth{terminal: t, getenv: getenv}
	cli.VersionFlag = &cli.BoolFlag{Name: "version", Usage: "print the version", DisableDefaultText: true}
	app := &cli.App{
		Name:            "berth",
		Usage:           "environments for HPC clusters, without root",
		Version:         version,
		HideHelpCommand: true,
		Writer:          t.out,
		ErrWriter:       t.err,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "directory", Aliases: []string{"C"}, Usage: "work as if started in `DIR`"},
			&cli.StringFlag{Name: "color", Value: "auto", Usage: "`WHEN` to colour: auto, always, never"},
			&cli.StringSliceFlag{Name: "config", Usage: "set a value of the configuration: `KEY:...:VALUE`, packages:mpi:buildable:false"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print results and errors only"},
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "say more about what is going on"},
			cli.HelpFlag, // urfave/cli leaves it out where a verb is called help
		},
		Before: func(c *cli.Context) error { return b.start(c) },
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return unknownVerb(c.App.Commands, "berth", c.Args().First())
			}
			return cli.ShowAppHelp(c)
		},
		OnUsageError:   func(_ *cli.Context, err error, _ bool) error { return usage(err) },
		ExitErrHandler: func(*cli.Context, error) {}, // main.go decides
		Commands:       commands(b),
	}
	prepare(app.Commands, "berth")
	quietDefaults(app.Flags)
	return app
}

// commands lists every verb, in the order in which help shows them.
func commands(b *berth) []*cli.Command {
	return []*cli.Command{
		initCommand(b),
		addCommand(b),
		removeCommand(b),
		concretizeCommand(b),
		envCommand(b),
		specCommand(b),
		installCommand(b),
		fetchCommand(b),
		activateCommand(b),
		runCommand(b),
		shellCommand(b),
		moduleCommand(b),
		uninstallCommand(b),
		gcCommand(b),
		findCommand(b),
		listCommand(b),
		infoCommand(b),
		versionsCommand(b),
		providersCommand(b),
		recipeCommand(b),
		treeCommand(b),
		whyCommand(b),
		diffCommand(b),
		graphCommand(b),
		duCommand(b),
		describeCommand(b),
		licensesCommand(b),
		verifyCommand(b),
		repairCommand(b),
		reindexCommand(b),
		repoCommand(b),
		mirrorCommand(b),
		upstreamCommand(b),
		configCommand(b),
		externalCommand(b),
		compilerCommand(b),
		archCommand(b),
		doctorCommand(b),
		factsCommand(b),
		completionCommand(b),
		completeCommand(b),
		manCommand(b),
		helpCommand(b),
	}
}

// prepare gives every command the behaviour that all share.
func prepare(commands []*cli.Command, path string) {
	for _, c := range commands {
		c.HideHelpCommand = true
		c.OnUsageError = func(_ *cli.Context, err error, _ bool) error { return usage(err) }
		name := path + " " + c.Name
		if len(c.Subcommands) > 0 && c.Action == nil {
			subcommands := c.Subcommands
			c.Action = func(ctx *cli.Context) error {
				if ctx.NArg() > 0 {
					return unknownVerb(subcommands, name, ctx.Args().First())
				}
				return cli.ShowSubcommandHelp(ctx)
			}
		}
		quietDefaults(c.Flags)
		prepare(c.Subcommands, name)
	}
}

// quietDefaults leaves "(default: false)" out of the help.
func quietDefaults(flags []cli.Flag) {
	for _, f := range flags {
		if b, ok := f.(*cli.BoolFlag); ok {
			b.DisableDefaultText = true
		}
	}
}

// usage turns the flag parser's error into ours: "unknown flag --frsh".
func usage(err error) error {
	message := err.Error()
	if name, ok := strings.CutPrefix(message, "flag provided but not defined: "); ok {
		message = fmt.Sprintf("unknown flag -%s", name)
	}
	return withHint(&usageError{message}, "`berth VERB --help` lists the flags")
}

// jsonFlag is the flag of every verb that lists something.
func jsonFlag() cli.Flag { return &cli.BoolFlag{Name: "json", Usage: "print JSON"} }
