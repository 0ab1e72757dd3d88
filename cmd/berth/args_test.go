package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
)

// TestArrange holds the rules that arrange documents, one line each.
func TestArrange(t *testing.T) {
	app := &cli.App{
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}},
			&cli.StringFlag{Name: "directory", Aliases: []string{"C"}},
		},
		Commands: []*cli.Command{
			{Name: "install", Flags: []cli.Flag{
				&cli.BoolFlag{Name: "fresh"},
				&cli.BoolFlag{Name: "l", Aliases: []string{"long"}},
				&cli.BoolFlag{Name: "I"},
				&cli.IntFlag{Name: "jobs", Aliases: []string{"j"}},
			}},
			{Name: "run", Flags: []cli.Flag{&cli.BoolFlag{Name: "pure"}}},
			{Name: "shell"},
			{Name: "external", Subcommands: []*cli.Command{{Name: "find", Flags: []cli.Flag{&cli.BoolFlag{Name: "json"}}}}},
		},
	}
	tests := []struct{ in, want string }{
		{"", ""},
		{"--quiet", "--quiet"},
		{"install zlib --fresh", "install --fresh -- zlib"},
		{"install zlib -j 4", "install -j 4 -- zlib"},
		{"install zlib -j=4 --jobs=5", "install -j=4 --jobs=5 -- zlib"},
		{"install zlib -szip", "install -- zlib -szip"},
		{"install zlib -l -lz", "install -l -- zlib -lz"},
		{"install zlib -Il", "install -I -l -- zlib"},
		{"install zlib -lj", "install -- zlib -lj"},
		{"install zlib --l", "install --l -- zlib"},
		{"install zlib --quiet", "--quiet install -- zlib"},
		{"-C /tmp install zlib -C /var", "-C /var -C /tmp install -- zlib"},
		{"install -- zlib --fresh", "install -- zlib --fresh"},
		{"install zlib --nonsense", "install --nonsense -- zlib"},
		{"install zlib --help", "install --help"},
		{"run --pure mpirun -np 2 --pure", "run --pure -- mpirun -np 2 --pure"},
		{"run -- a -b", "run -- a -b"},
		{"shell zlib -- ls -l", "shell -- zlib -- ls -l"},
		{"external find gcc --json", "external find --json -- gcc"},
		{"external fnd", "external fnd"},
		{"external", "external"},
		{"frob --x y", "frob --x y"},
	}
	for _, tt := range tests {
		got := arrange(app, append([]string{"berth"}, strings.Fields(tt.in)...))
		want := append([]string{"berth"}, strings.Fields(tt.want)...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.in, diff)
		}
	}
}

// TestEveryVerbIsExplained holds each verb to what help promises: a line, and a description of its own or of the verb above it.
func TestEveryVerbIsExplained(t *testing.T) {
	var check func(path string, explained bool, commands []*cli.Command)
	check = func(path string, explained bool, commands []*cli.Command) {
		for _, c := range commands {
			name, described := path+" "+c.Name, explained || c.Description != ""
			if c.Usage == "" {
				t.Errorf("%s has no Usage", name)
			}
			if len(c.Subcommands) == 0 && !described && name != "berth help" {
				t.Errorf("%s has no Description", name)
			}
			check(name, described, c.Subcommands)
		}
	}
	check("berth", false, commands(&berth{terminal: &terminal{}}))
}
