package dag

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/spec"
)

// MarshalNodes writes the nodes and everything below them as one JSON object, hash -> node, sorted by hash and with a line for
// each field, so that a change of one field is a diff of one line (beside the hashes).
func MarshalNodes(nodes []*Node) []byte { return MarshalNodesIndent(nodes, "", "  ") }

// MarshalNodesIndent is MarshalNodes with indent for each level, and with prefix before every line but the first.
func MarshalNodesIndent(nodes []*Node, prefix, indent string) []byte {
	return layout(compactNodes(nodes), prefix, indent)
}

func compactNodes(nodes []*Node) []byte {
	all := Topological(nodes...)
	slices.SortFunc(all, func(a, b *Node) int { return cmp.Compare(a.hash, b.hash) })
	b := []byte{'{'}
	for i, n := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `"`+n.hash+`":`...)
		b = append(b, compactJSON(newRecord(n))...)
	}
	return append(b, '}')
}

// MarshalNode writes one node alone, compactly, as it stands in what MarshalNodes writes.
func MarshalNode(n *Node) []byte { return compactJSON(newRecord(n)) }

// MarshalTree writes one node with everything below it: {"root": hash, "nodes": {...}}. It is what a prefix says of itself.
func MarshalTree(root *Node) []byte {
	compact := []byte(`{"root":"` + root.hash + `","nodes":`)
	compact = append(append(compact, compactNodes([]*Node{root})...), '}')
	return append(layout(compact, "", "  "), '\n')
}

// HashError says that a node is not what its hash says: it was changed, or written by something else.
type HashError struct {
	Name     string // "hdf5"
	Recorded string // the hash it stands under
	Computed string // the hash it has
}

func (e *HashError) Error() string {
	return fmt.Sprintf("node %s is recorded as %s, but its content has the hash %s", e.Name, e.Recorded, e.Computed)
}

// MissingError says that a node depends on one that is not there.
type MissingError struct {
	Name, Hash       string // who depends
	DepName, DepHash string // on what
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("node %s/%s depends on %s/%s, which is missing", e.Name, e.Hash, e.DepName, e.DepHash)
}

// CycleError says that nodes depend on each other.
type CycleError struct {
	Nodes []string // "a/<hash>", "b/<hash>": each depends on the next, the last on the first
}

func (e *CycleError) Error() string {
	return "nodes depend on each other: " + strings.Join(append(e.Nodes[:len(e.Nodes):len(e.Nodes)], e.Nodes[0]), " -> ")
}

// NodeError says what is wrong with the content of one node.
type NodeError struct {
	Hash string // the hash that it stands under
	Err  error
}

func (e *NodeError) Error() string { return fmt.Sprintf("node %s: %v", e.Hash, e.Err) }
func (e *NodeError) Unwrap() error { return e.Err }

// UnmarshalNodes reads what MarshalNodes wrote, and computes every hash again. Errors wrap *HashError, *MissingError, *CycleError or *NodeError
// where a node is at fault; text that is no such JSON gives the line and column.
func UnmarshalNodes(data []byte) (map[string]*Node, error) {
	records, err := decodeRecords(data)
	if err != nil {
		return nil, fmt.Errorf("read nodes: %w", err)
	}
	nodes, err := buildAll(records)
	if err != nil {
		return nil, fmt.Errorf("read nodes: %w", err)
	}
	return nodes, nil
}

// UnmarshalTree reads what MarshalTree wrote and returns the root.
func UnmarshalTree(data []byte) (*Node, error) {
	var tree struct {
		Root  string          `json:"root"`
		Nodes json.RawMessage `json:"nodes"`
	}
	if err := json.Unmarshal(data, new(json.RawMessage)); err != nil {
		return nil, fmt.Errorf("read node tree: %w", at(data, err))
	}
	if err := decodeStrict(data, &tree); err != nil {
		return nil, fmt.Errorf("read node tree: %w", err)
	}
	nodes, err := UnmarshalNodes(tree.Nodes)
	if err != nil {
		return nil, err
	}
	root, ok := nodes[tree.Root]
	if !ok {
		return nil, fmt.Errorf("read node tree: the root %q is missing", tree.Root)
	}
	return root, nil
}

// decodeRecords reads the object of nodes. A key that stands twice is an error: it could hide a node from whoever reads the file.
func decodeRecords(data []byte) (map[string]*record, error) {
	if err := json.Unmarshal(data, new(json.RawMessage)); err != nil {
		return nil, at(data, err) // the decoder below counts offsets from elsewhere
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return nil, errors.New("expected an object of nodes by hash")
	}
	records := map[string]*record{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		hash := key.(string) // keys are nothing else
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, err
		}
		r := new(record)
		if err := decodeStrict(raw, r); err != nil {
			return nil, &NodeError{hash, err}
		}
		if records[hash] != nil {
			return nil, &NodeError{hash, errors.New("it stands here twice")}
		}
		records[hash] = r
	}
	return records, nil
}

// decodeStrict reads valid JSON. It takes no field that it does not know: its content would be lost, and no hash would tell.
func decodeStrict(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

// at adds line and column to the error of a syntax check.
func at(data []byte, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	before := data[:min(int(syntax.Offset), len(data))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n') - 1
	return fmt.Errorf("line %d, column %d: %w", line, column, err)
}

// UnmarshalJSON reads true, false, a text, or a list of texts.
func (v *variantValue) UnmarshalJSON(data []byte) error {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	switch value := value.(type) {
	case bool:
		*v = variantValue{fmt.Sprint(value)}
		return nil
	case string:
		*v = variantValue{value}
		return nil
	case []any:
		*v = make(variantValue, len(value))
		for i, item := range value {
			text, ok := item.(string)
			if !ok {
				return fmt.Errorf("a variant's values are texts, not %v", item)
			}
			(*v)[i] = text
		}
		return nil
	}
	return fmt.Errorf("a variant's value is true, false, a text or a list of texts, not %v", value)
}

func (r *edgeRecord) types() (spec.DepTypes, error) {
	var types spec.DepTypes
	for _, name := range r.Types {
		t, ok := spec.ParseDepType(name)
		if !ok {
			return 0, fmt.Errorf("%q is no dependency type", name)
		}
		types |= t
	}
	return types, nil
}
