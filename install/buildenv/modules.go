package buildenv

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
)

// loadModules finds out what the modules change that the externals among the dependencies need, in the order of the dependencies, the
// farthest first: a compiler's before those of the MPI that was built with it.
func (e *Environment) loadModules() error {
	var names []string
	list := append(slices.Clone(e.deps.link), e.deps.build...)
	for _, n := range slices.Backward(list) {
		if x := n.External(); x != nil {
			for _, name := range x.Modules {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	if len(names) == 0 || e.in.LoadModules == nil {
		return nil
	}
	var err error
	if e.modules, err = e.in.LoadModules(names); err != nil {
		return fmt.Errorf("prepare the environment of %s: %w", e.in.Node.Name(), err)
	}
	return nil
}

// lookInModules finds a program that only loading modules brings: compilers.yaml of Cray systems says "cc" and no more.
func (e *Environment) lookInModules(name string) (string, bool) {
	for _, v := range packages.ApplyEnv(nil, e.modules) {
		path, ok := strings.CutPrefix(v, "PATH=")
		if !ok {
			continue
		}
		for _, dir := range filepath.SplitList(path) {
			file := filepath.Join(dir, name)
			if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				return file, true
			}
		}
	}
	return "", false
}
