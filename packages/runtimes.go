package packages

// What compiled programs need beside what their recipes say is a node, too: the C library of their system, and the runtime libraries of their compiler
// (libgcc_s, libstdc++, libgfortran). Where the compiler is the host's, these stand beside it, and nothing of them is installed, put into views or
// loaded by modules: what is built finds them by its RPATH, or because the loader looks there.

// Libc is the virtual that C libraries provide.
const Libc = "libc"

// runtimes maps compilers to the packages that stand for their runtime libraries.
var runtimes = map[string]string{"gcc": "gcc-runtime"}

// Compilers lists the compilers that have a package for their runtime libraries, sorted.
func Compilers() []string { return []string{"gcc"} }

// RuntimeOf is the package that stands for the runtime libraries of a compiler; "" where none does.
func RuntimeOf(compiler string) string { return runtimes[compiler] }

// IsRuntime reports whether a package stands for a compiler's runtime libraries.
func IsRuntime(name string) bool {
	for _, r := range runtimes {
		if r == name {
			return true
		}
	}
	return false
}

// IsLibc reports whether a package is a C library.
func IsLibc(name string) bool { return name == "glibc" || name == "musl" }
