package spackdb

import (
	"bytes"
	"crypto/sha1"
	"encoding/base32"
	"encoding/json"
	"fmt"
)

var hashEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// spliceTail is how much of the hash of what was built a spliced node keeps at the end of its own.
const spliceTail = 7

// ComputeHash computes the hash of a node that was read from an index of version 6 or later, or a lock of version 4 or later: SHA-1 over
// its JSON without the key hash, the other keys in the order in which they stand. Up to Spack 0.20, whose nodes have version 3, that JSON was
// indented by two spaces a level; since then it is compact. A recorded hash is trusted all the same: external compilers were given theirs by other
// rules, and what an older Spack had installed kept its own.
func (n *Node) ComputeHash() (string, error) {
	var b bytes.Buffer
	err := writeWithout(&b, n.raw, "hash")
	if err == nil && n.indented {
		compact := bytes.Clone(b.Bytes())
		b.Reset()
		err = json.Indent(&b, compact, "", "  ")
	}
	if err != nil {
		return "", fmt.Errorf("compute the hash of %s: %w", n.Name, err)
	}
	sum := sha1.Sum(b.Bytes())
	hash := hashEncoding.EncodeToString(sum[:])
	if n.Spliced && len(n.Hash) == len(hash) {
		hash = hash[:len(hash)-spliceTail] + n.Hash[len(hash)-spliceTail:]
	}
	return hash, nil
}

// writeWithout writes an object compactly, without one of its keys.
func writeWithout(b *bytes.Buffer, object json.RawMessage, key string) error {
	dec := json.NewDecoder(bytes.NewReader(object))
	if _, err := dec.Token(); err != nil {
		return err
	}
	b.WriteByte('{')
	for first := true; dec.More(); {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return err
		}
		if name == key {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		quoted, err := json.Marshal(name)
		if err != nil {
			return err
		}
		b.Write(quoted)
		b.WriteByte(':')
		if err := json.Compact(b, value); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}
