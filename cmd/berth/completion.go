package main

import (
	"embed"
	"slices"

	"github.com/urfave/cli/v2"
)

//go:embed completion/berth.bash completion/berth.zsh completion/berth.fish
var completionScripts embed.FS

// shells are those that berth completes in.
func shells() []string { return []string{"bash", "zsh", "fish"} }

func completionCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print what makes a shell complete berth's command lines",
		ArgsUsage: "bash|zsh|fish",
		Description: `eval "$(berth completion bash)"          in ~/.bashrc
eval "$(berth completion zsh)"           in ~/.zshrc, below compinit
berth completion fish | source           in ~/.config/fish/config.fish

Verbs and flags are completed; names of packages, with their variants behind + and ~, their values behind = and their
versions behind @; names, versions and /hashes of what is installed, where that is what a verb takes; virtuals.`,
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 || !slices.Contains(shells(), c.Args().First()) {
				return usagef("berth completion needs a shell: bash, zsh or fish")
			}
			script, err := completionScripts.ReadFile("completion/berth." + c.Args().First())
			if err != nil {
				return err
			}
			b.printf("%s", script)
			return nil
		},
	}
}

// completeCommand is what those scripts call: the words of a command line up to the cursor, the last one unfinished.
func completeCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "__complete",
		Usage:     "tell what the last word of a command line may become",
		ArgsUsage: "-- WORD...",
		Description: `berth __complete -- install hd   the words behind berth, up to the cursor

Each line is a word and, behind a tab, what it stands for. No line: the shell may complete a file.`,
		Hidden: true,
		Action: func(c *cli.Context) error {
			b.completing = true
			completer := completer{b, c.App, c.Context}
			for _, s := range completer.complete(c.Args().Slice()) {
				b.printf("%s\t%s\n", s.text, s.about)
			}
			return nil
		},
	}
}
