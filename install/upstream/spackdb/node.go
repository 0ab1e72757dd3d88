package spackdb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/spec"
)

// Node is a concrete spec as Spack writes it, whatever the version.
type Node struct {
	Hash        string // 32 characters
	Name        string
	Namespace   string
	Version     string // "1.14.5"
	Platform    string
	OS          string
	Target      string // "zen3"
	Compiler    string // "gcc@12.3.0": up to version 4; later compilers are edges
	Variants    []spec.Variant
	Flags       []spec.Flag
	External    *External // nil for what Spack built
	Patches     []string
	PackageHash string
	Provides    []string // the virtuals, from version 6 on
	Deps        []Dep
	Spliced     bool // what was built is another node: build_spec
	// EdgesSayVirtuals is whether Deps have their virtuals: from version 4 on.
	EdgesSayVirtuals bool

	raw      json.RawMessage
	indented bool // the JSON that was hashed: nodes of versions 2 and 3
}

// External says where a package stands that Spack did not build.
type External struct {
	Path       string // "" if only modules lead to it
	Modules    []string
	Attributes map[string]string // flat: "compilers.c"
}

// Dep is an edge.
type Dep struct {
	Name, Hash string
	Types      spec.DepTypes
	Virtuals   []string
}

// nodeFile is a node of version 2 and later.
type nodeFile struct {
	Name         string          `json:"name"`
	Namespace    *string         `json:"namespace"`
	Version      any             `json:"version"`
	Arch         archFile        `json:"arch"`
	Compiler     *compilerFile   `json:"compiler"`
	Parameters   json.RawMessage `json:"parameters"`
	External     *externalFile   `json:"external"`
	Patches      []string        `json:"patches"`
	PackageHash  string          `json:"package_hash"`
	Provides     []string        `json:"provided_virtuals"`
	Dependencies json.RawMessage `json:"dependencies"`
	BuildSpec    json.RawMessage `json:"build_spec"`
	Hash         string          `json:"hash"`
	Annotations  struct {
		Compiler string `json:"compiler"`
	} `json:"annotations"`
}

type archFile struct {
	Platform string     `json:"platform"`
	OS       string     `json:"platform_os"`
	Target   targetFile `json:"target"`
}

// targetFile is a text if it is generic, else an object with a name.
type targetFile string

func (t *targetFile) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, (*string)(t))
	}
	var object struct{ Name string }
	err := json.Unmarshal(data, &object)
	*t = targetFile(object.Name)
	return err
}

type compilerFile struct{ Name, Version string }

type externalFile struct {
	Path       *string         `json:"path"`
	Module     any             `json:"module"` // null, false, one name, or a list
	Attributes json.RawMessage `json:"extra_attributes"`
}

type depFile struct {
	Name       string   `json:"name"`
	Hash       string   `json:"hash"`
	Type       []string `json:"type"` // up to version 3
	Parameters *struct {
		Types    []string `json:"deptypes"`
		Virtuals []string `json:"virtuals"`
	} `json:"parameters"`
}

// parseNode reads a node of a version: 1 is {NAME: {...}}, later ones have the name inside.
func parseNode(raw json.RawMessage, version int) (*Node, error) {
	body, name := raw, ""
	if version == 1 {
		var named map[string]json.RawMessage
		if err := json.Unmarshal(raw, &named); err != nil {
			return nil, fmt.Errorf("a node of version 1: %w", err)
		}
		if len(named) != 1 {
			return nil, fmt.Errorf("a node of version 1 has one name, not %d", len(named))
		}
		for name, body = range named {
		}
	}
	var file nodeFile
	if err := json.Unmarshal(body, &file); err != nil {
		return nil, err
	}
	if version == 1 {
		file.Name = name
	}
	n := &Node{
		Hash: file.Hash, Name: file.Name, Platform: file.Arch.Platform, OS: file.Arch.OS, Target: string(file.Arch.Target),
		Patches: file.Patches, PackageHash: file.PackageHash, Provides: file.Provides, Spliced: len(file.BuildSpec) > 0,
		EdgesSayVirtuals: version >= 4, raw: body, indented: version < 4,
	}
	if file.Namespace != nil {
		n.Namespace = *file.Namespace
	}
	n.Version, _ = file.Version.(string)
	if n.Name == "" || n.Version == "" {
		return nil, fmt.Errorf("a node has no name or no version: %s", shown(string(body)))
	}
	n.Compiler = file.Annotations.Compiler
	if file.Compiler != nil && file.Compiler.Name != "" {
		n.Compiler = file.Compiler.Name + "@" + file.Compiler.Version
	}
	var err error
	if n.Variants, n.Flags, err = parseParameters(file.Parameters); err == nil {
		if n.Deps, err = parseDeps(file.Dependencies, version); err == nil {
			n.External, err = parseExternal(file.External)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown(n.Name), err)
	}
	return n, nil
}

// parseParameters takes variants and compiler flags apart. Patches stand there, too, and elsewhere.
func parseParameters(raw json.RawMessage) ([]spec.Variant, []spec.Flag, error) {
	var values map[string]any
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &values); err != nil {
			return nil, nil, fmt.Errorf("parameters: %w", err)
		}
	}
	var variants []spec.Variant
	var flags []spec.Flag
	for name, value := range values {
		texts, err := textsOf(value)
		switch {
		case err != nil:
			return nil, nil, fmt.Errorf("parameter %s: %w", shown(name), err)
		case len(texts) == 0 || name == "patches":
		case slices.Contains(spec.FlagTypes[:], name):
			flags = append(flags, spec.Flag{Type: name, Words: texts})
		default:
			variants = append(variants, spec.Variant{Name: name, Values: texts})
		}
	}
	slices.SortFunc(variants, func(a, b spec.Variant) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(flags, func(a, b spec.Flag) int { return strings.Compare(a.Type, b.Type) })
	return variants, flags, nil
}

// textsOf reads true, false, a text, a number, or a list of them.
func textsOf(value any) ([]string, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case bool, float64:
		return []string{fmt.Sprint(v)}, nil
	case string:
		return []string{v}, nil
	case []any:
		var texts []string
		for _, item := range v {
			if _, nested := item.([]any); nested {
				return nil, errors.New("a list in a list")
			}
			t, err := textsOf(item)
			if err != nil {
				return nil, err
			}
			texts = append(texts, t...)
		}
		return texts, nil
	}
	return nil, fmt.Errorf("expected a value or a list of values, found %s", shown(fmt.Sprint(value)))
}

// parseDeps reads the edges: of version 1 an object {NAME: {hash, type}}, later a list.
func parseDeps(raw json.RawMessage, version int) ([]Dep, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var list []depFile
	if version == 1 && raw[0] == '{' {
		var named map[string]depFile
		if err := json.Unmarshal(raw, &named); err != nil {
			return nil, fmt.Errorf("dependencies: %w", err)
		}
		for name, d := range named {
			d.Name = name
			list = append(list, d)
		}
		slices.SortFunc(list, func(a, b depFile) int { return strings.Compare(a.Name, b.Name) })
	} else if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("dependencies: %w", err)
	}
	deps := make([]Dep, 0, len(list))
	for _, f := range list {
		d, err := f.dep()
		if err != nil {
			return nil, fmt.Errorf("dependency %s: %w", shown(f.Name), err)
		}
		deps = append(deps, d)
	}
	return deps, nil
}

func (f depFile) dep() (Dep, error) {
	d := Dep{Name: f.Name, Hash: f.Hash}
	names := f.Type
	if f.Parameters != nil {
		names, d.Virtuals = f.Parameters.Types, f.Parameters.Virtuals
	}
	for _, name := range names {
		t, ok := spec.ParseDepType(name)
		if !ok {
			return d, fmt.Errorf("%q is no type of dependency", shown(name))
		}
		d.Types |= t
	}
	if !isHash(f.Hash) {
		return d, fmt.Errorf("%q is no hash", shown(f.Hash))
	}
	return d, nil
}

func parseExternal(f *externalFile) (*External, error) {
	if f == nil || f.Path == nil && f.Module == nil {
		return nil, nil
	}
	x := &External{Attributes: map[string]string{}}
	if f.Path != nil {
		var err error
		if x.Path, err = prefixOf(*f.Path); err != nil {
			return nil, err
		}
	}
	if on, isBool := f.Module.(bool); !isBool || on {
		modules, err := textsOf(f.Module)
		if err != nil {
			return nil, fmt.Errorf("modules: %w", err)
		}
		x.Modules = modules
	}
	var nested any
	if len(f.Attributes) > 0 && json.Unmarshal(f.Attributes, &nested) == nil {
		flatten(nested, "", x.Attributes)
	}
	return x, nil
}

// flatten writes {compilers: {c: P}} as compilers.c = P. Lists are joined with blanks.
func flatten(value any, name string, into map[string]string) {
	nested, ok := value.(map[string]any)
	if !ok {
		if texts, err := textsOf(value); err == nil && name != "" && len(texts) > 0 {
			into[name] = strings.Join(texts, " ")
		}
		return
	}
	for key, v := range nested {
		if name != "" {
			key = name + "." + key
		}
		flatten(v, key, into)
	}
}
