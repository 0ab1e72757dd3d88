package main

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/spec/arch"
)

// completer finds what the last word of a command line may become. It is silent about whatever is wrong: nobody has pressed Enter yet.
type completer struct {
	*berth
	app *cli.App
	ctx context.Context
}

// suggestion is one of the words, with what zsh and fish show beside it.
type suggestion struct{ text, about string }

// argumentKinds tells what the arguments of each verb are.
var argumentKinds = map[string]func(c completer, word string, before []string) []suggestion{
	"spec": completer.specs, "install": completer.specs, "shell": completer.specs, "add": completer.specs, "init": completer.specs,
	"info": completer.packages, "versions": completer.packages, "recipe": completer.packages, "list": completer.packages,
	"find": completer.installed, "uninstall": completer.installed, "verify": completer.installed, "du": completer.installed,
	"write": completer.installed,
	"why":   completer.locked, "remove": completer.asked, "providers": completer.virtuals,
	"help": completer.topics, "completion": completer.shells,
}

// complete takes the words behind "berth"; there is at least one, which may be empty.
func (c completer) complete(words []string) []suggestion {
	if len(words) == 0 {
		return nil
	}
	word, before := words[len(words)-1], words[:len(words)-1]
	verb, open := c.follow(before)
	var all []suggestion
	switch {
	case open != nil:
		all = c.values(open)
	case strings.HasPrefix(word, "-"):
		all = c.flags(verb)
	case verb == nil:
		all = verbs(c.app.Commands)
	case len(verb.Subcommands) > 0:
		all = verbs(verb.Subcommands)
	case argumentKinds[verb.Name] != nil:
		all = argumentKinds[verb.Name](c, word, before)
	}
	fits := all[:0]
	for _, s := range all {
		if strings.HasPrefix(s.text, word) {
			fits = append(fits, s)
		}
	}
	return fits
}

// follow finds the verb that finished words lead to (nil: none yet), and the flag that waits for its value (nil: none).
func (c completer) follow(words []string) (verb *cli.Command, open cli.Flag) {
	commands := c.app.Commands
	for i := 0; i < len(words); i++ {
		flag, withValue := lookUpFlag(c.app.Flags, words[i])
		if verb != nil {
			if own, given := lookUpFlag(verb.Flags, words[i]); own != nil {
				flag, withValue = own, given
			}
		}
		if flag != nil && takesValue(flag) && !withValue {
			i++
			if i == len(words) {
				return verb, flag
			}
			if flag.Names()[0] == "directory" {
				_ = os.Chdir(words[i]) // what is completed is looked up where the verb would run
			}
			continue
		}
		if next := lookUpCommand(commands, words[i]); next != nil && !strings.HasPrefix(words[i], "-") {
			verb, commands = next, next.Subcommands
		}
	}
	return verb, nil
}

// values are what a flag takes; none is for the shell to complete a file.
func (c completer) values(flag cli.Flag) []suggestion {
	switch flag.Names()[0] {
	case "color":
		return plain([]string{"auto", "always", "never"})
	case "shell":
		return plain([]string{"bash", "zsh", "sh", "fish"})
	case "target":
		return plain(append([]string{"native"}, arch.Names()...))
	case "system":
		if e, err := c.environment(); err == nil {
			var names []string
			for _, s := range e.Manifest.Systems {
				names = append(names, s.Name)
			}
			return plain(names)
		}
	}
	return nil
}

func (c completer) flags(verb *cli.Command) []suggestion {
	flags := c.app.Flags
	if verb != nil {
		flags = append(slices.Clone(verb.Flags), flags...)
	}
	var all []suggestion
	for _, f := range flags {
		if v, ok := f.(cli.VisibleFlag); ok && !v.IsVisible() {
			continue
		}
		about := ""
		if d, ok := f.(cli.DocGenerationFlag); ok {
			about = strings.ReplaceAll(d.GetUsage(), "`", "")
		}
		for _, name := range f.Names() {
			if len(name) > 1 {
				all = append(all, suggestion{"--" + name, about})
			}
		}
	}
	return all
}

func verbs(commands []*cli.Command) []suggestion {
	var all []suggestion
	for _, c := range commands {
		if !c.Hidden {
			all = append(all, suggestion{c.Name, c.Usage})
		}
	}
	return all
}

func (c completer) locked(string, []string) []suggestion {
	system, err := c.lockedSystem("")
	if err != nil {
		return nil
	}
	var names []string
	for _, n := range lockedNodes(system) {
		names = append(names, n.Name())
	}
	return plain(slices.Compact(names))
}

func (c completer) asked(string, []string) []suggestion {
	e, err := c.environment()
	if err != nil {
		return nil
	}
	var names []string
	for _, s := range e.Manifest.Specs {
		names = append(names, s.Spec.Name)
	}
	return plain(names)
}

func (c completer) virtuals(string, []string) []suggestion {
	repo, err := c.recipes(c.ctx, "")
	if err != nil {
		return nil
	}
	return plain(repo.Virtuals())
}

func (c completer) topics(string, []string) []suggestion {
	all := verbs(c.app.Commands)
	for name := range topics {
		all = append(all, suggestion{text: name})
	}
	return all
}

func (c completer) shells(string, []string) []suggestion { return plain(shells()) }

func plain(words []string) []suggestion {
	all := make([]suggestion, len(words))
	for i, w := range words {
		all[i].text = w
	}
	return all
}

func prefixed(prefix string, all []suggestion) []suggestion {
	for i := range all {
		all[i].text = prefix + all[i].text
	}
	return all
}
