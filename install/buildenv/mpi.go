package buildenv

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/berth-hpc/berth/install/stage"
	"github.com/berth-hpc/berth/install/wrapper"
)

// mpiTools are the MPI wrappers and the launcher, with all names that builds call them by.
var mpiTools = []struct {
	tool      string   // as Build.Tool calls it
	attribute string   // of an external, which says where it is
	names     []string // as builds call it
}{
	{"mpicc", "wrappers.mpicc", []string{"mpicc"}},
	{"mpicxx", "wrappers.mpicxx", []string{"mpicxx", "mpic++", "mpiCC"}},
	{"mpifort", "wrappers.mpifort", []string{"mpifort", "mpif90", "mpif77"}},
	{"mpirun", "launcher", []string{"mpirun", "mpiexec"}},
}

// makeMPITools offers the wrappers of the node's MPI under their plain names. Debian's two MPIs share /usr/bin, where mpicc is
// whichever the administrator chose last: without this a build could compile with one and link the other. They are scripts and
// not links, because Open MPI's wrapper finds out what it is by the name it is called by.
func (e *Environment) makeMPITools() error {
	mpi := e.deps.virtuals["mpi"]
	if mpi == nil {
		return nil
	}
	dir := e.in.Stage.ToolDir()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make MPI wrappers: %w", err)
	}
	for _, t := range mpiTools {
		real := ""
		if ext := mpi.External(); ext != nil {
			real = ext.Attributes[t.attribute]
		}
		if path := filepath.Join(e.in.Prefix(mpi), "bin", t.tool); real == "" && !isSystemPrefix(e.in.Prefix(mpi)) && isProgram(path) {
			real = path
		}
		for _, name := range t.names {
			if err := writeTool(filepath.Join(dir, name), t.tool, real, mpi.String()); err != nil {
				return fmt.Errorf("make MPI wrappers: %w", err)
			}
			if real != "" {
				e.mpi[filepath.Join(dir, name)] = real
			}
		}
		if real != "" {
			e.tools[t.tool] = filepath.Join(dir, t.tool)
		}
	}
	return nil
}

// writeTool writes a script that becomes the real program, or that says that there is none rather than let /usr/bin's be found.
func writeTool(path, tool, real, mpi string) error {
	text := "#!/bin/sh\nexec " + stage.Quote(real) + " \"$@\"\n"
	if real == "" {
		text = "#!/bin/sh\necho " + stage.Quote("berth: "+mpi+" has no "+tool) + " >&2\nexit 1\n"
	}
	return os.WriteFile(path, []byte(text), 0o755)
}

func (e *Environment) noMPITool(tool string) string {
	if mpi := e.deps.virtuals["mpi"]; mpi != nil {
		return fmt.Sprintf("%s has none; an external tells it in packages.yaml (extra_attributes: wrappers: %s:)", mpi, tool)
	}
	return fmt.Sprintf("%s does not depend on mpi", e.in.Node)
}

// mpiCompilerVars tell the MPI wrappers which compiler to run: ours. Each MPI has its own names.
var mpiCompilerVars = map[wrapper.Language][]string{
	wrapper.C:       {"OMPI_CC", "MPICH_CC", "I_MPI_CC"},
	wrapper.CXX:     {"OMPI_CXX", "MPICH_CXX", "I_MPI_CXX"},
	wrapper.Fortran: {"OMPI_FC", "MPICH_FC", "MPICH_F77", "MPICH_F90", "I_MPI_FC", "I_MPI_F77", "I_MPI_F90"},
}

// quote makes a word of sh.
