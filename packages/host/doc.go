// Package host finds out what this machine has: its operating system, libc and target as Facts, and its compilers, MPI
// libraries and build tools as packages.Externals, each proven by what it does and not by what it is called.
//
// It decides nothing (the concretizer chooses among the externals) and changes nothing on the machine. Whatever it finds works
// in the clean environment that builds have: commands run with a PATH, the C locale and nothing else of the user's environment.
//
// Read system.go (the only way to the machine), facts.go, finder.go (Find, the entry), search.go (where programs are looked
// for, and which names are one program), compilers.go, mpi.go, tools.go (one kind of software each), probe.go (the proofs), patience.go
// (what does not answer), cache.go.
package host
