package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/google/renameio/v2"
	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
)

// WriteExternals adds externals to a packages.yaml, which it makes if it is not there. What the file says already stays, byte for
// byte: an external of the same spec and prefix is not added again. The file is replaced at once or not at all. It returns those it added.
func WriteExternals(path string, externals []packages.External) ([]packages.External, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	changed, added, err := AddExternals(path, text, externals)
	if err != nil || len(added) == 0 {
		return nil, err
	}
	mode := os.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	if err := replaceFile(path, changed, mode); err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	return added, nil
}

// replaceFile puts the data in place by rename, and that on disk.
func replaceFile(path string, data []byte, mode os.FileMode) error {
	if err := renameio.WriteFile(path, data, mode); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) { // some network file systems cannot
		return err
	}
	return nil
}

// AddExternals is WriteExternals on the text of a file.
func AddExternals(file string, text []byte, externals []packages.External) ([]byte, []packages.External, error) {
	before, err := Parse(file, text)
	if err == nil {
		err = yamldoc.CheckLineEnds(file, text)
	}
	if err != nil {
		return nil, nil, err
	}
	var added []packages.External
	for _, x := range sorted(externals) {
		if before.has(x) || slices.ContainsFunc(added, func(o packages.External) bool { return sameExternal(o, x) }) {
			continue
		}
		if text, err = addExternal(file, text, x); err != nil {
			return nil, nil, err
		}
		added = append(added, x)
	}
	// The edits are held against the reader: a file that they would spoil is left alone.
	after, err := Parse(file, text)
	if err != nil {
		return nil, nil, fmt.Errorf("add externals to %s: its layout is not one that can be edited, add them by hand: %w", file, err)
	}
	for _, x := range externals {
		if !after.has(x) {
			return nil, nil, fmt.Errorf("add externals to %s: its layout is not one that can be edited, add %s by hand", file, x.Spec)
		}
	}
	return text, added, nil
}

// sorted orders externals by package and version, so that the same finds give the same file.
func sorted(externals []packages.External) []packages.External {
	list := slices.Clone(externals)
	slices.SortStableFunc(list, func(a, b packages.External) int {
		if c := strings.Compare(a.Spec.Name, b.Spec.Name); c != 0 {
			return c
		}
		va, _ := a.Spec.Versions.Single()
		vb, _ := b.Spec.Versions.Single()
		if c := va.Compare(vb); c != 0 {
			return c
		}
		return strings.Compare(a.Prefix+" "+a.Spec.String(), b.Prefix+" "+b.Spec.String())
	})
	return list
}

func (s *Scope) has(x packages.External) bool {
	sec := s.packages[x.Spec.Name]
	return sec != nil && slices.ContainsFunc(sec.externals.values, func(o packages.External) bool { return sameExternal(o, x) })
}

func sameExternal(a, b packages.External) bool {
	return a.Spec.String() == b.Spec.String() && a.Prefix == b.Prefix && slices.Equal(a.Modules, b.Modules)
}

// addExternal adds one entry, at the deepest place that is there: the package's list, its mapping, the mapping of packages, or the file.
func addExternal(file string, text []byte, x packages.External) ([]byte, error) {
	doc, err := yamldoc.Parse(file, text)
	if err != nil {
		return nil, err
	}
	e := editor{text: text}
	root := doc.Root()
	if root.IsNull() {
		return e.appendLines("packages:\n  " + x.Spec.Name + ":\n    externals:\n" + entry(x, 4)), nil
	}
	all, ok := value(root.Raw(), "packages")
	if !ok {
		return nil, fmt.Errorf("add externals to %s: it has no section packages", file)
	}
	if empty(all.value) {
		return e.replaceEmpty(all, "  "+x.Spec.Name+":\n    externals:\n"+entry(x, 4)), nil
	}
	pkg, ok := value(all.value, x.Spec.Name)
	if !ok {
		return e.addToMap(all.value, x.Spec.Name, "externals:\n"+entry(x, 0), "{externals: ["+flowEntry(x)+"]}"), nil
	}
	if empty(pkg.value) {
		indent := strings.Repeat(" ", pkg.key.Column+1)
		return e.replaceEmpty(pkg, indent+"externals:\n"+entry(x, len(indent))), nil
	}
	list, ok := value(pkg.value, "externals")
	if !ok {
		return e.addToMap(pkg.value, "externals", entry(x, 0), "["+flowEntry(x)+"]"), nil
	}
	if empty(list.value) {
		return e.replaceEmpty(list, entry(x, list.key.Column+1)), nil
	}
	return e.addToList(list.value, entry(x, list.value.Column-1), flowEntry(x)), nil
}

type pair struct{ key, value *yaml.Node }

// value finds a key of a mapping; it may end in ":" (override).
func value(m *yaml.Node, key string) (pair, bool) {
	for m.Kind == yaml.AliasNode {
		m = m.Alias
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if k := m.Content[i]; k.Value == key || k.Value == key+":" {
			return pair{k, m.Content[i+1]}, true
		}
	}
	return pair{}, false
}

// empty reports whether a value is null, {} or [].
func empty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null" || (n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode) && len(n.Content) == 0
}

// entry writes an external as an element of a block list, its dash in the given column (from 0).
func entry(x packages.External, column int) string {
	var b strings.Builder
	line := func(depth int, text string) {
		b.WriteString(strings.Repeat(" ", column+depth) + text + "\n")
	}
	line(0, "- spec: "+scalar(x.Spec.String()))
	if x.ID != "" {
		line(2, "id: "+scalar(x.ID))
	}
	if x.Prefix != "" {
		line(2, "prefix: "+scalar(x.Prefix))
	}
	if len(x.Modules) > 0 {
		line(2, "modules: ["+scalars(x.Modules)+"]")
	}
	if len(x.Attributes) > 0 {
		line(2, "extra_attributes:")
		writeTree(tree(x.Attributes), 4, line)
	}
	if len(x.Dependencies) > 0 {
		line(2, "dependencies:")
		for _, d := range x.Dependencies {
			line(2, "- {"+strings.Join(dependencyFields(d), ", ")+"}")
		}
	}
	return b.String()
}

func dependencyFields(d packages.ExternalDependency) []string {
	var fields []string
	if d.ID != "" {
		fields = append(fields, "id: "+scalar(d.ID))
	} else if d.Spec != nil {
		fields = append(fields, "spec: "+scalar(d.Spec.String()))
	}
	if d.Types != 0 {
		fields = append(fields, "deptypes: ["+scalars(d.Types.Names())+"]")
	}
	if len(d.Virtuals) > 0 {
		fields = append(fields, "virtuals: ["+scalars(d.Virtuals)+"]")
	}
	return fields
}

// flowEntry is the same in one line.
func flowEntry(x packages.External) string {
	fields := []string{"spec: " + scalar(x.Spec.String())}
	if x.ID != "" {
		fields = append(fields, "id: "+scalar(x.ID))
	}
	if x.Prefix != "" {
		fields = append(fields, "prefix: "+scalar(x.Prefix))
	}
	if len(x.Modules) > 0 {
		fields = append(fields, "modules: ["+scalars(x.Modules)+"]")
	}
	if len(x.Attributes) > 0 {
		fields = append(fields, "extra_attributes: "+flowTree(tree(x.Attributes)))
	}
	if len(x.Dependencies) > 0 {
		var deps []string
		for _, d := range x.Dependencies {
			deps = append(deps, "{"+strings.Join(dependencyFields(d), ", ")+"}")
		}
		fields = append(fields, "dependencies: ["+strings.Join(deps, ", ")+"]")
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

func endsWithNewline(text []byte) bool { return len(text) == 0 || bytes.HasSuffix(text, []byte("\n")) }
