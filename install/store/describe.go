package store

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/berth-hpc/berth/install/db"
	"github.com/berth-hpc/berth/spec/dag"
)

// decode reads a prefix's description. Every hash in it is computed again, so that a changed description is an error.
func decode(data []byte) (*dag.Node, error) { return dag.UnmarshalTree(data) }

// RecipeText returns the recipe that the package in this prefix was built with, as it was written.
func RecipeText(prefix string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(prefix, recipeFile))
	if err != nil {
		return nil, fmt.Errorf("read recipe: %w", err)
	}
	return text, nil
}

// describeNodes gives the index each node of a DAG by itself.
func describeNodes(root *dag.Node) ([]db.Node, error) {
	var docs map[string]json.RawMessage
	if err := json.Unmarshal(dag.MarshalNodes([]*dag.Node{root}), &docs); err != nil {
		return nil, fmt.Errorf("describe %s: %w", root, err)
	}
	var nodes []db.Node
	for _, n := range dag.Topological(root) {
		d := db.Node{Hash: n.Hash(), Doc: docs[n.Hash()]}
		for _, e := range n.Edges() {
			d.Deps = append(d.Deps, db.Dep{Hash: e.To.Hash(), Types: uint8(e.Types)})
		}
		nodes = append(nodes, d)
	}
	return nodes, nil
}

// DecodeNodes puts nodes that the index keeps one by one together again.
func DecodeNodes(docs []db.Node) (map[string]*dag.Node, error) {
	all := make(map[string]json.RawMessage, len(docs))
	for _, d := range docs {
		all[d.Hash] = d.Doc
	}
	data, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	return dag.UnmarshalNodes(data)
}
