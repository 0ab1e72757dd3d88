package install

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/berth-hpc/berth/install/elf"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/spec/dag"
)

// verify looks at what a build put into the prefix, before it counts as installed.
func (b *build) verify(ctx context.Context) error {
	if err := b.sane(); err != nil {
		return err
	}
	if err := b.trim(ctx); err != nil {
		return err
	}
	if err := b.polish(ctx); err != nil {
		return err
	}
	if err := b.dropStubs(ctx); err != nil {
		return err
	}
	return b.checkLibraries(ctx)
}

// sane holds the prefix against what the recipe promises, and against having nothing in it.
func (b *build) sane() error {
	var missing []string
	for _, c := range b.recipe.Sanity {
		if !c.When.Holds(b.node) {
			continue
		}
		info, err := os.Stat(filepath.Join(b.root, c.Path))
		if err != nil || info.IsDir() != c.Dir {
			missing = append(missing, c.Path)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("the build ended well, but did not install %s", strings.Join(missing, ", "))
	}
	entries, err := os.ReadDir(b.root)
	if err != nil {
		return err
	}
	if len(entries) == 0 && b.sources.archive != "" {
		return fmt.Errorf("the build ended well, but installed nothing into %s", b.prefix)
	}
	return nil
}

// checkLibraries makes sure that every program and library finds what it needs, in the node's closure or among the system
// libraries that may be used.
func (b *build) checkLibraries(ctx context.Context) error {
	system, err := b.loader()
	if err != nil {
		return err
	}
	closure := closureOf(b.Store, system, b.node, b.compilers())
	if b.isBeside() {
		closure.Prefix, closure.Place = b.root, b.prefix
	}
	report, err := closure.Check(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(b.log, "%d programs and libraries looked at\n", report.Files)
	for _, d := range report.Damaged {
		fmt.Fprintf(b.log, "warning: %v\n", d)
	}
	if len(report.Findings) == 0 {
		return nil
	}
	var lines []string
	for _, f := range report.Findings {
		lines = append(lines, f.String())
		fmt.Fprintf(b.log, "error: %s\n", f)
	}
	if more := len(lines) - 5; more > 0 {
		lines = append(lines[:5], fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("what was built would not find its libraries, or would use the system's in place of a dependency's:\n  %s", strings.Join(lines, "\n  "))
}

// closureOf is what a node's programs and libraries may use: the libraries of all that link and run edges reach, and the compilers' runtimes.
func closureOf(st *store.Store, system *elf.System, n *dag.Node, compilers []*dag.Node) elf.Closure {
	c := elf.Closure{Prefix: st.Prefix(n), System: system, AllowSystem: allowedSystem(n)}
	if usesCUDA(n) {
		c.AllowMissing = ofDriver
	}
	for _, d := range append(dag.LinkRunClosure(n), compilers...) {
		if p := st.Prefix(d); p != "/usr" && p != "/" {
			c.Roots = append(c.Roots, p)
		}
	}
	return c
}

// compilers are the nodes that compile.
func (b *build) compilers() []*dag.Node {
	var nodes []*dag.Node
	for _, virtual := range compilerVirtuals {
		if n, ok := b.env.Dep(virtual); ok {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

var compilerVirtuals = []string{"c", "cxx", "fortran"}

// loader reads the machine's loader configuration, once.
func (r *run) loader() (*elf.System, error) {
	var err error
	r.systemOnce.Do(func() { r.system, err = elf.LoadSystem("/") })
	return r.system, err
}

// systemLibraries are those of the C library, of the compilers' runtimes and of drivers: what every binary may take from the system.
// They are beginnings of SONAMEs.
var systemLibraries = []string{
	"ld-linux", "ld64.", "ld-musl", "libc.so", "libc.musl", "libm.so", "libmvec.so", "libpthread.so", "libdl.so", "librt.so", "libresolv.so", "libutil.so", "libnsl.so", "libanl.so",
	"libcrypt.so", "libthread_db.so", "libgcc_s.so", "libstdc++.so", "libgfortran.so", "libquadmath.so", "libgomp.so", "libatomic.so", "libitm.so",
	"libasan.so", "liblsan.so", "libtsan.so", "libubsan.so", "libcuda.so", "libnvidia-ml.so", "libcudadebugger.so", "libnvidia-ptxjitcompiler.so",
}

// systemLibrariesOf are the libraries of externals that stand in /usr, where nothing else tells whose a file is.
var systemLibrariesOf = map[string][]string{
	"openmpi": {"libmpi", "libopen-", "liboshmem", "libmca_", "libompi"},
	"mpich":   {"libmpi", "libmpl", "libopa", "libfmpich", "libcxxmpich"},
	"gcc":     nil, "gcc-runtime": nil, "glibc": nil, "musl": nil, "llvm": {"libomp", "libc++", "libunwind", "libflang", "libFortran"},
}

// allowedSystem says which of the system's libraries a node may use. An external in /usr of which it is not known what is its own
// opens the door for all.
func allowedSystem(n *dag.Node) func(soname string) bool {
	allowed := systemLibraries
	for _, d := range dag.LinkRunClosure(n) {
		e := d.External()
		if e == nil || e.Prefix != "/usr" && e.Prefix != "/" {
			continue
		}
		own, known := systemLibrariesOf[d.Name()]
		if !known {
			return nil
		}
		allowed = append(allowed[:len(allowed):len(allowed)], own...)
	}
	return func(soname string) bool {
		for _, begin := range allowed {
			if strings.HasPrefix(soname, begin) {
				return true
			}
		}
		return false
	}
}
