package spackyaml

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/config"
	"github.com/berth-hpc/berth/packages/yamldoc"
)

// Result is an env.yaml, and what it lacks of the spack.yaml that it was made of.
type Result struct {
	Text  []byte
	Specs int // how many there are
	Notes []Note
}

// Note is something that was left out or changed.
type Note struct {
	Place packages.Place
	Text  string // `mirrors: add them with "berth mirror add"`
}

// String is one line: "spack.yaml:12:3: mirrors: ...".
func (n Note) String() string {
	return fmt.Sprintf("%s:%d: %s", n.Place.String(), n.Place.Col, n.Text)
}

// maxIncludes bounds the files that one spack.yaml may pull in, directly and through each other.
const maxIncludes = 100

// Convert reads a spack.yaml. check tells whether an env.yaml may say what the text says; what it refuses is left out with its reason.
func Convert(path string, check func(text []byte) error) (*Result, error) {
	c := &converter{check: check, sections: map[string]*section{}, definitions: map[string][]yamldoc.Node{}, noted: map[Note]bool{}}
	if err := c.readEnvironment(path); err != nil {
		return nil, err
	}
	return c.write()
}

type converter struct {
	check       func([]byte) error
	specs       []yamldoc.Node // the lists, in order
	definitions map[string][]yamldoc.Node
	sections    map[string]*section
	included    []string // files that were read, so that none is read twice
	docs        []*yamldoc.Document
	notes       []Note
	noted       map[Note]bool
}

// noteMistakes adds what was found wrong while the files were read: values of another kind than expected.
func (c *converter) noteMistakes() {
	for _, doc := range c.docs {
		var one *yamldoc.Error
		var all yamldoc.Errors
		err := doc.Err()
		if !errors.As(err, &all) && errors.As(err, &one) {
			all = yamldoc.Errors{one}
		}
		for _, e := range all {
			c.notes = append(c.notes, Note{e.Place(), e.Message})
		}
	}
}

// section is a key of the env.yaml that is made.
type section struct {
	value *yaml.Node
	place packages.Place
}

// note remembers what is not carried over; of what is looked at several times once.
func (c *converter) note(n yamldoc.Node, format string, args ...any) {
	note := Note{n.Place(), fmt.Sprintf(format, args...)}
	if !c.noted[note] {
		c.noted[note] = true
		c.notes = append(c.notes, note)
	}
}

func (c *converter) readEnvironment(path string) error {
	root, err := c.open(path)
	if err != nil {
		return err
	}
	entries := root.Map()
	if len(entries) != 1 || entries[0].Name() != "spack" && entries[0].Name() != "env" {
		return fmt.Errorf("%s: this is no environment of Spack: it has no key spack at the top", path)
	}
	value := entries[0].Value
	if !value.IsMap() && !value.IsNull() {
		return fmt.Errorf("%s: spack: expected keys with values", value.Place())
	}
	return c.readSections(value, filepath.Dir(path), true)
}

func (c *converter) open(path string) (yamldoc.Node, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return yamldoc.Node{}, fmt.Errorf("read Spack environment: %w", err)
	}
	doc, err := yamldoc.Parse(path, text)
	if err != nil {
		return yamldoc.Node{}, err
	}
	c.docs = append(c.docs, doc)
	return doc.Root(), nil
}

// readSections reads what stands under spack:, or at the top of a file that is included. What is read first wins.
func (c *converter) readSections(n yamldoc.Node, dir string, environment bool) error {
	var includes []yamldoc.Entry
	for _, e := range n.Map() {
		name := strings.TrimSuffix(e.Name(), ":")
		if name != e.Name() {
			c.note(e.Key, "%s::, which hides what users and sites configure: it is laid over that", name)
		}
		switch name {
		case "include":
			includes = append(includes, e)
		case "specs":
			if environment {
				c.specs = append(c.specs, e.Value)
			}
		case "definitions":
			c.readDefinitions(e.Value)
		default:
			c.readSection(name, e, dir)
		}
	}
	for _, e := range includes {
		if err := c.readIncludes(e.Value, dir); err != nil {
			return err
		}
	}
	return nil
}

// advice tells what berth has instead of a section that an env.yaml does not hold.
var advice = map[string]string{
	"mirrors":   "add them with `berth mirror add`",
	"config":    "berth keeps everything below BERTH_ROOT; its own settings are in config.yaml there",
	"modules":   "`berth module refresh` writes module files by conventions of its own",
	"develop":   "sources of one's own are not built yet",
	"bootstrap": "berth needs none",
	"ci":        "berth writes no pipelines", "gitlab-ci": "berth writes no pipelines", "cdash": "berth reports to no dashboard",
	"container": "berth makes no containers yet",
}

func (c *converter) readSection(name string, e yamldoc.Entry, dir string) {
	switch name {
	case "packages":
		c.add(name, c.packages(e.Value), e.Key.Place())
	case "compilers":
		c.add("packages", c.compilers(e.Value), e.Key.Place())
	case "concretizer":
		c.add(name, c.concretizer(e.Value), e.Key.Place())
	case "concretization": // before Spack 0.18
		unify := "true"
		if e.Value.Text() == "separately" {
			unify = "false"
		}
		c.add("concretizer", mapping("unify", scalar(unify)), e.Key.Place())
	case "view":
		if view := c.view(e.Value); view != nil && c.sections["view"] == nil {
			c.add(name, view, e.Key.Place())
		}
	case "upstreams":
		c.add(name, c.upstreams(e.Value), e.Key.Place())
	case "env_vars", "toolchains":
		c.add(name, copyOf(e.Value), e.Key.Place())
	case "repos":
		c.add(name, c.repos(e.Value, dir), e.Key.Place())
	default:
		text := advice[name]
		if text == "" {
			text = "berth has nothing of that name"
		}
		c.note(e.Key, "%s: %s", name, text)
	}
}

// add lays a value under what a section has already.
func (c *converter) add(name string, value *yaml.Node, place packages.Place) {
	if value == nil || value.Kind == yaml.ScalarNode && value.Tag == "!!null" || value.Kind == yaml.MappingNode && len(value.Content) == 0 {
		return
	}
	if have := c.sections[name]; have != nil {
		merge(have.value, value)
		return
	}
	c.sections[name] = &section{value, place}
}

// concretizer carries over what an env.yaml may say, too.
func (c *converter) concretizer(n yamldoc.Node) *yaml.Node {
	out := &yaml.Node{Kind: yaml.MappingNode}
	for _, e := range n.Map() {
		switch {
		case e.Name() == "unify":
			put(out, "unify", scalar(e.Value.Text()))
		case e.Name() == "reuse" && e.Value.IsBool():
			put(out, "reuse", scalar(e.Value.Text()))
		case e.Name() == "reuse":
			c.note(e.Key, "reuse: an environment reuses its own env.lock, or with `false` nothing")
		default:
			c.note(e.Key, "concretizer: %s: berth has no such setting", e.Name())
		}
	}
	return out
}

// upstreams carries over the install trees of others that an env.yaml may name.
func (c *converter) upstreams(n yamldoc.Node) *yaml.Node {
	out := &yaml.Node{Kind: yaml.MappingNode}
	for _, e := range n.Map() {
		value := copyOf(e.Value)
		if err := c.check(render("upstreams", mapping(e.Name(), value))); err != nil {
			c.note(e.Key, "upstreams: %s: %s", e.Name(), reason(err))
			continue
		}
		putCopy(out, e.Key, value)
	}
	return out
}

// repos are directories (a list, or by name), and git repositories by name.
func (c *converter) repos(n yamldoc.Node, dir string) *yaml.Node {
	out := &yaml.Node{Kind: yaml.SequenceNode}
	if n.IsList() {
		for _, item := range n.List() {
			c.repoDir(out, "dir", item, dir)
		}
		return out
	}
	for _, e := range n.Map() {
		name := e.Name()
		if name == "builtin" {
			name = "spack" // berth's own recipes are called builtin
		}
		if e.Value.IsScalar() {
			c.repoDir(out, name, e.Value, dir)
			continue
		}
		entry := &yaml.Node{Kind: yaml.MappingNode}
		for _, f := range e.Value.Map() {
			switch f.Name() {
			case "git":
				entry.Content = append([]*yaml.Node{scalar(name), scalar(f.Value.Line())}, entry.Content...)
			case "commit", "branch", "tag":
				put(entry, f.Name(), scalar(f.Value.Line()))
			default:
				c.note(f.Key, "repos: %s: %s is not carried over", e.Name(), f.Name())
			}
		}
		if find(entry, name) == nil {
			c.note(e.Key, "repos: %s: it has no git repository", e.Name())
			continue
		}
		c.tryRepo(out, entry, e.Key)
	}
	return out
}

// repoDir adds a directory of recipes, which is written relative to the file that names it.
func (c *converter) repoDir(list *yaml.Node, name string, n yamldoc.Node, dir string) {
	path, err := config.ExpandPath(strings.ReplaceAll(n.Line(), "$env", dir))
	if err != nil {
		c.note(n, "repos: %s: %v", n.Line(), err)
		return
	}
	if absolute, err := filepath.Abs(filepath.Join(dir, path)); err == nil && !filepath.IsAbs(path) {
		path = absolute
	}
	c.tryRepo(list, mapping(name, scalar(path)), n)
}

// tryRepo adds a repository if an env.yaml may name it.
func (c *converter) tryRepo(list, entry *yaml.Node, at yamldoc.Node) {
	alone := &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{entry}}
	if err := c.check(render("repos", alone)); err != nil {
		c.note(at, "repos: %s", reason(err))
		return
	}
	list.Content = append(list.Content, entry)
}

// readIncludes reads the files that include: names; they win over nothing that was read before.
func (c *converter) readIncludes(n yamldoc.Node, dir string) error {
	for _, item := range n.ListOrOne() {
		path, optional := item, false
		if item.IsMap() {
			path = yamldoc.Node{}
			for _, e := range item.Map() {
				switch e.Name() {
				case "path":
					path = e.Value
				case "optional":
					optional = e.Value.Bool()
				default:
					c.note(e.Key, "include: %s: berth knows only path and optional", e.Name())
				}
			}
		}
		if !path.IsScalar() {
			c.note(item, "include: only files and directories of this machine can be read")
			continue
		}
		if err := c.include(path, dir, optional); err != nil {
			return err
		}
	}
	return nil
}

func (c *converter) include(n yamldoc.Node, dir string, optional bool) error {
	name := n.Line()
	if strings.Contains(name, "://") {
		c.note(n, "include: %s: only files and directories of this machine can be read", name)
		return nil
	}
	path, err := config.ExpandPath(strings.ReplaceAll(name, "$env", dir))
	if err != nil {
		if !optional {
			c.note(n, "include: %s: %v", name, err)
		}
		return nil
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && optional:
		return nil
	case err != nil:
		c.note(n, "include: %v", err)
		return nil
	case info.Mode().IsRegular():
		return c.includeFile(path)
	case !info.IsDir():
		c.note(n, "include: %s is no file", name)
		return nil
	}
	files, err := filepath.Glob(filepath.Join(path, "*.yaml"))
	if err != nil {
		return fmt.Errorf("include %s: %w", path, err)
	}
	for _, file := range files {
		if err := c.includeFile(file); err != nil {
			return err
		}
	}
	return nil
}

func (c *converter) includeFile(path string) error {
	if slices.Contains(c.included, path) {
		return nil
	}
	if c.included = append(c.included, path); len(c.included) > maxIncludes {
		return fmt.Errorf("include %s: more than %d files are included", path, maxIncludes)
	}
	root, err := c.open(path)
	if err != nil {
		return err
	}
	if !root.IsMap() {
		return nil
	}
	return c.readSections(root, filepath.Dir(path), false)
}
