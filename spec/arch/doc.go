// Package arch knows CPU microarchitecture targets (x86_64_v3, zen3, neoverse_v2, ...): how they are ordered, which
// sets of them a constraint such as "target=haswell:,zen2:" describes, which compiler flags select one, and which one
// a machine is.
//
// It knows nothing of specs, packages or platforms, runs no programs, and reads no file of the host but /proc/cpuinfo.
//
// Everything is computed from one embedded table, targets.txt, which explains its own format. Targets are compared by
// descent: a <= b when a is b or one of its ancestors, that is, when code for a runs on b.
//
// Read target.go first, then set.go (constraints), flags.go (compilers), detect.go (hosts), and table.go last.
package arch
