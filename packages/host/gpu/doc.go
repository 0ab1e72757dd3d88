// Package gpu finds out what GPUs a machine has, which driver serves them, and which toolkits stand on its disks, and says what follows for
// a choice of packages: how new a CUDA toolkit the driver takes, and for which architectures to build.
//
// It talks to no GPU and loads no library: all that it knows comes from files below /proc, /sys and the toolkits' directories, and from programs
// that the driver brings. A login node has none of that; then the facts are those of a sheet that was written elsewhere.
//
// Read facts.go (what is known of a machine), probe.go (the entry), nvidia.go and amd.go (a maker each), chips.go (PCI devices to
// architectures), cuda.go (drivers and the CUDA versions that they take), toolkits.go (CUDA and ROCm on disk), loader.go (which libcuda a program would get).
package gpu
