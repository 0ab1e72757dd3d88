// Package upstream opens install trees of others, which are read and never written or locked: berth roots, and trees that Spack made. What
// stands there can be linked to, run and shown in views as if it stood in one's own store.
//
// A tree of Spack is converted once into an index of berth's own form (package db) in a cache, named after the tree's state; from then on
// opening it costs no more than opening that file, whatever the number of specs. Its nodes keep the hashes that Spack recorded.
//
// Whether a package can still be used (its prefix is there, and all that it links to) is found out when it is asked for, by package store.
//
// Read tree.go (opening), cache.go, convert.go (Spack's records to our nodes), compilers.go, check.go; spackdb has the formats.
package upstream
