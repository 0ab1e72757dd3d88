package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
	"github.com/berth-hpc/berth/spec/suggest"
)

func whyCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "why",
		Usage:     "tell why a package is in the environment here",
		ArgsUsage: "SPEC",
		Description: `berth why zlib                 from each spec of env.yaml that brings it in, the shortest way to it
berth why /abcdefg             of the node with that hash
berth why mpi                  of what provides a virtual

Below each spec of env.yaml stands what needs what, how, and as which virtual. Before that stands what asks for a
version, variants or more of the package, with file and line, and which newer versions its recipe has.
` + "`berth concretize --update PKG` moves it as far as these allow." + `
With --json: a list of objects with name, version, hash, asked (a list with by, spec and place), newer (a list of
versions) and chains: a list with root (the spec of env.yaml) and steps (a list with name, version, hash, types and
virtuals: how the step before needs this one).`,
		Flags: []cli.Flag{systemFlag(), jsonFlag()},
		Action: func(c *cli.Context) error {
			asked, err := b.installedSpecs(c.Args().Slice())
			if err != nil {
				return err
			}
			if len(asked) != 1 {
				return usagef("berth why needs one spec of what is in the environment, such as zlib")
			}
			locked, err := b.lockedSystem(c.String("system"))
			if err != nil {
				return err
			}
			choice, err := b.choice(c.Context, locked, c.String("system"))
			if err != nil {
				return err
			}
			return b.why(c.Context, choice, asked[0], c.Bool("json"))
		},
	}
}

// choice gathers what can explain the locked system here.
func (b *berth) choice(ctx context.Context, locked *envs.LockedSystem, system string) (*choice, error) {
	e, err := b.environment()
	if err != nil {
		return nil, err
	}
	s, err := b.session()
	if err != nil {
		return nil, err
	}
	c := &choice{locked: locked, roots: e.Manifest.Specs}
	if own, err := e.Manifest.System(system); err == nil {
		c.roots = own.Specs
	}
	if c.repo, err = s.Repo(ctx, e.Manifest.Repos, e.Dir); err != nil {
		return nil, err
	}
	c.config, err = s.Configuration(e)
	return c, err
}

func (b *berth) why(ctx context.Context, c *choice, asked *spec.Spec, asJSON bool) error {
	locked := c.locked
	all := lockedNodes(locked)
	var found []reasonJSON
	for _, n := range all {
		if n.Satisfies(asked) {
			r := reasonFor(locked, n)
			r.Asked, r.Newer = c.asked(ctx, n), c.newer(ctx, n)
			found = append(found, r)
		}
	}
	if len(found) == 0 {
		return notLocked(all, asked)
	}
	if asJSON {
		return b.json(found)
	}
	for i, r := range found {
		if i > 0 {
			b.printf("\n")
		}
		b.printf("%s", renderReason(r))
	}
	return nil
}

func notLocked(all []*dag.Node, asked *spec.Spec) error {
	err := fmt.Errorf("%s is not in %s", asked, envs.LockName)
	var names, same []string
	for _, n := range all {
		names = append(names, n.Name())
		if n.Name() == asked.Name {
			same = append(same, n.Name()+"@"+n.Version().String()+"/"+n.ShortHash())
		}
	}
	if len(same) > 0 {
		return withHint(err, "of %s there is %s", asked.Name, strings.Join(same, ", "))
	}
	if near := suggest.Nearest(asked.Name, slices.Compact(names), 1); len(near) > 0 {
		return withHint(err, "did you mean %s?", near[0])
	}
	return withHint(err, "`berth tree` shows what is")
}

// reasonJSON is why a node is there, as --json shows it.
type reasonJSON struct {
	Name    string      `json:"name"`
	Version string      `json:"version"`
	Hash    string      `json:"hash"`
	Asked   []askedJSON `json:"asked"`
	Newer   []string    `json:"newer"`
	Chains  []chainJSON `json:"chains"`
}

type chainJSON struct {
	Root  string     `json:"root"`
	Steps []stepJSON `json:"steps"` // from the root's node to the one asked about
}

// stepJSON is a node on the way, with the edge that leads to it; the first has no edge.
type stepJSON struct {
	Name     string   `json:"name"`
	Version  string   `json:"version"`
	Hash     string   `json:"hash"`
	Types    []string `json:"types"`
	Virtuals []string `json:"virtuals"`
}

func newStepJSON(n *dag.Node, e dag.Edge) stepJSON {
	return stepJSON{
		n.Name(), n.Version().String(), n.Hash(), append([]string{}, e.Types.Names()...), append([]string{}, e.Virtuals...),
	}
}

// reasonFor has a chain for each root that the node is below, or is.
func reasonFor(locked *envs.LockedSystem, n *dag.Node) reasonJSON {
	r := reasonJSON{Name: n.Name(), Version: n.Version().String(), Hash: n.Hash(), Chains: []chainJSON{}}
	for _, root := range lockedRoots(locked) {
		from, _ := locked.Node(root.Hash)
		if edges, ok := shortestWay(from, n.Hash()); ok {
			steps := []stepJSON{newStepJSON(from, dag.Edge{})}
			for _, e := range edges {
				steps = append(steps, newStepJSON(e.To, e))
			}
			r.Chains = append(r.Chains, chainJSON{root.Spec, steps})
		}
	}
	return r
}

// shortestWay is the shortest chain of edges from a node to the one with that hash; of two, the one that the order of the edges puts first.
func shortestWay(from *dag.Node, to string) (way []dag.Edge, ok bool) {
	type arrival struct {
		before *dag.Node
		edge   dag.Edge
	}
	reached := map[string]arrival{from.Hash(): {}}
	queue := []*dag.Node{from}
	for len(queue) > 0 && reached[to].before == nil {
		n := queue[0]
		queue = queue[1:]
		for _, e := range n.Edges() {
			if _, known := reached[e.To.Hash()]; !known {
				reached[e.To.Hash()] = arrival{n, e}
				queue = append(queue, e.To)
			}
		}
	}
	at, ok := reached[to]
	if !ok {
		return nil, false
	}
	for ; at.before != nil; at = reached[at.before.Hash()] {
		way = append(way, at.edge)
	}
	slices.Reverse(way)
	return way, true
}

// renderReason shows the chains below each other, a step a line, each below what needs it.
func renderReason(r reasonJSON) string {
	name := r.Name + "@" + r.Version
	text := fmt.Sprintf("%s/%s\n", name, r.Hash[:7]) + renderChoice(r)
	for _, c := range r.Chains {
		text += "  " + c.Root
		if len(c.Steps) == 1 {
			text += "  asked for by " + envs.ManifestName
		}
		text += "\n"
		for depth, s := range c.Steps[1:] {
			text += strings.Repeat("    ", depth) + "    needs " + s.Name + "@" + s.Version
			if len(s.Virtuals) > 0 {
				text += " as " + enumerated(s.Virtuals)
			}
			text += " to " + enumerated(s.Types) + "\n"
		}
	}
	return text
}

// enumerated is a list as a sentence has it: "build, link and run".
func enumerated(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
