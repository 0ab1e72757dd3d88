package dag

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"

	"github.com/berth-hpc/berth/spec"
)

// The hash is the first 160 bits of SHA-256 over the canonical form of the node, in the lower-case alphabet of RFC 4648's
// base32. The canonical form is compact JSON with the keys in the order of record's fields, objects with sorted keys, empty
// fields left out, and each edge with the hash of what it leads to: so the hash covers the whole DAG below.

const hashBits = 160

var hashEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func computeHash(n *Node) string {
	sum := sha256.Sum256(compactJSON(newRecord(n)))
	return hashEncoding.EncodeToString(sum[:hashBits/8])
}

// record is a node as JSON has it. A new field changes no hash as long as it is empty.
type record struct {
	Name         string                  `json:"name"`
	Namespace    string                  `json:"namespace,omitempty"`
	Version      string                  `json:"version"`
	Variants     map[string]variantValue `json:"variants,omitempty"`
	Flags        map[string][]string     `json:"flags,omitempty"`
	Platform     string                  `json:"platform"`
	OS           string                  `json:"os"`
	Target       string                  `json:"target"`
	External     *External               `json:"external,omitempty"`
	Patches      []string                `json:"patches,omitempty"`
	PackageHash  string                  `json:"package_hash,omitempty"`
	Provides     []string                `json:"provides,omitempty"`
	Recorded     *Recorded               `json:"recorded,omitempty"`
	Dependencies []edgeRecord            `json:"dependencies,omitempty"`
}

type edgeRecord struct {
	Name     string   `json:"name"`
	Hash     string   `json:"hash"`
	Types    []string `json:"types"`
	Virtuals []string `json:"virtuals,omitempty"`
}

// variantValue is true, false, "v18", or ["70","80"] for several values.
type variantValue []string

func (v variantValue) MarshalJSON() ([]byte, error) {
	if len(v) != 1 {
		return compactJSON([]string(v)), nil
	}
	if v[0] == "true" || v[0] == "false" {
		return []byte(v[0]), nil
	}
	return compactJSON(v[0]), nil
}

func newRecord(n *Node) *record {
	a := &n.attrs
	r := &record{
		Name: a.Name, Namespace: a.Namespace, Version: a.Version.String(), Platform: a.Platform, OS: a.OS, Target: a.Target,
		External: a.External, Patches: a.Patches, PackageHash: a.PackageHash, Provides: a.Provides, Recorded: a.Recorded,
	}
	if len(a.Variants) > 0 {
		r.Variants = make(map[string]variantValue, len(a.Variants))
		for _, v := range a.Variants {
			r.Variants[v.Name] = v.Values
		}
	}
	if len(a.Flags) > 0 {
		r.Flags = make(map[string][]string, len(a.Flags))
		for _, f := range a.Flags {
			r.Flags[f.Type] = f.Words
		}
	}
	for _, e := range n.edges {
		r.Dependencies = append(r.Dependencies, edgeRecord{e.To.Name(), e.To.hash, e.Types.Names(), e.Virtuals})
	}
	return r
}

// attrs is newRecord's way back, without the edges. The version is read here, everything else is New's to check.
func (r *record) attrs() (Attrs, error) {
	v, err := spec.ParseVersion(r.Version)
	if err != nil {
		return Attrs{}, err
	}
	a := Attrs{
		Name: r.Name, Namespace: r.Namespace, Version: v, Platform: r.Platform, OS: r.OS, Target: r.Target,
		External: r.External, Patches: r.Patches, PackageHash: r.PackageHash, Provides: r.Provides,
	}
	for name, values := range r.Variants {
		a.Variants = append(a.Variants, spec.Variant{Name: name, Values: values})
	}
	for kind, words := range r.Flags {
		a.Flags = append(a.Flags, spec.Flag{Type: kind, Words: words})
	}
	return a, nil
}

// compactJSON writes a value that is known to be writable, with <, > and & as they are.
func compactJSON(value any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		panic(err) // strings, slices and maps of them cannot fail
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
