package main

// specsTopic is the spec language on one screen; each line begins with an example, which a test reads.
func specsTopic() string {
	return `A spec says which package, and as much about it as you care for:

  hdf5@1.14.3                     a version, and what begins with it; =1.14.3 exactly
  hdf5@1.12:1.14                  a range; 1.12: and :1.14 are open on one side
  hdf5@git.develop=1.15           a branch, tag or commit, compared as 1.15
  hdf5+mpi~shared                 variants on and off; also -shared, after a space
  hdf5 api=v18                    a variant's value, or one of several; := is these and no others
  hdf5 cflags="-O3 -g"            compiler flags
  hdf5 target=zen3                a target; zen3: or a descendant, :zen3 or an ancestor
  hdf5 ^mpich@4                   a dependency at any depth
  hdf5 ^mpi=mpich                 what provides a virtual
  hdf5 %gcc@13                    a direct dependency: the compiler
  hdf5 %c,cxx=gcc@13              the compiler of these languages
  hdf5 ^[when=+mpi] mpich         only if hdf5 is built with MPI
  hdf5++shared                    also all it needs that has the variant; ~~shared, api==v18
  hdf5 cflags==-g                 also what hdf5 links to or runs
  hdf5 %%clang                    the same of a compiler, as a wish
  hdf5 %llvm_gfortran             a toolchain, by the name that toolchains.yaml gives it
  /abc123                         what is installed, by its hash

An attribute belongs to the package named last: write hdf5 +mpi %gcc, not hdf5 %gcc +mpi.
All of it, with what implies what: docs/spec-language.md
`
}
