package dag

import (
	"fmt"
	"strings"
)

// Recorded says that another tool concretized a node and gave it its hash: that hash names the prefix where it stands, and what depends on
// it says so, so it is kept as it was recorded. The digest takes the hash's part in telling whether the node was changed.
type Recorded struct {
	By     string `json:"by"`     // "spack"
	Digest string `json:"digest"` // what the hash would be if berth had made the node; filled in by NewRecorded
}

// NewRecorded is New for a node that another tool, by, concretized and recorded under hash: 32 characters of lower-case base32.
func NewRecorded(a Attrs, edges []Edge, hash, by string) (*Node, error) {
	if len(hash) != 32 || strings.Trim(hash, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return nil, fmt.Errorf("build node %s: %q is no hash, which has 32 letters and digits from 2 to 7", describe(&a), hash)
	}
	a.Recorded = &Recorded{By: by}
	n, err := New(a, edges)
	if err != nil {
		return nil, err
	}
	n.attrs.Recorded = &Recorded{By: by, Digest: n.hash}
	n.hash = hash
	return n, nil
}

// make builds the node of a record that stands under hash, and holds it against the hash or, where another tool made that, the digest.
func (r *record) make(a Attrs, edges []Edge, hash string) (*Node, error) {
	if r.Recorded == nil {
		n, err := New(a, edges)
		if err == nil && n.hash != hash {
			return nil, &HashError{Name: r.Name, Recorded: hash, Computed: n.hash}
		}
		return n, err
	}
	n, err := NewRecorded(a, edges, hash, r.Recorded.By)
	if err == nil && n.attrs.Recorded.Digest != r.Recorded.Digest {
		return nil, &HashError{Name: r.Name, Recorded: r.Recorded.Digest, Computed: n.attrs.Recorded.Digest}
	}
	return n, err
}
