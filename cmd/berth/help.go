package main

import (
	"sort"
	"strings"

	"github.com/urfave/cli/v2"
)

// topics are the texts of `berth help TOPIC` that belong to no single verb.
var topics = map[string]string{
	"exit-codes": `berth ends with one of these:

  0    done
  1    it failed: a bad spec, an unknown package, a file that cannot be read, a source that cannot be had
  2    unknown verb or flag
  3    unsatisfiable: no concrete environment meets the request
  4    a build failed
  5    integrity: a checksum, a signature, or a lock that drifted under --locked
  130  interrupted

berth run and berth shell end with the exit status of the command they ran.
`,
}

func helpCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "help",
		Usage:     "explain a verb or a topic (exit-codes)",
		ArgsUsage: "[VERB|TOPIC]",
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return cli.ShowAppHelp(c)
			}
			word := c.Args().First()
			if text, ok := topics[word]; ok {
				b.printf("%s", text)
				return nil
			}
			if lookUpCommand(c.App.Commands, word) != nil {
				return c.App.RunContext(c.Context, []string{"berth", word, "--help"})
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
