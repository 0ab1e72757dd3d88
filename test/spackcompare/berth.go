package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// berthProgram asks berth.
type berthProgram struct{ *options }

// wish is what a packages.yaml says beside the configuration that both have.
type wish struct {
	prefer   map[string][]string // specs by package
	mayBuild map[string]bool     // false: it may not be built
}

// ask returns berth's answer to specs that are to be resolved together. What is wished for stands in a directory of settings of its own.
func (b *berthProgram) ask(ctx context.Context, specs []string, w *wish) (*answer, error) {
	sites := filepath.Join(b.work, "config") + ":" + filepath.Join(b.work, "defaults")
	if w != nil {
		dir := filepath.Join(b.work, "wish")
		if err := writeFile(filepath.Join(dir, "packages.yaml"), w.yaml()); err != nil {
			return nil, err
		}
		sites = dir + ":" + sites
	}
	args := []string{"spec", "--fresh", "--json", "--repo", b.spack, "--target", b.target}
	cmd := exec.CommandContext(ctx, b.berth, append(args, specs...)...)
	cmd.Env = append(os.Environ(), "BERTH_ROOT="+filepath.Join(b.work, "berth"), "BERTH_SITE="+sites)
	cmd.Dir = b.work // no environment of anybody's
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("ask berth: %w\n%s", err, strings.TrimSpace(stderr.String()))
	}
	a, err := readBerth(stdout.Bytes())
	if err != nil {
		return nil, err
	}
	a.usage = usageOf(cmd.ProcessState)
	return a, nil
}

// yaml is the wish as a packages.yaml. JSON is YAML.
func (w *wish) yaml() string {
	packages := map[string]any{}
	for name, specs := range w.prefer {
		packages[name] = map[string]any{"prefer": specs}
	}
	for name, may := range w.mayBuild {
		packages[name] = map[string]any{"buildable": may}
	}
	text, err := json.MarshalIndent(map[string]any{"packages": packages}, "", " ")
	if err != nil {
		panic(err) // texts and truth values only
	}
	return string(text) + "\n"
}

// readBerth reads what "berth spec --json" prints.
func readBerth(text []byte) (*answer, error) {
	var all struct {
		Roots []struct {
			Hash string `json:"hash"`
		} `json:"roots"`
		Nodes map[string]*struct {
			Name         string              `json:"name"`
			Version      string              `json:"version"`
			Target       string              `json:"target"`
			Variants     map[string]values   `json:"variants"`
			Flags        map[string][]string `json:"flags"`
			Patches      []string            `json:"patches"`
			External     json.RawMessage     `json:"external"`
			Dependencies []struct {
				Hash     string   `json:"hash"`
				Types    []string `json:"types"`
				Virtuals []string `json:"virtuals"`
			} `json:"dependencies"`
		} `json:"nodes"`
		Costs []cost `json:"costs"`
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("read berth's answer: %w", err)
	}
	a, byHash := &answer{costs: all.Costs}, map[string]*node{}
	for hash, n := range all.Nodes {
		made := &node{name: n.Name, version: n.Version, target: n.Target, variants: map[string][]string{}, flags: n.Flags, patches: slices.Sorted(slices.Values(n.Patches)),
			external: len(n.External) > 0, compilers: map[string]string{}}
		for name, v := range n.Variants {
			made.variants[name] = v
		}
		byHash[hash] = made
		a.nodes = append(a.nodes, made)
	}
	for hash, n := range all.Nodes {
		for _, d := range n.Dependencies {
			if byHash[d.Hash] == nil {
				return nil, fmt.Errorf("read berth's answer: %s depends on /%s, which is missing", n.Name, d.Hash)
			}
			byHash[hash].addBerth(edge{to: byHash[d.Hash], types: d.Types, virtuals: d.Virtuals})
		}
	}
	for _, r := range all.Roots {
		a.roots = append(a.roots, byHash[r.Hash])
	}
	slices.SortFunc(a.nodes, compareNodes)
	return a, nil
}

// addBerth adds a dependency. One on a compiler is the node's compiler, as Spack of January 2025 has it.
func (n *node) addBerth(e edge) {
	languages := 0
	for _, v := range e.virtuals {
		if slices.Contains([]string{"c", "cxx", "fortran"}, v) {
			n.compilers[v] = e.to.name + "@" + e.to.version
			languages++
		}
	}
	if languages == 0 || languages < len(e.virtuals) {
		n.edges = append(n.edges, e)
	}
}

func writeFile(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o666)
}
