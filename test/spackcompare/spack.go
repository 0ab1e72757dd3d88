package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// spackProgram asks Spack.
type spackProgram struct{ *options }

// ask returns Spack's answer to specs that are to be resolved together.
func (s *spackProgram) ask(ctx context.Context, specs []string) (*answer, error) {
	sum := sha256.Sum256([]byte(strings.Join(append([]string{s.target}, specs...), "\n")))
	file := filepath.Join(s.work, "answers", hex.EncodeToString(sum[:8]))
	text, err := os.ReadFile(file + ".json")
	if err == nil {
		a, err := readSpack(text)
		if err == nil {
			a.usage = readUsage(file + ".usage")
		}
		return a, err
	}
	text, took, err := s.run(ctx, specs)
	if err != nil {
		return nil, err
	}
	a, err := readSpack(text)
	if err != nil {
		return nil, err
	}
	a.usage = took
	return a, errors.Join(os.WriteFile(file+".json", text, 0o666), os.WriteFile(file+".usage", []byte(took.String()+"\n"), 0o666))
}

// run has Spack resolve. It sees no settings but its defaults and ours, reuses nothing, and fetches nothing.
func (s *spackProgram) run(ctx context.Context, specs []string) ([]byte, usage, error) {
	args := append([]string{"-C", filepath.Join(s.work, "config"), "spec", "--fresh", "--json"}, specs...)
	cmd := exec.CommandContext(ctx, filepath.Join(s.spack, "bin", "spack"), args...)
	cmd.Env = append(os.Environ(), "SPACK_DISABLE_LOCAL_CONFIG=1", "SPACK_USER_CACHE_PATH="+filepath.Join(s.work, "spack"))
	if s.python != "" {
		cmd.Env = append(cmd.Env, "PYTHONPATH="+s.clingo(), "SPACKCOMPARE_CLINGO="+s.python)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, usage{}, fmt.Errorf("ask Spack: %w\n%s", err, strings.TrimSpace(stderr.String()))
	}
	return stdout.Bytes(), usageOf(cmd.ProcessState), nil
}

// clingo is where Python is to look for clingo: the directory given, unless the native module of an old one is all that it has.
func (s *spackProgram) clingo() string {
	if native, err := filepath.Glob(filepath.Join(s.python, "clingo*.so")); err != nil || len(native) == 0 {
		return s.python
	}
	return filepath.Join(s.work, "python")
}

// spackNode is a node as Spack writes it.
type spackNode struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Arch    struct {
		Target json.RawMessage `json:"target"` // "x86_64_v3", or an object with its name
	} `json:"arch"`
	Compiler *struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	} `json:"compiler"`
	Parameters   map[string]values `json:"parameters"`
	External     json.RawMessage   `json:"external"`
	Hash         string            `json:"hash"`
	Dependencies []struct {
		Hash       string `json:"hash"`
		Parameters struct {
			Types    []string `json:"deptypes"`
			Virtuals []string `json:"virtuals"`
		} `json:"parameters"`
	} `json:"dependencies"`
}

// flagNames are those parameters of a node that are no variants.
var flagNames = []string{"cflags", "cppflags", "cxxflags", "fflags", "ldflags", "ldlibs"}

// readSpack reads what "spack spec --json" prints: an object for each root.
func readSpack(text []byte) (*answer, error) {
	a := &answer{}
	byHash := map[string]*node{}
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var one struct {
			Spec struct {
				Nodes []spackNode `json:"nodes"`
			} `json:"spec"`
		}
		if err := d.Decode(&one); errors.Is(err, io.EOF) {
			return a, nil
		} else if err != nil {
			return nil, fmt.Errorf("read Spack's answer: %w", err)
		}
		if len(one.Spec.Nodes) == 0 {
			return nil, errors.New("read Spack's answer: no packages")
		}
		if err := a.addSpack(one.Spec.Nodes, byHash); err != nil {
			return nil, fmt.Errorf("read Spack's answer: %w", err)
		}
	}
}

// addSpack adds what one root needs; what it has in common with those before is there already.
func (a *answer) addSpack(nodes []spackNode, byHash map[string]*node) error {
	var fresh []*spackNode
	for i := range nodes {
		if n := &nodes[i]; byHash[n.Hash] == nil {
			made, err := n.node()
			if err != nil {
				return err
			}
			byHash[n.Hash] = made
			a.nodes = append(a.nodes, made)
			fresh = append(fresh, n)
		}
	}
	for _, n := range fresh {
		for _, d := range n.Dependencies {
			to := byHash[d.Hash]
			if to == nil {
				return fmt.Errorf("%s depends on /%s, which is missing", n.Name, d.Hash)
			}
			from := byHash[n.Hash]
			from.edges = append(from.edges, edge{to: to, types: d.Parameters.Types, virtuals: d.Parameters.Virtuals})
		}
	}
	a.roots = append(a.roots, byHash[nodes[0].Hash])
	return nil
}

func (n *spackNode) node() (*node, error) {
	made := &node{name: n.Name, version: n.Version, variants: n.variants(), flags: map[string][]string{}, external: len(n.External) > 0}
	made.patches = made.variants["patches"]
	delete(made.variants, "patches")
	for _, name := range flagNames {
		if v := made.variants[name]; len(v) > 0 {
			made.flags[name] = v
		}
		delete(made.variants, name)
	}
	if n.Compiler != nil {
		made.compilers = map[string]string{"": n.Compiler.Name + "@" + n.Compiler.Version}
	}
	if json.Unmarshal(n.Arch.Target, &made.target) != nil {
		var target struct {
			Name string `json:"name"`
		}
		if err := json.Unmarshal(n.Arch.Target, &target); err != nil {
			return nil, fmt.Errorf("target of %s: %w", n.Name, err)
		}
		made.target = target.Name
	}
	return made, nil
}

func (n *spackNode) variants() map[string][]string {
	out := map[string][]string{}
	for name, v := range n.Parameters {
		out[name] = v
	}
	return out
}
