package main

import (
	"encoding/json"
	"fmt"
	"slices"
)

// answer is a concrete DAG, with what both programs say of it.
type answer struct {
	roots []*node
	nodes []*node
	costs []cost // berth's
	usage usage
}

// cost is what an answer costs at one level of berth's objective.
type cost struct {
	Level string `json:"level"`
	Cost  int    `json:"cost"`
}

// node is one package of an answer.
type node struct {
	name, version string
	variants      map[string][]string // true, false or values, sorted
	flags         map[string][]string
	patches       []string
	target        string
	external      bool
	compilers     map[string]string // language to gcc@12.2.0; Spack of January 2025 has one for all languages, under ""
	edges         []edge
}

// edge is a dependency.
type edge struct {
	to       *node
	types    []string
	virtuals []string
}

// values is the value of a variant as both write it: true, "x" or a list.
type values []string

// UnmarshalJSON implements json.Unmarshaler.
func (v *values) UnmarshalJSON(text []byte) error {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return err
	}
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	for _, x := range list {
		*v = append(*v, fmt.Sprint(x))
	}
	slices.Sort(*v)
	return nil
}

// byName are the nodes of an answer by their names, each list sorted.
func byName(a *answer) map[string][]*node {
	names := map[string][]*node{}
	for _, n := range a.nodes {
		names[n.name] = append(names[n.name], n)
	}
	return names
}
