package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
)

// Update is what to do to a packages.yaml.
type Update struct {
	Add []packages.External
	// Replace puts them in the place of entries that name the same package in the same prefix, but another version or otherwise something else,
	// and takes out those that are gone.
	Replace bool
	// Gone tells of an entry that its files are not there any more. Nil takes none for gone.
	Gone func(packages.External) bool
	// Unsure tells of a package that not all of it may have been found: its entries are neither replaced nor taken out. Nil is sure of all.
	Unsure func(pkg string) bool
	// NotBuildable writes "buildable: false" for the packages of Add that do not say whether they are.
	NotBuildable bool
}

// Updated is what was done.
type Updated struct {
	Added, Replaced []packages.External // Added: those that took the place of others, too
	Removed         []packages.External // as their files are gone
	Needed          []packages.External // gone, and kept as another entry was built with it
	ByHand          []packages.External // outdated, but written in a form that is not edited
	NotBuildable    []string            // packages that were marked
}

// UpdateFile changes a packages.yaml, which it makes if it is not there. What it does not have to change stays, byte for byte. The file is replaced at
// once or not at all.
func UpdateFile(path string, u Update) (Updated, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Updated{}, fmt.Errorf("write configuration: %w", err)
	}
	changed, done, err := u.apply(path, text)
	if err != nil {
		return Updated{}, err
	}
	if bytes.Equal(changed, text) {
		return done, nil // what was left as it is may have to be told
	}
	mode := os.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	if err := replaceFile(path, changed, mode); err != nil {
		return Updated{}, fmt.Errorf("write configuration: %w", err)
	}
	return done, nil
}

func (u Update) apply(file string, text []byte) ([]byte, Updated, error) {
	var done Updated
	before, err := Parse(file, text)
	if err == nil {
		err = yamldoc.CheckLineEnds(file, text)
	}
	if err != nil {
		return nil, done, err
	}
	if u.Replace {
		if text, err = u.replace(file, text, &done); err != nil {
			return nil, done, err
		}
	}
	if text, _, err = AddExternals(file, text, u.Add); err != nil {
		return nil, done, err
	}
	for _, x := range u.Add {
		if !before.has(x) {
			done.Added = append(done.Added, x)
		}
	}
	if u.NotBuildable {
		var names []string
		for _, x := range u.Add {
			names = append(names, x.Spec.Name)
		}
		slices.Sort(names)
		if text, done.NotBuildable, err = markNotBuildable(file, text, slices.Compact(names)); err != nil {
			return nil, done, err
		}
	}
	return text, done, nil
}

// exchange replaces one entry of a list of externals by another, or removes it.
func exchange(file string, text []byte, old packages.External, now *packages.External) ([]byte, error) {
	doc, err := yamldoc.Parse(file, text)
	if err != nil {
		return nil, err
	}
	list, ok := externalsOf(doc.Root().Raw(), old.Spec.Name)
	if !ok {
		return text, nil
	}
	e := editor{text: text}
	for i, item := range list.Content {
		if item.Line != old.Place.Line || item.Column != old.Place.Col {
			continue
		}
		start, end := e.lineStart(item.Line), e.blockEnd(item)
		flow := list.Style&yaml.FlowStyle != 0
		if flow {
			start = e.offset(item.Line, item.Column)
			end = e.flowEnd(start) + 1
		}
		switch {
		case now == nil && flow:
			return e.cutFlow(list, i), nil
		case now == nil:
			return slices.Concat(text[:start], text[end:]), nil
		case flow:
			return slices.Concat(text[:start], []byte(flowEntry(*now)), text[end:]), nil
		}
		return slices.Concat(text[:start], []byte(entry(*now, list.Column-1)), text[end:]), nil
	}
	return text, nil
}

func externalsOf(root *yaml.Node, name string) (*yaml.Node, bool) {
	node := root
	for _, key := range []string{"packages", name, "externals"} {
		p, ok := value(node, key)
		if !ok {
			return nil, false
		}
		node = p.value
	}
	return node, node.Kind == yaml.SequenceNode
}

// cutFlow removes the i-th element of a flow collection, with one comma.
func (e editor) cutFlow(list *yaml.Node, i int) []byte {
	start := e.offset(list.Content[i].Line, list.Content[i].Column)
	end := e.flowEnd(start) + 1
	if i+1 < len(list.Content) {
		end = e.offset(list.Content[i+1].Line, list.Content[i+1].Column)
	} else if comma := bytes.LastIndexByte(e.text[:start], ','); i > 0 && comma >= 0 {
		start = comma
	}
	return slices.Concat(e.text[:start], e.text[end:])
}

// markNotBuildable writes buildable: false for packages that have a section without the key.
func markNotBuildable(file string, text []byte, names []string) ([]byte, []string, error) {
	var marked []string
	for _, name := range names {
		doc, err := yamldoc.Parse(file, text)
		if err != nil {
			return nil, nil, err
		}
		all, ok := value(doc.Root().Raw(), "packages")
		if !ok {
			continue
		}
		pkg, ok := value(all.value, name)
		if !ok || empty(pkg.value) || pkg.value.Kind != yaml.MappingNode {
			continue
		}
		if _, said := value(pkg.value, "buildable"); said {
			continue
		}
		e := editor{text: text}
		if pkg.value.Style&yaml.FlowStyle != 0 {
			text = e.addToFlow(pkg.value, "}", "buildable: false")
		} else {
			first := pkg.value.Content[0]
			text = e.insert(e.lineStart(first.Line), string(bytes.Repeat([]byte(" "), first.Column-1))+"buildable: false\n")
		}
		marked = append(marked, name)
	}
	scope, err := Parse(file, text)
	if err != nil {
		return nil, nil, fmt.Errorf("mark packages as not buildable in %s: its layout is not one that can be edited: %w", file, err)
	}
	for _, name := range marked {
		if Merge(scope).Packages[name].NotBuildable == nil {
			return nil, nil, fmt.Errorf("mark packages as not buildable in %s: its layout is not one that can be edited, mark %s by hand", file, name)
		}
	}
	return text, marked, nil
}
