package main

import (
	"os"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/berth-hpc/berth/modules"
)

func activateCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:  "activate",
		Usage: "print the shell command that activates the environment here",
		Description: `eval "$(berth activate)"       in bash: use the environment in this shell
berth_deactivate               take it back

The command sources .berth/activate.sh, which ` + "`berth install`" + ` wrote; a script may source that file itself.`,
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			e, err := b.environment()
			if err != nil {
				return err
			}
			if _, err := e.Activation(); err != nil {
				return err
			}
			b.printf(". %s\n", modules.Quote(e.ScriptPath()))
			if term.IsTerminal(int(os.Stdout.Fd())) {
				b.hintf("this only prints the command; run it with: eval \"$(berth activate)\"")
			}
			return nil
		},
	}
}
