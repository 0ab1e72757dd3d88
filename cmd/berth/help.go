package main

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/urfave/cli/v2"
)

// topics are the texts of `berth help TOPIC` that belong to no single verb.
var topics = map[string]func() string{"confinement": confinementTopic, "exit-codes": exitCodesTopic, "specs": specsTopic}

func exitCodesTopic() string {
	var b strings.Builder
	b.WriteString("berth ends with one of these:\n\n")
	for _, c := range exitCodes {
		fmt.Fprintf(&b, "  %-3d  %s\n", c.code, c.meaning)
	}
	b.WriteString("\nberth run and berth shell end with the exit status of the command they ran.\n")
	return b.String()
}

func helpCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "help",
		Usage:     "explain a verb or a topic (confinement, exit-codes, specs)",
		ArgsUsage: "[VERB|TOPIC]",
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return cli.ShowAppHelp(c)
			}
			word := c.Args().First()
			if text, ok := topics[word]; ok {
				b.printf("%s", text())
				return nil
			}
			if lookUpCommand(c.App.Commands, word) != nil {
				return c.App.RunContext(c.Context, slices.Concat([]string{"berth"}, c.Args().Slice(), []string{"--help"}))
			}
			return withHint(usagef("no help on %q", word), "topics are %s; `berth --help` lists the verbs", topicNames())
		},
	}
}

func topicNames() string {
	var names []string
	for name := range topics {
		names = append(names, name)
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}
