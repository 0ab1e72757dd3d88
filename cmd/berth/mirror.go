package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
)

func mirrorCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:  "mirror",
		Usage: "say where sources are looked for before their own sites",
		Description: `berth mirror create sources.tar         all sources of the environment here, in one file
berth mirror create /shared/mirror --from env.lock
berth mirror add /shared/mirror
berth mirror add https://mirror.example.org/sources
berth mirror list
berth mirror remove /shared/mirror

A mirror is a directory, a tar file or a web address that holds source archives, in the layout of Spack's mirrors.
Mirrors are asked in the order in which they were added, before the sources' own sites; the checksum in
the recipe decides whether what they have is used. They stand in config.yaml in the berth root.`,
		Subcommands: []*cli.Command{
			createMirrorCommand(b),
			{
				Name: "add", Usage: "append a mirror", ArgsUsage: "URL|DIR|FILE.tar",
				Action: func(c *cli.Context) error { return addMirror(b, c.Args().Slice()) },
			},
			{
				Name: "remove", Aliases: []string{"rm"}, Usage: "take a mirror out", ArgsUsage: "URL|DIR|FILE.tar",
				Action: func(c *cli.Context) error { return removeMirror(b, c.Args().Slice()) },
			},
			{
				Name: "list", Aliases: []string{"ls"}, Usage: "print the mirrors, in the order in which they are asked",
				Flags:  []cli.Flag{jsonFlag()},
				Action: func(c *cli.Context) error { return listMirrors(b, c.Bool("json")) },
			},
		},
	}
}

func addMirror(b *berth, args []string) error {
	mirror, err := mirrorArgument("add", args)
	if err != nil {
		return err
	}
	if dir, ok := mirrorDir(mirror); ok {
		info, err := os.Stat(dir)
		switch {
		case strings.HasSuffix(dir, ".tar") && (err != nil || !info.Mode().IsRegular()):
			b.warnf("%s is no file yet", dir)
		case !strings.HasSuffix(dir, ".tar") && (err != nil || !info.IsDir()):
			b.warnf("%s is no directory yet", dir)
		}
	}
	return envs.EditMirrors(b.root, func(mirrors []string) []string {
		if slices.Contains(mirrors, mirror) {
			b.notef("%s is a mirror already", mirror)
			return mirrors
		}
		return append(mirrors, mirror)
	})
}

func removeMirror(b *berth, args []string) error {
	mirror, err := mirrorArgument("remove", args)
	if err != nil {
		return err
	}
	var known []string
	found := false
	err = envs.EditMirrors(b.root, func(mirrors []string) []string {
		known = slices.Clone(mirrors)
		return slices.DeleteFunc(mirrors, func(m string) bool {
			same := m == mirror || m == args[0]
			found = found || same
			return same
		})
	})
	if err == nil && !found {
		return withHint(fmt.Errorf("remove mirror %s: it is none", args[0]), "%s", knownMirrors(known))
	}
	return err
}

func knownMirrors(mirrors []string) string {
	if len(mirrors) == 0 {
		return "there are no mirrors"
	}
	return "`berth mirror list` shows them"
}

func listMirrors(b *berth, asJSON bool) error {
	settings, err := envs.ReadSettings(b.root)
	if err != nil {
		return err
	}
	if asJSON {
		return b.json(append([]string{}, settings.Mirrors...))
	}
	for _, m := range settings.Mirrors {
		b.printf("%s\n", m)
	}
	if len(settings.Mirrors) == 0 {
		b.notef("there are no mirrors")
	}
	return nil
}

// mirrorArgument is the one argument as config.yaml has it: a URL; a path becomes a file URL, absolute.
func mirrorArgument(verb string, args []string) (string, error) {
	if len(args) != 1 {
		return "", usagef("berth mirror %s takes one URL or directory, not %d", verb, len(args))
	}
	u, err := url.Parse(args[0])
	if err == nil && u.Scheme != "" {
		switch u.Scheme {
		case "file", "http", "https":
			return args[0], nil
		}
		return "", withHint(fmt.Errorf("%s mirror %s: its scheme is not known", verb, args[0]), "a mirror is a directory, a tar file, or a URL that begins with file://, http:// or https://")
	}
	dir, err := filepath.Abs(args[0])
	if err != nil {
		return "", fmt.Errorf("%s mirror %s: %w", verb, args[0], err)
	}
	return (&url.URL{Scheme: "file", Path: dir}).String(), nil
}

// mirrorDir is the directory that a file URL names.
func mirrorDir(mirror string) (string, bool) {
	u, err := url.Parse(mirror)
	if err != nil || u.Scheme != "file" {
		return "", false
	}
	return u.Path, true
}
