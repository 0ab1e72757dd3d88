package yamlrecipe

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/spec/dag"
)

// pythonSystem is a Python project that says by PEP 517 how a wheel of it is built, or a source that is a wheel. The backend runs without
// network and without pip's isolated downloads: what it imports are the recipe's build dependencies.
var pythonSystem = &buildSystem{
	name:    "python",
	value:   "python_pip",
	keys:    []string{"config_settings", "imports", "setup_py", "copy", "scripts"},
	extends: "python",
	runEnv:  []packages.EnvMod{{Op: packages.EnvPrepend, Name: "PYTHONPATH", Value: "{prefix}/{site-packages}"}},
	plan:    planPython,
}

// frontend is what runs the backend and unpacks wheels: see its own documentation.
//
//go:embed frontend.py
var frontend []byte

// frontendEdition is part of what hashes cover: it counts the changes of the frontend that change what it installs.
const frontendEdition = 1

func planPython(p *planner, s *buildSpec) {
	step := pythonStep{source: p.sourceDir(), settings: p.args(s.settings), copies: p.args(s.copies), scripts: s.scripts, setupPy: s.setupPy}
	for _, phase := range []string{"build", "install"} {
		step.phase = phase
		p.around(phase, step)
	}
	p.around("test")
	if step.imports = p.args(s.imports); len(step.imports) > 0 {
		step.phase = "check"
		p.do("check", step)
	}
}

// pythonStep is one phase of the frontend.
type pythonStep struct {
	phase    string
	source   template
	settings []template // "NAME=VALUE" for the backend
	imports  []template // modules
	copies   []template // modules
	scripts  []string   // "meson = mesonbuild.mesonmain:main"
	setupPy  bool
}

type boundPythonStep struct {
	phase                     string
	source                    text
	settings, imports, copies []text
	scripts                   []string
	setupPy                   bool
}

func (s pythonStep) templates() []template {
	return slices.Concat(s.settings, s.imports, s.copies, []template{s.source})
}

func (s pythonStep) bind(p *planner) (boundAction, error) {
	return boundPythonStep{
		phase: s.phase, source: p.text(s.source), scripts: s.scripts, setupPy: s.setupPy,
		settings: p.texts(s.settings), imports: p.texts(s.imports), copies: p.texts(s.copies),
	}, nil
}

func (s boundPythonStep) canonical(b *strings.Builder) {
	fmt.Fprintf(b, "python frontend %d %s %q", frontendEdition, s.phase, s.source.canonical())
	if s.setupPy {
		b.WriteString(" setup.py")
	}
	for _, list := range []struct {
		name  string
		texts []text
	}{{"settings", s.settings}, {"imports", s.imports}, {"copy", s.copies}} {
		for _, t := range list.texts {
			fmt.Fprintf(b, " %s %q", list.name, t.canonical())
		}
	}
	for _, script := range s.scripts {
		fmt.Fprintf(b, " script %q", script)
	}
	b.WriteByte('\n')
}

var entryPoint = regexp.MustCompile(`^[\w.]+:[\w.]+$`)

// readScripts reads {meson: "mesonbuild.mesonmain:main"}.
func readScripts(f yamldoc.Fields) []string {
	var list []string
	n := f.Get("scripts")
	if n.Exists() && !f.Has("copy") {
		n.Fail("scripts without copy", "a backend makes its own scripts, as the project says")
	}
	if f.Has("copy") && f.Get("setup_py").Bool() {
		f.Get("copy").Errorf("either copy or setup_py installs the modules")
	}
	for _, e := range n.Map() {
		value := e.Value.Line()
		if !entryPoint.MatchString(value) {
			e.Value.Fail("this is no entry point", "MODULE:FUNCTION, as in mesonbuild.mesonmain:main")
		}
		list = append(list, e.Name()+" = "+value)
	}
	slices.Sort(list)
	return list
}

// frontendConfig is what the frontend is told.
type frontendConfig struct {
	Name     string              `json:"name"`
	Source   string              `json:"source"`
	Work     string              `json:"work"`
	Prefix   string              `json:"prefix"`
	Build    []string            `json:"build"`
	Run      []string            `json:"run"`
	Settings map[string][]string `json:"settings"`
	SetupPy  bool                `json:"setup_py"`
	Imports  []string            `json:"imports"`
	Copy     []string            `json:"copy"`
	Scripts  []string            `json:"scripts"`
	Version  string              `json:"version"`
}

func (s boundPythonStep) run(ctx context.Context, b packages.Build) error {
	python, err := pythonProgram(b)
	if err != nil {
		return err
	}
	c, err := s.config(b)
	if err != nil {
		return err
	}
	config, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("describe the build of %s: %w", b.Node(), err)
	}
	dir := filepath.Join(b.BuildDir(), "frontend")
	program, configFile := filepath.Join(dir, "frontend.py"), filepath.Join(dir, s.phase+".json")
	if err := b.WriteFile(program, frontend, 0o644); err != nil {
		return err
	}
	if err := b.WriteFile(configFile, config, 0o644); err != nil {
		return err
	}
	return b.Run(ctx, c.Source, nil, python, "-I", program, configFile, s.phase)
}

// config is what the frontend is told in this build.
func (s boundPythonStep) config(b packages.Build) (*frontendConfig, error) {
	n := b.Node()
	c := &frontendConfig{
		Name: n.Name(), Version: n.Version().String(), Work: b.BuildDir(), Prefix: b.Prefix(),
		Build: pythonSites(b, slices.Concat(dag.LinkRunClosure(n), dag.BuildDeps(n))), Run: pythonSites(b, dag.LinkRunClosure(n)),
		SetupPy: s.setupPy, Scripts: append([]string{}, s.scripts...), Settings: map[string][]string{},
	}
	var settings []string
	var err error
	if c.Source, err = s.source.expand(b); err != nil {
		return nil, err
	}
	for _, list := range []struct {
		into  *[]string
		texts []text
	}{{&settings, s.settings}, {&c.Imports, s.imports}, {&c.Copy, s.copies}} {
		*list.into = []string{}
		for _, t := range list.texts {
			value, err := t.expand(b)
			if err != nil {
				return nil, err
			}
			*list.into = append(*list.into, value)
		}
	}
	for _, setting := range settings {
		name, value, ok := strings.Cut(setting, "=")
		if !ok {
			return nil, fmt.Errorf("config_settings: %q is not NAME=VALUE", setting)
		}
		c.Settings[name] = append(c.Settings[name], value)
	}
	return c, nil
}

// pythonSites lists the directories with modules of nodes, which come dependencies first: the nearest is to be found first. A tool may run under
// another Python (Meson does not care which), whose modules are not for ours.
func pythonSites(b packages.Build, nodes []*dag.Node) []string {
	sites, ours := []string{}, packages.SitePackages(b.Node())
	for _, n := range slices.Backward(nodes) {
		site := packages.SitePackages(n)
		prefix, ok := b.DepPrefix(n.Name())
		if site != ours || !ok || n.Name() == "python" {
			continue
		}
		if dir := filepath.Join(prefix, site); isDir(dir) && !slices.Contains(sites, dir) {
			sites = append(sites, dir)
		}
	}
	return sites
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// pythonProgram is the interpreter of the node's Python; of several in one directory the one of its version.
func pythonProgram(b packages.Build) (string, error) {
	node, ok := b.Dep("python")
	prefix, stands := b.DepPrefix("python")
	if !ok || !stands {
		return "", fmt.Errorf("%s has no dependency python", b.Node())
	}
	exact := filepath.Join(prefix, "bin", "python"+node.Version().UpTo(2).String())
	if _, err := os.Stat(exact); err == nil {
		return exact, nil
	}
	return b.Tool("python3")
}

// pythonOf is {python}: in a build of the system python the interpreter that sees what the build may import, and from the install phase on
// what the installed package may; elsewhere the one that the package depends on.
func pythonOf(b packages.Build) (string, error) {
	own := filepath.Join(b.BuildDir(), "python", "bin", "python3")
	if _, err := os.Stat(own); err == nil {
		return own, nil
	}
	return pythonProgram(b)
}
