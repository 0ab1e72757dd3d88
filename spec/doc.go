// Package spec is the spec language: versions, variants, compiler flags, targets, and abstract specs made of them, with
// their parser, their printer, and the three relations Satisfies, Intersects and Constrain.
//
// It is Spack's language as documented for its 1.x releases, and nothing but the language: it knows no recipe, no
// host and no file. Concrete specs (every choice made, edges resolved, a hash) live in spec/dag; microarchitectures and
// their order in spec/arch.
//
// Read version.go and versions.go (one version; a set of versions), variant.go, flags.go, spec.go (the abstract spec), lex.go and
// parse.go (text to spec), format.go (spec to text), relations.go (the three relations).
package spec
