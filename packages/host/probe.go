package host

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"strings"
	"time"
)

// Language is one that compilers are probed for, named as Spack's virtuals are: it is also the key under compilers.* of an external.
type Language string

// The languages of HPC software.
const (
	C       Language = "c"
	Cxx     Language = "cxx"
	Fortran Language = "fortran"
)

var languages = []Language{C, Cxx, Fortran}

// A probe is a source file that a working compiler makes a program of. The probes use headers and the language's run-time
// library, so that a compiler without its development files does not pass.
type probe struct {
	file string
	text string
}

var compilerProbes = map[Language]probe{
	C: {"probe.c", `#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) { printf("%s %d\n", argv[0], argc); return EXIT_SUCCESS; }
`},
	Cxx: {"probe.cpp", `#include <stdexcept>
#include <vector>
int main(int argc, char **) {
  std::vector<int> v(argc, 1);
  try { if (v.size() > 1000) throw std::runtime_error("many"); } catch (const std::exception &) { return 1; }
  return 0;
}
`},
	Fortran: {"probe.f90", `program probe
  use, intrinsic :: iso_c_binding
  implicit none
  integer(c_int) :: n
  n = command_argument_count()
  print *, n
end program
`},
}

var mpiProbes = map[Language]probe{
	C: {"probe.c", `#include <mpi.h>
int main(int argc, char **argv) {
  int rank;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Finalize();
  return 0;
}
`},
	Cxx: {"probe.cpp", `#include <mpi.h>
#include <new>
int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  delete new int(argc);
  MPI_Finalize();
  return 0;
}
`},
	// The module is asked for, and not mpif.h: its format belongs to one compiler, and is what breaks.
	Fortran: {"probe.f90", `program probe
  use mpi
  implicit none
  integer :: ierr, rank
  call MPI_Init(ierr)
  call MPI_Comm_rank(MPI_COMM_WORLD, rank, ierr)
  call MPI_Finalize(ierr)
end program
`},
}

// mark begins the lines that our preprocessor questions answer with.
const mark = "berth_host "

const (
	askTimeout   = 10 * time.Second // of a command that only says something about itself
	probeTimeout = 60 * time.Second // of a compilation: network file systems are slow on first touch
)

// ask runs a program for what it says about itself, in the environment that builds have.
func (s *search) ask(ctx context.Context, path string, args ...string) (Result, error) {
	return s.run(ctx, path, Command{Argv: append([]string{path}, args...), Timeout: askTimeout})
}

// preprocess asks a compiler what its macros are: it returns the fields of the marked lines of the preprocessed text, by their first word.
func (s *search) preprocess(ctx context.Context, path, file, text string) (map[string][]string, error) {
	r, err := s.run(ctx, path, Command{
		Argv: []string{path, "-E", "-P", file}, Files: map[string]string{file: text}, Only: mark, Timeout: askTimeout,
	})
	if err != nil {
		return nil, err
	}
	if !r.OK() {
		return nil, fmt.Errorf("does not preprocess: %s", r.Complaint())
	}
	return parseMarked(r.Stdout), nil
}

// parseMarked reads lines of "berth_host KEY WORD WORD ...".
func parseMarked(text string) map[string][]string {
	answers := map[string][]string{}
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, mark)
		if !ok {
			continue
		}
		if words := splitWords(rest); len(words) > 0 {
			answers[words[0]] = words[1:]
		}
	}
	return answers
}

// prove compiles and links a probe; the error says why the compiler does not pass.
func (s *search) prove(ctx context.Context, path string, p probe) error {
	const program = "probe"
	r, err := s.run(ctx, path, Command{
		Argv: []string{path, "-o", program, p.file}, Files: map[string]string{p.file: p.text}, Output: program, Timeout: probeTimeout,
	})
	switch {
	case err != nil:
		return err
	case !r.OK():
		return fmt.Errorf("does not compile and link a probe: %s", r.Complaint())
	case !strings.HasPrefix(r.Made, hex.EncodeToString([]byte("\x7fELF"))):
		return fmt.Errorf("says that it compiled and linked a probe, but made no program")
	}
	return nil
}

// proveAll runs one probe a language at once and returns the failures.
func (s *search) proveAll(ctx context.Context, paths map[Language]string, probes map[Language]probe) map[Language]error {
	failures := make([]error, len(languages))
	var jobs []func()
	for i, lang := range languages {
		if path := paths[lang]; path != "" {
			jobs = append(jobs, func() { failures[i] = s.prove(ctx, path, probes[lang]) })
		}
	}
	parallel(jobs...)
	failed := map[Language]error{}
	for i, lang := range languages {
		if failures[i] != nil {
			failed[lang] = failures[i]
		}
	}
	return failed
}

// without returns paths less the languages that failed.
func without(paths map[Language]string, failed map[Language]error) map[Language]string {
	left := maps.Clone(paths)
	for lang := range failed {
		delete(left, lang)
	}
	return left
}
