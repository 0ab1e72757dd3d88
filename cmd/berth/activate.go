package main

import (
	"os"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/modules"
	"github.com/berth-hpc/berth/packages"
)

func activateCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:  "activate",
		Usage: "print the shell command that activates the environment here",
		Description: `eval "$(berth activate)"                 use the environment in this shell: bash, zsh, dash
berth activate --shell fish | source     in fish
eval "$(berth activate --system gpu)"    as one of several systems; else as the one that this machine is, or that was installed last
berth_deactivate                         take it back

The command sources .berth/activate.sh or .berth/activate.fish, which ` + "`berth install`" + ` wrote; a script may source
that file itself.`,
		Flags: []cli.Flag{&cli.StringFlag{Name: "shell", Value: "bash", Usage: "for this `SHELL`: bash, zsh, sh, fish"}, useSystemFlag()},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			e, err := b.environmentOf(c)
			if err != nil {
				return err
			}
			if _, err := e.Activation(); err != nil {
				return err
			}
			if missing := e.NotYetThere(); len(missing) > 0 {
				b.notef("env.yaml asks for %s, which is not there yet; `berth install` brings it", strings.Join(missing, ", "))
			}
			hint := "eval \"$(berth activate)\""
			switch shell := c.String("shell"); shell {
			case "bash", "zsh", "sh", "dash":
				b.printf(". %s\n", packages.ShellWord(e.ScriptPath()))
			case "fish":
				b.printf("source %s\n", modules.QuoteFish(e.FishScriptPath()))
				hint = "berth activate --shell fish | source"
			default:
				return usagef("--shell takes bash, zsh, sh or fish, not %q", shell)
			}
			if term.IsTerminal(int(os.Stdout.Fd())) {
				b.hintf("this only prints the command; run it with: %s", hint)
			}
			return nil
		},
	}
}

// useSystemFlag chooses whose activation is used, of an environment for several systems.
func useSystemFlag() cli.Flag {
	return &cli.StringFlag{Name: "system", Usage: "use it as the system `NAME` of env.yaml does"}
}

// environmentOf opens the environment here as the system that --system names uses it.
func (b *berth) environmentOf(c *cli.Context) (*envs.Environment, error) {
	e, err := b.environment()
	if err != nil {
		return nil, err
	}
	return e.Of(c.String("system"))
}
