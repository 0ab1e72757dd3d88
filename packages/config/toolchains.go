package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/spec"
)

// Toolchains is what one file says of toolchains, before it is merged with others.
type Toolchains struct {
	override bool // toolchains:: hides every scope below
	named    map[string]toolchain
}

type toolchain struct {
	override bool // NAME:: hides the scopes below
	place    string
	entries  setting[spec.ToolchainEntry]
}

// ReadToolchains reads a toolchains.yaml. A file that does not exist is empty. The error holds a *yamldoc.Error for each mistake.
func ReadToolchains(path string) (*Toolchains, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Toolchains{}, nil
	} else if err != nil {
		return nil, fmt.Errorf("read toolchains: %w", err)
	}
	return ParseToolchains(path, text)
}

// ParseToolchains reads the text of a toolchains.yaml; file is the name that errors show.
func ParseToolchains(file string, text []byte) (*Toolchains, error) {
	doc, err := yamldoc.Parse(file, text)
	if err != nil {
		return nil, err
	}
	t := &Toolchains{}
	if root := doc.Root(); !root.IsNull() {
		f := root.Fields("toolchains", "toolchains:")
		if key := f.OneOf("toolchains", "toolchains:"); key != "" {
			t = DecodeToolchains(f.Get(key))
			t.override = key == "toolchains:"
		}
	}
	return t, doc.Err()
}

// DecodeToolchains reads the value of a key toolchains, in toolchains.yaml or env.yaml: a map of name to a spec, or to a list of specs and
// {spec, when}. What is wrong is recorded in the node's document.
func DecodeToolchains(n yamldoc.Node) *Toolchains {
	t := &Toolchains{named: map[string]toolchain{}}
	if !n.Exists() || n.IsNull() {
		return t
	}
	type place struct {
		toolchain spec.Toolchain
		at        yamldoc.Node
	}
	var places []place
	for _, e := range n.Map() {
		name, override := strings.CutSuffix(e.Name(), ":")
		if parsed, err := spec.Parse(name); err != nil || parsed.Name != name || parsed.String() != name {
			e.Key.Fail(fmt.Sprintf("%q cannot be the name of a toolchain", name), "use letters, digits, - and _")
			continue
		}
		if _, twice := t.named[name]; twice {
			e.Key.Errorf("key %q stands twice", name)
			continue
		}
		places = append(places, place{spec.Toolchain{Name: name}, e.Key})
		entries := read(func(string) (yamldoc.Node, bool) { return e.Value, override }, "", func(n yamldoc.Node) (spec.ToolchainEntry, bool) {
			entry, ok := toolchainEntry(n)
			if ok {
				places = append(places, place{spec.Toolchain{Name: name, Entries: []spec.ToolchainEntry{entry}}, n})
			}
			return entry, ok
		})
		t.named[name] = toolchain{override: override, place: e.Key.Place().String(), entries: entries}
	}
	all := MergeToolchains(t)
	said := map[string]bool{} // a name that is wrong is wrong for each entry, too
	for _, p := range places {
		var wrong *spec.ToolchainError
		if errors.As(p.toolchain.Check(all), &wrong) && !said[wrong.Name+wrong.Problem] {
			said[wrong.Name+wrong.Problem] = true
			p.at.Errorf("toolchain %s: %s", wrong.Name, wrong.Problem)
		}
	}
	return t
}

// toolchainEntry reads "%gcc@13", or {spec: "%c=gcc", when: "%c"}.
func toolchainEntry(n yamldoc.Node) (spec.ToolchainEntry, bool) {
	e := spec.ToolchainEntry{Place: n.Place().String()}
	if !n.IsMap() {
		e.Spec = n.Spec()
		return e, e.Spec != nil
	}
	f := n.Fields("spec", "when")
	if need := f.Need("spec"); need.Exists() {
		e.Spec = need.Spec()
	}
	if when := f.Get("when"); when.Exists() {
		if e.When = when.Spec(); e.When != nil && e.When.IsAny() {
			e.When = nil
		}
	}
	return e, e.Spec != nil
}

// MergeToolchains joins scopes, the one that wins first, as Merge does: of a toolchain that several define, lists are joined, a text is the
// winner's, and NAME:: hides what the scopes below say.
func MergeToolchains(scopes ...*Toolchains) spec.Toolchains {
	merged := map[string]*toolchain{}
	for _, s := range scopes {
		if s == nil {
			continue
		}
		for name, t := range s.named {
			if have := merged[name]; have == nil {
				merged[name] = &t
			} else if !have.override {
				have.entries.below(t.entries)
				have.override = t.override
			}
		}
		if s.override {
			break
		}
	}
	out := spec.Toolchains{}
	for name, t := range merged {
		out[name] = spec.Toolchain{Name: name, Place: t.place, Entries: t.entries.values}
	}
	return out
}
