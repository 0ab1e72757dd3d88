package envs

import (
	"fmt"
	"math"
	"os"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/config"
	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/spec/arch"
)

// ReadManifest reads an env.yaml. Errors have file, line and column, all of them at once.
func ReadManifest(path string) (*Manifest, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read environment: %w", err)
	}
	return ParseManifest(ManifestName, text)
}

// ParseManifest reads the text of an env.yaml; file is the name that errors show.
func ParseManifest(file string, text []byte) (*Manifest, error) {
	doc, err := yamldoc.Parse(file, text)
	if err != nil {
		return nil, err
	}
	m := decodeManifest(doc.Root())
	m.Text = text
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return m, nil
}

// manifestKeys are the keys of an env.yaml; docs/env-yaml.md has a row for each.
var manifestKeys = []string{"berth", "specs", "repos", "packages", "concretizer", "env_vars", "systems", "view", "tune", "licenses", "toolchains", "upstreams"}

func decodeManifest(root yamldoc.Node) *Manifest {
	m := &Manifest{Unify: "true", Reuse: true}
	if root.IsNull() {
		return m
	}
	for _, e := range root.Map() {
		if e.Name() == "spack" {
			e.Key.Fail("this is an environment of Spack", "`berth env import` makes an env.yaml of it")
			return m
		}
	}
	f := root.Fields(manifestKeys...)
	if v := f.Need("berth"); v.Exists() {
		if n := v.Int(1, math.MaxInt); n > manifestVersion {
			v.Fail(fmt.Sprintf("this is written for version %d of env.yaml, and this berth knows version %d", n, manifestVersion), "get a newer berth")
		}
	}
	m.Specs = decodeSpecs(f.Get("specs"))
	m.Repos = decodeRepos(f.Get("repos"))
	m.Packages, m.packagesText = decodePackages(f.Get("packages"))
	if t := f.Get("toolchains"); t.Exists() {
		m.Toolchains = config.DecodeToolchains(t)
		m.packagesText += "\ntoolchains " + canonicalYAML(t.Raw())
	}
	decodeConcretizer(f.Get("concretizer"), m)
	m.Licenses = decodeLicenses(f.Get("licenses"))
	m.EnvVars = decodeEnvVars(f.Get("env_vars"))
	for _, e := range optionalMap(f.Get("systems")) {
		m.Systems = append(m.Systems, decodeSystem(e))
	}
	m.View = decodeView(f.Get("view"))
	m.Tune = decodeTune(f.Get("tune"))
	if u := f.Get("upstreams"); u.Exists() {
		m.Upstreams = config.DecodeUpstreams(u, config.HostVariables())
		m.packagesText += "\nupstreams " + canonicalYAML(u.Raw())
	}
	return m
}

func decodeSpecs(n yamldoc.Node) []packages.PlacedSpec {
	if !n.Exists() || n.IsNull() {
		return nil
	}
	var specs []packages.PlacedSpec
	for _, item := range n.List() {
		if item.IsMap() && slices.ContainsFunc(item.Map(), func(e yamldoc.Entry) bool { return e.Name() == "matrix" }) {
			item.Fail("a matrix is no spec", "write the specs out; `berth env import` expands the matrices of a spack.yaml")
			continue
		}
		if s := item.Named(); s != nil {
			specs = append(specs, packages.PlacedSpec{Spec: s, Place: item.Place()})
		}
	}
	return specs
}

func decodePackages(n yamldoc.Node) (*config.Scope, string) {
	if !n.Exists() || n.IsNull() {
		return nil, ""
	}
	return config.Decode(n), canonicalYAML(n.Raw())
}

func decodeConcretizer(n yamldoc.Node, m *Manifest) {
	if !n.Exists() || n.IsNull() {
		return
	}
	f := n.Fields("unify", "reuse")
	if u := f.Get("unify"); u.Exists() {
		m.Unify = u.Text()
		if !slices.Contains(concretizer.UnifyModes, m.Unify) {
			u.Fail(fmt.Sprintf("unknown way to unify %q", m.Unify), "write true (one configuration of each package), false (each spec by itself) or when_possible")
		}
	}
	if r := f.Get("reuse"); r.Exists() {
		m.Reuse = r.Bool()
	}
}

// envOps are the keys of env_vars that map names to values.
var envOps = map[string]packages.EnvOp{
	"set": packages.EnvSet, "prepend_path": packages.EnvPrepend, "append_path": packages.EnvAppend, "remove_path": packages.EnvRemove,
}

// decodeEnvVars reads Spack's env_vars: set, unset, prepend_path, append_path, remove_path, which apply in the order in which they are written.
func decodeEnvVars(n yamldoc.Node) []packages.EnvMod {
	var mods []packages.EnvMod
	if !n.Exists() || n.IsNull() {
		return nil
	}
	f := n.Fields("set", "unset", "prepend_path", "append_path", "remove_path")
	if !n.IsMap() {
		return nil // which Fields has reported
	}
	for _, section := range n.Map() {
		if section.Name() == "unset" {
			for _, item := range f.Get("unset").ListOrOne() {
				checkVariable(item, item.Text())
				mods = append(mods, packages.EnvMod{Op: packages.EnvUnset, Name: item.Text()})
			}
			continue
		}
		op, ok := envOps[section.Name()]
		if !ok {
			continue
		}
		for _, e := range optionalMap(section.Value) {
			checkVariable(e.Key, e.Name())
			mods = append(mods, packages.EnvMod{Op: op, Name: e.Name(), Value: e.Value.Text()})
		}
	}
	return mods
}

// checkVariable holds a name against POSIX's: letters, digits and underscores, no digit first. Others cannot be exported by a shell.
func checkVariable(n yamldoc.Node, name string) {
	for i, r := range name {
		if r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || i > 0 && r >= '0' && r <= '9' {
			continue
		}
		n.Fail(fmt.Sprintf("%q cannot be the name of an environment variable", name), "use letters, digits and underscores")
		return
	}
	if name == "" {
		n.Fail("an environment variable needs a name", "")
	}
}

func decodeSystem(e yamldoc.Entry) System {
	s := System{Name: e.Name(), Place: e.Key.Place()}
	if e.Value.IsNull() {
		return s
	}
	if !systemName.MatchString(s.Name) {
		e.Key.Fail(fmt.Sprintf("%q cannot be the name of a system", s.Name), "use letters, digits, and _ . + - between them")
	}
	f := e.Value.Fields("target", "gpu", "driver", "hosts", "specs", "packages", "upstreams")
	if t := f.Get("target"); t.Exists() {
		s.Target = t.Text()
		if _, known := arch.Lookup(s.Target); !known && s.Target != nativeTarget && s.Target != "" {
			t.FailUnknown("target", s.Target, arch.Names())
		}
	}
	if g := f.Get("gpu"); g.Exists() {
		for _, item := range g.ListOrOne() {
			if checkGPU(item, item.Text()) {
				s.GPUs = append(s.GPUs, item.Text())
			}
		}
	}
	s.Driver = version(f.Get("driver"))
	if h := f.Get("hosts"); h.Exists() {
		for _, item := range h.ListOrOne() {
			if _, err := path.Match(item.Line(), ""); err != nil {
				item.Fail(fmt.Sprintf("%q is no pattern for host names", item.Line()), "* stands for any characters: nid*")
			}
			s.Hosts = append(s.Hosts, item.Line())
		}
	}
	s.Specs = decodeSpecs(f.Get("specs"))
	own, text := decodePackages(f.Get("packages"))
	s.Packages, s.packagesText = []*config.Scope{own}, text
	if u := f.Get("upstreams"); u.Exists() {
		s.Upstreams = []*config.Upstreams{config.DecodeUpstreams(u, config.HostVariables())}
		s.packagesText += "\nupstreams " + canonicalYAML(u.Raw())
	}
	return s
}

// checkGPU holds an architecture against how makers call theirs.
func checkGPU(n yamldoc.Node, name string) bool {
	_, err := concretizer.ParseGPU(name)
	if err != nil {
		n.Fail(err.Error(), "`berth arch --gpu` tells it on a machine with one")
	}
	return err == nil
}

func optionalMap(n yamldoc.Node) []yamldoc.Entry {
	if !n.Exists() || n.IsNull() {
		return nil
	}
	return n.Map()
}

// canonicalYAML is the content of a node without its layout: mappings sorted by key, scalars as text.
func canonicalYAML(n *yaml.Node) string {
	switch n.Kind {
	case yaml.AliasNode:
		return canonicalYAML(n.Alias)
	case yaml.MappingNode:
		var entries []string
		for i := 0; i+1 < len(n.Content); i += 2 {
			entries = append(entries, canonicalYAML(n.Content[i])+":"+canonicalYAML(n.Content[i+1]))
		}
		slices.Sort(entries)
		return "{" + strings.Join(entries, ",") + "}"
	case yaml.SequenceNode:
		var items []string
		for _, c := range n.Content {
			items = append(items, canonicalYAML(c))
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	return fmt.Sprintf("%q", n.Value)
}
