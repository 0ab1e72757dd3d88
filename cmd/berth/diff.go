package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
)

func diffCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "show how two locked environments differ",
		ArgsUsage: "LOCK1 [LOCK2]",
		Description: `berth diff env.lock.old          how env.lock here differs from another lock
berth diff ../a ../b             two environments: a directory stands for its env.lock
git show HEAD:env.lock | berth diff -     what changed since the last commit

+ is a package that only LOCK2 has, - one that only LOCK1 has, ~ one that is another: its version, variants, flags,
target, who provides its virtuals, its recipe. Packages that are as they were, and have another hash only because
of what they depend on, are listed at the end. LOCK2 is env.lock of the environment here if it is left out.
--json prints a list with an object per package that differs:

   system    the system of env.yaml
   name      the package
   kind      added, removed, changed or indirect
   old, new  version, hash and spec; null where there is none
   changes   a list with what, old and new`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "long", Aliases: []string{"l"}, Usage: "show hashes, 7 characters"},
			systemFlag(),
			jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			if n := c.NArg(); n != 1 && n != 2 {
				return usagef("berth diff needs one lock or two, but got %d", n)
			}
			was, err := openLock(c.Args().First())
			if err != nil {
				return err
			}
			is, err := b.otherLock(c.Args().Get(1))
			if err != nil {
				return err
			}
			names, err := systemsOf(was, is, c.String("system"))
			if err != nil {
				return err
			}
			return b.diff(was, is, names, c.Bool("long"), c.Bool("json"))
		},
	}
}

// otherLock is the lock of that name, or that of the environment here.
func (b *berth) otherLock(name string) (*envs.Lock, error) {
	if name != "" {
		return openLock(name)
	}
	e, err := b.environment()
	if err != nil {
		return nil, err
	}
	return openLock(e.LockPath())
}

// openLock reads a lock: a file, the one in a directory, or "-", standard input.
func openLock(name string) (*envs.Lock, error) {
	if name == "-" {
		data, err := io.ReadAll(os.Stdin)
		if err != nil {
			return nil, fmt.Errorf("read lock from standard input: %w", err)
		}
		lock, err := envs.ParseLock(data)
		if err != nil {
			return nil, fmt.Errorf("read lock from standard input: %w", err)
		}
		return lock, nil
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		name = filepath.Join(name, envs.LockName)
	}
	lock, err := envs.ReadLock(name)
	if os.IsNotExist(err) {
		return nil, withHint(fmt.Errorf("read lock: there is no %s", name), "berth diff takes lock files, directories with an %s, or - for standard input", envs.LockName)
	}
	return lock, err
}

// systemsOf lists the systems to compare: the one that was named, or all that either lock has.
func systemsOf(was, is *envs.Lock, named string) ([]string, error) {
	all := map[string]bool{}
	for _, lock := range []*envs.Lock{was, is} {
		for name := range lock.Systems {
			all[name] = true
		}
	}
	names := slices.Sorted(maps.Keys(all))
	switch {
	case named == "":
		return names, nil
	case all[named]:
		return []string{named}, nil
	}
	return nil, withHint(fmt.Errorf("neither lock has a system %q", named), "they have %s", strings.Join(names, ", "))
}

func (b *berth) diff(was, is *envs.Lock, names []string, long, asJSON bool) error {
	list := []differenceJSON{}
	for _, name := range names {
		found := envs.Diff(was.Systems[name], is.Systems[name])
		for i := range found {
			list = append(list, newDifferenceJSON(name, &found[i]))
		}
		if asJSON || len(found) == 0 {
			continue
		}
		if len(names) > 1 {
			b.printf("%s\n", paint(b.outColor, bold, "system "+name))
		}
		b.printf("%s", renderDifferences(found, long, b.outColor))
	}
	if asJSON {
		return b.json(list)
	}
	if len(list) == 0 {
		b.notef("the locks hold the same packages")
	}
	return nil
}

// renderDifferences has a line per package, and one for all those that only follow the others.
func renderDifferences(list []envs.Difference, long, color bool) string {
	var text strings.Builder
	var follow []string
	for i := range list {
		d := &list[i]
		switch {
		case d.Old == nil:
			fmt.Fprintf(&text, "%s\n", paint(color, green, "+ "+d.New.String()+hashText(long, d.New.ShortHash())))
		case d.New == nil:
			fmt.Fprintf(&text, "%s\n", paint(color, red, "- "+d.Old.String()+hashText(long, d.Old.ShortHash())))
		case d.Indirect():
			follow = append(follow, d.Name()+hashText(long, d.Old.ShortHash()+" -> "+d.New.ShortHash()))
		default:
			fmt.Fprintf(&text, "%s %s\n", paint(color, yellow, "~ "+d.Name()+"@"+d.Old.Version().String())+hashText(long, d.Old.ShortHash()+" -> "+d.New.ShortHash()), renderChanges(d.Changes))
		}
	}
	if len(follow) > 0 {
		fmt.Fprintf(&text, "the same, but built anew for what changed below: %s\n", strings.Join(follow, ", "))
	}
	return text.String()
}

func hashText(long bool, hash string) string {
	if !long {
		return ""
	}
	return " (" + hash + ")"
}

// renderChanges says what differs: "-> 1.14.6; ~mpi -> +mpi; mpi provided by openmpi -> mpich".
func renderChanges(changes []envs.Change) string {
	var out []string
	for _, c := range changes {
		kind, _, _ := strings.Cut(c.What, " ")
		switch {
		case c.What == "version":
			out = append(out, "-> "+c.New)
		case strings.HasPrefix(c.What, "hash of "):
		case strings.HasPrefix(c.What, "dependency on ") && c.New == "yes":
			out = append(out, "now needs "+strings.TrimPrefix(c.What, "dependency on "))
		case strings.HasPrefix(c.What, "dependency on "):
			out = append(out, "no longer needs "+strings.TrimPrefix(c.What, "dependency on "))
		case kind == "variant" && c.Old == "":
			out = append(out, "new: "+c.New)
		case kind == "variant" && c.New == "":
			out = append(out, "gone: "+c.Old)
		case kind == "variant":
			out = append(out, c.Old+" -> "+c.New)
		default:
			out = append(out, fmt.Sprintf("%s %s -> %s", c.What, orNone(c.Old), orNone(c.New)))
		}
	}
	return strings.Join(out, "; ")
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// differenceJSON is a package that differs, as --json shows it.
type differenceJSON struct {
	System  string       `json:"system"`
	Name    string       `json:"name"`
	Kind    string       `json:"kind"`
	Old     *nodeJSON    `json:"old"`
	New     *nodeJSON    `json:"new"`
	Changes []changeJSON `json:"changes"`
}

type nodeJSON struct {
	Version string `json:"version"`
	Hash    string `json:"hash"`
	Spec    string `json:"spec"`
}

type changeJSON struct {
	What string `json:"what"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

func newDifferenceJSON(system string, d *envs.Difference) differenceJSON {
	j := differenceJSON{System: system, Name: d.Name(), Kind: "changed", Changes: []changeJSON{}}
	if n := d.Old; n != nil {
		j.Old = &nodeJSON{n.Version().String(), n.Hash(), n.String()}
	}
	if n := d.New; n != nil {
		j.New = &nodeJSON{n.Version().String(), n.Hash(), n.String()}
	}
	switch {
	case d.Old == nil:
		j.Kind = "added"
	case d.New == nil:
		j.Kind = "removed"
	case d.Indirect():
		j.Kind = "indirect"
	}
	for _, c := range d.Changes {
		j.Changes = append(j.Changes, changeJSON(c))
	}
	return j
}
