// Package spackyaml turns the spack.yaml of a Spack environment into the text of an env.yaml, and tells what of it cannot be carried over.
//
// It decides what the two have in common; what an env.yaml may say its caller checks, section by section, so that what
// berth does not know yet is left out with a note and not written down as something that would be refused.
//
// Read convert.go (the sections, and files that are included), specs.go (definitions and matrices), packages.go (packages and
// compilers), view.go, write.go (the text).
package spackyaml
