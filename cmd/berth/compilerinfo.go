package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/host"
)

func compilerInfoCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "info",
		Usage:     "show what compilers can: languages, target flags, runtime libraries",
		ArgsUsage: "[SPEC...]",
		Description: `berth compiler info             every compiler in packages.yaml
berth compiler info gcc@12      one

A compiler that modules bring is asked with them loaded. Each flag has been tried on a program. What a compiler's programs need at run time and the loader does not find
by itself is under implicit RPATHs. With --json: a list of objects with spec, prefix, modules, languages, targets
(target, flags, error), implicit_rpaths and runtime (name, path, version, symbols).`,
		Flags:  []cli.Flag{jsonFlag()},
		Action: func(c *cli.Context) error { return b.compilerInfo(c.Context, c.Args().Slice(), c.Bool("json")) },
	}
}

// compilerInfoJSON is a compiler as `compiler info --json` shows it.
type compilerInfoJSON struct {
	Spec           string               `json:"spec"`
	Prefix         string               `json:"prefix"`
	Modules        []string             `json:"modules"`
	Languages      map[string]string    `json:"languages"`
	Targets        []targetFlagsJSON    `json:"targets"`
	ImplicitRPaths []string             `json:"implicit_rpaths"`
	Runtime        []runtimeLibraryJSON `json:"runtime"`
}

type targetFlagsJSON struct {
	Target string `json:"target"`
	Flags  string `json:"flags"`
	Error  string `json:"error,omitempty"`
}

type runtimeLibraryJSON struct {
	Name    string `json:"name"`
	Path    string `json:"path"`
	Version string `json:"version,omitempty"`
	Symbols string `json:"symbols,omitempty"`
}

func (b *berth) compilerInfo(ctx context.Context, args []string, asJSON bool) error {
	wanted, err := specs(args)
	if err != nil {
		return err
	}
	known, err := b.compilers(ctx)
	if err != nil {
		return err
	}
	chosen := known
	if len(wanted) > 0 {
		chosen = slices.DeleteFunc(slices.Clone(known), func(x packages.External) bool {
			for _, s := range wanted {
				if x.Spec.Satisfies(s) {
					return false
				}
			}
			return true
		})
		if len(chosen) == 0 {
			return withHint(fmt.Errorf("no compiler is %s", strings.Join(args, " ")), "`berth compiler list` shows those that are known")
		}
	}
	list := []compilerInfoJSON{}
	failed := 0
	for _, x := range chosen {
		info, err := describeCompiler(ctx, x)
		if err != nil {
			if len(args) > 0 {
				return err
			}
			failed++
			b.warnf("%v", err)
			continue
		}
		list = append(list, newCompilerInfoJSON(info))
	}
	if asJSON {
		return b.json(list)
	}
	for i, c := range list {
		if i > 0 {
			b.printf("\n")
		}
		b.printCompiler(c)
	}
	if len(list)+failed == 0 {
		b.hintf("no compiler is known; `berth compiler find` looks for them")
	}
	return nil
}

// describeCompiler asks a compiler, with its modules loaded.
func describeCompiler(ctx context.Context, x packages.External) (host.CompilerInfo, error) {
	modules, err := envs.ModuleChanges(ctx, x.Modules)
	if err != nil {
		return host.CompilerInfo{}, fmt.Errorf("describe %s: %w", x.Spec, err)
	}
	return host.DescribeCompiler(ctx, host.Machine{}, x, modules)
}

func newCompilerInfoJSON(info host.CompilerInfo) compilerInfoJSON {
	x := info.Compiler
	c := compilerInfoJSON{
		Spec: x.Spec.String(), Prefix: x.Prefix, Modules: append([]string{}, x.Modules...), Languages: languagesOf(x),
		Targets: []targetFlagsJSON{}, ImplicitRPaths: append([]string{}, info.ImplicitRPaths...), Runtime: []runtimeLibraryJSON{},
	}
	for _, t := range info.Targets {
		c.Targets = append(c.Targets, targetFlagsJSON(t))
	}
	for _, l := range info.Runtime {
		c.Runtime = append(c.Runtime, runtimeLibraryJSON(l))
	}
	return c
}

func (b *berth) printCompiler(c compilerInfoJSON) {
	b.printf("%s\n", c.Spec)
	b.printf("  prefix     %s\n", c.Prefix)
	if len(c.Modules) > 0 {
		b.printf("  modules    %s\n", strings.Join(c.Modules, " "))
	}
	for _, l := range slices.Sorted(maps.Keys(c.Languages)) {
		b.printf("  %-9s  %s\n", l, c.Languages[l])
	}
	for _, t := range c.Targets {
		text := t.Flags
		if text == "" {
			text = "needs no flags"
		}
		if t.Error != "" {
			text = strings.TrimSpace(t.Flags + " not possible: " + t.Error)
		}
		b.printf("  target     %-10s %s\n", t.Target, text)
	}
	for _, l := range c.Runtime {
		b.printf("  runtime    %s\n", strings.Join(strings.Fields(l.Name+" "+l.Version+" "+l.Symbols+" "+l.Path), "  "))
	}
	for _, dir := range c.ImplicitRPaths {
		b.printf("  implicit RPATH %s\n", dir)
	}
}
