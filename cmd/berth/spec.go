package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

type specOptions struct {
	hashes, status, types, everyEdge bool
	json, why, timers                bool
}

func specCommand(b *berth) *cli.Command {
	var o specOptions
	return &cli.Command{
		Name:      "spec",
		Usage:     "resolve specs and print what would be installed",
		ArgsUsage: "SPEC...",
		Description: `berth spec hdf5+mpi ^mpich     one spec: arguments are joined, then read
berth spec fftw hypre          two, resolved together
berth spec --unify false 'fftw@2' fftw     two, each by itself; when_possible: together as far as that goes
berth spec -I -l hypre+mpi     with what is installed, and hashes
berth spec --why hypre         with what the answer costs at each level of the objective
berth spec --json hypre        for a program to read

Nothing is installed or locked. What is installed already is preferred, unless --fresh is given. With -I,
[+] is installed, [e] is the host's own, " - " would be built. With -t, [blrt] tells whether a package is
needed to build, to link, to run or to test. --json prints an object with

   roots    a list with spec (as asked for) and hash
   nodes    the concrete packages by hash, as in env.lock
   reused   the hashes of those that are installed and were taken over
   costs    a list with level and cost, most important first`,
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "long", Aliases: []string{"l"}, Usage: "show hashes, 7 characters", Destination: &o.hashes},
			&cli.BoolFlag{Name: "install-status", Aliases: []string{"I"}, Usage: "show what is installed", Destination: &o.status},
			&cli.BoolFlag{Name: "types", Aliases: []string{"t"}, Usage: "show dependency types", Destination: &o.types},
			&cli.BoolFlag{Name: "all-edges", Usage: "show a package under everything that needs it", Destination: &o.everyEdge},
			&cli.BoolFlag{Name: "json", Usage: "print JSON", Destination: &o.json},
			&cli.BoolFlag{Name: "why", Usage: "show the cost at each level of the objective", Destination: &o.why},
			&cli.StringFlag{Name: "unify", Value: "true", Usage: "one configuration of each package in all specs: `true|false|when_possible`"},
			&cli.BoolFlag{Name: "timers", Usage: "show how long it took, on stderr", Destination: &o.timers},
		}, resolveFlags()...),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usagef("berth spec needs a spec, such as hdf5+mpi")
			}
			list, err := specs(c.Args().Slice())
			if err != nil {
				return err
			}
			resolve, err := b.resolveOptions(c)
			if err != nil {
				return err
			}
			if resolve.Unify = concretizer.Unify(c.String("unify")); !slices.Contains(concretizer.UnifyModes, c.String("unify")) {
				return usagef("--unify takes true, false or when_possible, not %q", c.String("unify"))
			}
			return b.spec(c.Context, list, resolve, o)
		},
	}
}

func (b *berth) spec(ctx context.Context, list []*spec.Spec, resolve envs.Options, o specOptions) error {
	began := time.Now()
	installed, err := b.store()
	if err != nil {
		return err
	}
	solution, err := b.resolve(ctx, list, resolve)
	if err != nil {
		return err
	}
	if o.timers {
		b.notef("%s", renderStats(solution.Stats, time.Since(began)))
	}
	if o.json {
		return b.json(newSolutionJSON(list, solution))
	}
	tree := treeOptions{color: b.outColor, hashes: o.hashes, types: o.types, everyEdge: o.everyEdge}
	if o.status {
		tree.status = statusIn(installed)
	}
	for _, root := range solution.Roots {
		b.printf("%s", renderTree(root, tree))
	}
	if o.why {
		b.printf("\n%s", renderCosts(solution.Costs))
	}
	return nil
}

// resolve resolves specs of the command line, outside of any environment: what is installed is preferred, unless all is to be fresh.
func (b *berth) resolve(ctx context.Context, list []*spec.Spec, o envs.Options) (*concretizer.Solution, error) {
	session, err := b.session()
	if err != nil {
		return nil, err
	}
	if !o.Fresh {
		installed, err := b.store()
		if err != nil {
			return nil, err
		}
		o.Reuse = installed
	}
	return session.Resolve(ctx, list, o)
}

// statusIn looks a node's prefix up, without the index: a tree is as good as what stands there.
func statusIn(s *store.Store) func(*dag.Node) installStatus {
	return func(n *dag.Node) installStatus {
		switch {
		case n.External() != nil:
			return external
		case !s.Stands(n):
			return absent
		}
		if _, upstream := s.FromUpstream(n); upstream {
			return reusable
		}
		return installed
	}
}

// renderCosts is a line per level of the objective.
func renderCosts(costs []concretizer.LevelCost) string {
	var b strings.Builder
	b.WriteString("cost  level of the objective, most important first\n")
	for _, c := range costs {
		fmt.Fprintf(&b, "%4d  %s\n", c.Cost, c.Level)
	}
	return b.String()
}

// renderStats is a line per figure. The whole includes what the solver does not see: reading recipes, settings and the host's facts.
func renderStats(s concretizer.Stats, whole time.Duration) string {
	ms := func(d time.Duration) string { return fmt.Sprintf("%9.1f ms", float64(d.Microseconds())/1000) }
	return strings.Join([]string{
		fmt.Sprintf("%-12s %9d", "packages", s.Packages),
		fmt.Sprintf("%-12s %9d", "variables", s.Variables),
		fmt.Sprintf("%-12s %9d", "clauses", s.Clauses),
		fmt.Sprintf("%-12s %9d", "expansions", s.Expansions),
		fmt.Sprintf("%-12s %s", "encode", ms(s.Encode)),
		fmt.Sprintf("%-12s %s", "solve", ms(s.Solve)),
		fmt.Sprintf("%-12s %s", "check", ms(s.Check)),
		fmt.Sprintf("%-12s %s", "concretize", ms(s.Total)),
		fmt.Sprintf("%-12s %s", "whole", ms(whole)),
	}, "\n")
}

// solutionJSON is a solution as --json shows it.
type solutionJSON struct {
	Roots  []rootJSON      `json:"roots"`
	Nodes  json.RawMessage `json:"nodes"`
	Reused []string        `json:"reused"`
	Costs  []costJSON      `json:"costs"`
}

type rootJSON struct {
	Spec string `json:"spec"`
	Hash string `json:"hash"`
}

type costJSON struct {
	Level string `json:"level"`
	Cost  int    `json:"cost"`
}

func newSolutionJSON(asked []*spec.Spec, s *concretizer.Solution) solutionJSON {
	j := solutionJSON{Nodes: dag.MarshalNodes(s.Roots), Reused: slices.Sorted(maps.Keys(s.Reused)), Costs: []costJSON{}}
	if j.Reused == nil {
		j.Reused = []string{}
	}
	for i, root := range s.Roots {
		j.Roots = append(j.Roots, rootJSON{asked[i].String(), root.Hash()})
	}
	for _, c := range s.Costs {
		j.Costs = append(j.Costs, costJSON(c))
	}
	return j
}
