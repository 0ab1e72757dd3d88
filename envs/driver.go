package envs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/host/gpu"
	"github.com/berth-hpc/berth/spec/dag"
)

// A driver's libraries belong to the machine that a program runs on, so nothing is linked to them by its RPATH: builds link to the toolkit's stubs. They
// stand among all of the host's libraries; a directory of links shows programs these alone.

// compatLibraries are those of a forward-compatibility package that stand in for the driver's.
var compatLibraries = []string{"libcuda.so.1", "libcudadebugger.so.1", "libnvidia-nvvm.so.4", "libnvidia-ptxjitcompiler.so.1"}

// driverMods makes the directory of links below a directory and says how programs find it. nodes are what is used; what is not built for NVIDIA's GPUs
// needs none. The links may lead nowhere on the machine that makes them: a login node has no driver.
func driverMods(nodes []*dag.Node, facts gpu.Facts, below string) ([]packages.EnvMod, error) {
	if facts.NVIDIA == nil || !slices.ContainsFunc(nodes, usesCUDA) {
		return nil, nil
	}
	links := maps.Clone(facts.NVIDIA.Libraries)
	op := packages.EnvAppend // what a site's own modules put there comes first
	if compat := neededCompat(nodes, facts); compat != nil {
		op = packages.EnvPrepend
		if links == nil {
			links = map[string]string{}
		}
		for _, name := range compatLibraries {
			links[name] = filepath.Join(compat.Dir, name)
		}
	}
	if len(links) == 0 {
		return nil, nil
	}
	dir, err := linkDirectory(filepath.Join(below, "driver"), links)
	if err != nil {
		return nil, err
	}
	return []packages.EnvMod{{Op: op, Name: "LD_LIBRARY_PATH", Value: dir}}, nil
}

// DriverMods is how programs outside of environments find this machine's driver: packages' modules, and shells. nodes are what is used.
func (s *Session) DriverMods(ctx context.Context, nodes []*dag.Node) ([]packages.EnvMod, error) {
	if !slices.ContainsFunc(nodes, usesCUDA) {
		return nil, nil
	}
	report := gpu.Prober{System: s.Machine, Quick: true}.Probe(ctx)
	return driverMods(nodes, report.Facts, s.shellDir())
}

// usesCUDA tells whether a node is built for NVIDIA's GPUs, or is what such are built with.
func usesCUDA(n *dag.Node) bool {
	if n.Name() == "cuda" {
		return true
	}
	v, ok := n.Variant("cuda_arch")
	return ok && !slices.Equal(v.Values, []string{"none"})
}

// neededCompat is the forward-compatibility package without which a toolkit of nodes would not run; nil if the driver takes all of them.
func neededCompat(nodes []*dag.Node, facts gpu.Facts) *gpu.Compat {
	with, known := facts.CUDACeiling()
	if !known || with.Compat == nil {
		return nil
	}
	bare := *facts.NVIDIA
	bare.Compat = nil
	without, known := gpu.Facts{NVIDIA: &bare}.CUDACeiling()
	for _, n := range nodes {
		if n.Name() == "cuda" && known && !without.Allows(n.Version().String()) {
			return with.Compat
		}
	}
	return nil
}

// linkDirectory makes a directory of symbolic links, by name. It is named by its content, so that whatever uses an older one keeps it.
func linkDirectory(beginning string, links map[string]string) (string, error) {
	var all strings.Builder
	for _, name := range slices.Sorted(maps.Keys(links)) {
		fmt.Fprintf(&all, "%s %s\n", name, links[name])
	}
	dir := beginning + "-" + digest([]byte(all.String()))[:12]
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := durable.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", fmt.Errorf("link the driver's libraries: %w", err)
	}
	durable.Sweep(filepath.Dir(dir), filepath.Base(dir))
	temp := durable.TempName(dir)
	if err := os.Mkdir(temp, 0o755); err != nil {
		return "", fmt.Errorf("link the driver's libraries: %w", err)
	}
	defer os.RemoveAll(temp)
	for name, target := range links {
		if name != filepath.Base(name) {
			return "", fmt.Errorf("link the driver's libraries: %q is no file name", name)
		}
		if err := os.Symlink(target, filepath.Join(temp, name)); err != nil {
			return "", fmt.Errorf("link the driver's libraries: %w", err)
		}
	}
	err := errors.Join(os.Chmod(temp, 0o755), durable.SyncTree(context.Background(), temp))
	if err == nil {
		err = durable.RenameDir(temp, dir)
	}
	if err != nil && !errors.Is(err, durable.ErrExists) { // which another process made, with the same content
		return "", fmt.Errorf("link the driver's libraries: %w", err)
	}
	return dir, nil
}
