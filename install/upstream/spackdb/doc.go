// Package spackdb reads what Spack writes down of concrete specs: the index of an install tree (.spack-db/index.json, versions 5 to 9),
// the description in a prefix (.spack/spec.json) and spack.lock. It takes no lock and writes nothing.
//
// The version that a file gives decides how its nodes read; a version that is not known is refused, as a guess could misread what
// stands there. What is wrong with one record costs that record, not the file.
//
// What the records are good for (which of them can be used, what nodes of ours they are) is package upstream's.
//
// Read spackdb.go (the types, the index), node.go (a node in all its forms), hash.go (the hash, computed again), scan.go (an index out of
// the prefixes), lock.go (spack.lock).
package spackdb
