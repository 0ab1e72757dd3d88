package yamlrecipe

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
)

// What many recipes share stands in uses/NAME.yaml, and a recipe takes it over by naming it: uses: [cuda, rocm]. It is part of
// the format, as what a build system brings along is.
//
//go:embed uses/*.yaml
var usable embed.FS

// usableNames lists what uses may name, sorted.
func usableNames() []string {
	entries, err := usable.ReadDir("uses")
	if err != nil {
		panic(err) // embedded
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// readUses adds the variants, dependencies, conflicts and requirements of what the recipe uses. A variant that the recipe
// declares itself stays as it is.
func (rd *reader) readUses(n yamldoc.Node) {
	known := usableNames()
	for _, e := range n.ListOrOne() {
		name := e.Text()
		if !slices.Contains(known, name) {
			e.FailUnknown("thing to use", name, known)
			continue
		}
		if err := rd.use(name); err != nil {
			e.Errorf("%v", err)
		}
	}
}

// useParsed are the documents of uses that were parsed: a dozen recipes of one command use CUDA.
var useParsed sync.Map // name to *yamldoc.Document

func parseUse(name string) (*yamldoc.Document, error) {
	if doc, ok := useParsed.Load(name); ok {
		return doc.(*yamldoc.Document).Again(), nil
	}
	file := "uses/" + name + ".yaml"
	text, err := usable.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	doc, err := yamldoc.Parse(file, text)
	if err != nil {
		return nil, err
	}
	useParsed.Store(name, doc)
	return doc.Again(), nil
}

func (rd *reader) use(name string) error {
	doc, err := parseUse(name)
	if err != nil {
		return err
	}
	own := slices.Clone(rd.recipe.Variants)
	f := doc.Root().Fields("variants", "depends", "conflicts", "requires")
	rd.readVariants(f.Get("variants"))
	added := slices.DeleteFunc(slices.Clone(rd.recipe.Variants[len(own):]), func(v packages.VariantDecl) bool {
		return slices.ContainsFunc(own, func(o packages.VariantDecl) bool { return o.Name == v.Name })
	})
	rd.recipe.Variants = append(own, added...)
	rd.readDepends(f.Get("depends"))
	rd.readConflicts(f.Get("conflicts"))
	rd.readRequires(f.Get("requires"))
	return doc.Err()
}
