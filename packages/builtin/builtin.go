// Package builtin holds the recipes that are part of the binary: what berth can build with nothing else at hand. They are
// written in YAML, below recipes/, and read by yamlrecipe.
//
// Package names, variants, defaults and virtuals mean what they mean in Spack's own repository, so that the two can be mixed; where a
// recipe differs on purpose, corpus_test.go lists it with the reason.
package builtin

import (
	"embed"
	"io/fs"
	"strings"

	"github.com/berth-hpc/berth/packages/yamlrecipe"
)

//go:embed recipes
var recipes embed.FS

// Name is the repository's name in env.yaml's repos, its namespace and its identity in env.lock.
const Name = "builtin"

// Open returns the repository. No recipe is read before it is asked for.
func Open() (*yamlrecipe.Repo, error) {
	dir, err := fs.Sub(recipes, "recipes")
	if err != nil {
		return nil, err
	}
	return yamlrecipe.Open(dir, yamlrecipe.Options{Label: Name, Namespace: Name, Identity: Name, Providers: knownProviders()})
}

// providers is written by go test ./packages/builtin -run TestProviders -update: reading all recipes that provide anything would take each
// command as long as all the rest.
//
//go:embed providers.txt
var providers string

// knownProviders reads a line for each virtual: "mpi: cray-mpich mpich openmpi".
func knownProviders() map[string][]string {
	known := map[string][]string{}
	for line := range strings.Lines(providers) {
		virtual, names, _ := strings.Cut(line, ":")
		known[virtual] = strings.Fields(names)
	}
	return known
}
