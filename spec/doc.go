// Package spec is the spec language: versions, variants, compiler flags, targets, and abstract specs made of them, with
// their parser, their printer, and the three relations Satisfies, Intersects and Constrain.
//
// It is Spack's language as documented for its 1.x releases, and nothing but the language: it knows no recipe, no
// host and no file. Concrete specs (every choice made, edges resolved, a hash) live in spec/dag; microarchitectures and
// their order in spec/arch.
//
// Read version.go and versions.go (one version; a set of versions) with versionkey.go (their order) and versionscan.go (their text); variant.go,
// flags.go, targets.go; spec.go (the abstract spec); parse.go (text to spec), with parsenode.go and lex.go; format.go (spec to text); relations.go (the three
// relations); errors.go (what is said of bad text).
package spec
