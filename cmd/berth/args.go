package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// arrange puts every flag of a command line before its positional arguments and a "--" between them, because urfave/cli stops reading
// flags at the first positional one (`install zlib --fresh` would lose --fresh) and takes `-szip`, a variant turned off, for a flag. The
// rules, in this order, for each argument after the verb:
//
//   - after "--" everything is positional;
//   - "--name" and "--name=value" are flags, known or not (an unknown one is reported by the flag parser);
//   - "-x" is a flag if that is exactly a short flag of the verb, or "-x=value" of one that takes a value;
//   - "-xy" is "-x -y" if each letter is a switch of the verb, as `spec -Il` is in Spack; else it is positional: a variant;
//   - anything else is positional. For a verb in passThrough, everything from the first positional on is.
func arrange(app *cli.App, args []string) []string {
	if len(args) == 0 {
		return args
	}
	out := []string{args[0]}
	rest := args[1:]
	flags, rest := takeLeadingFlags(app.Flags, rest)
	out = append(out, flags...)
	if len(rest) == 0 || rest[0] == "--" {
		return append(out, rest...)
	}
	command := lookUpCommand(app.Commands, rest[0])
	if command == nil {
		return append(out, rest...)
	}
	for command != nil {
		out = append(out, rest[0])
		rest = rest[1:]
		if len(command.Subcommands) == 0 || len(rest) == 0 {
			break
		}
		next := lookUpCommand(command.Subcommands, rest[0])
		if next == nil {
			break
		}
		command = next
	}
	global, own, positional := split(app.Flags, command, rest)
	out = append(append([]string{out[0]}, global...), out[1:]...)
	out = append(out, own...)
	if len(positional) == 0 || slices.ContainsFunc(own, isHelp) { // beside a flag for help, urfave/cli takes words for topics
		return out
	}
	if len(command.Subcommands) > 0 {
		return append(out, positional...) // an unknown subcommand: let the command say so
	}
	return append(append(out, "--"), positional...)
}

// passThrough holds the verbs whose positional arguments are another program's command line.
var passThrough = map[string]bool{"run": true, "build-env": true}

// split sorts the arguments behind a verb into global flags, the verb's own, and positional ones.
func split(global []cli.Flag, command *cli.Command, args []string) (globals, own, positional []string) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			if command.Name == "shell" {
				// shell SPEC... -- CMD: the verb itself must see where the command begins.
				return globals, own, append(positional, args[i:]...)
			}
			return globals, own, append(positional, args[i+1:]...)
		}
		if switches := splitSwitches(command.Flags, arg); switches != nil {
			own = append(own, switches...)
			continue
		}
		flag, value := lookUpFlag(command.Flags, arg)
		isGlobal := false
		if flag == nil && !isHelp(arg) { // before the verb, help would be the verb's alone, not that of a verb below it
			flag, value = lookUpFlag(global, arg)
			isGlobal = flag != nil
		}
		if flag == nil && !(strings.HasPrefix(arg, "--") && len(arg) > 2) && !isHelp(arg) {
			positional = append(positional, arg)
			if passThrough[command.Name] {
				return globals, own, append(positional, args[i+1:]...)
			}
			continue
		}
		taken := []string{arg}
		if flag != nil && !value && takesValue(flag) && i+1 < len(args) {
			i++
			taken = append(taken, args[i])
		}
		if isGlobal {
			globals = append(globals, taken...)
		} else {
			own = append(own, taken...)
		}
	}
	return globals, own, positional
}

// takeLeadingFlags takes the flags that stand before the verb.
func takeLeadingFlags(flags []cli.Flag, args []string) (taken, rest []string) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" || !strings.HasPrefix(arg, "-") || arg == "-" {
			return args[:i:i], args[i:]
		}
		if flag, value := lookUpFlag(flags, arg); flag != nil && !value && takesValue(flag) {
			i++
		}
	}
	return args, nil
}

// lookUpFlag finds the flag that arg names exactly; withValue tells that arg brings its value behind "=".
func lookUpFlag(flags []cli.Flag, arg string) (flag cli.Flag, withValue bool) {
	if !strings.HasPrefix(arg, "-") {
		return nil, false
	}
	name, _, withValue := strings.Cut(arg, "=")
	dashes := len(name) - len(strings.TrimLeft(name, "-"))
	name = name[dashes:]
	for _, f := range flags {
		for _, n := range f.Names() {
			if n == name && (dashes == 2) == (len(n) > 1) && dashes <= 2 {
				if withValue && dashes == 1 && !takesValue(f) {
					return nil, false // -x=1 where x is a switch: a variant x turned off is never written so, but it is no flag either
				}
				return f, withValue
			}
		}
	}
	return nil, false
}

// splitSwitches gives the flags that "-xy" stands for, if each letter is a switch.
func splitSwitches(flags []cli.Flag, arg string) (switches []string) {
	letters, ok := strings.CutPrefix(arg, "-")
	if !ok || len(letters) < 2 {
		return nil
	}
	for _, letter := range letters {
		one := "-" + string(letter)
		if flag, _ := lookUpFlag(flags, one); flag == nil || takesValue(flag) {
			return nil
		}
		switches = append(switches, one)
	}
	return switches
}

func takesValue(f cli.Flag) bool {
	d, ok := f.(cli.DocGenerationFlag)
	return ok && d.TakesValue()
}

func isHelp(arg string) bool { return arg == "-h" || arg == "--help" }

func lookUpCommand(commands []*cli.Command, name string) *cli.Command {
	for _, c := range commands {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}
