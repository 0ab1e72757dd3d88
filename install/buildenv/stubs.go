package buildenv

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/berth-hpc/berth/install/wrapper"
)

// driverStubs are the libraries of NVIDIA's driver that a CUDA toolkit has stand-ins for, by the name that the linker wants and the one that programs
// then ask for.
var driverStubs = map[string]string{"libcuda.so": "libcuda.so.1", "libnvidia-ml.so": "libnvidia-ml.so.1"}

// addStubs lets a build link to a driver that the machine need not have. The toolkit's stubs come last, and into no RPATH. What links to a library that
// needs the driver must find it under the name that it will have when it runs, so links by that name are made in the stage.
func (e *Environment) addStubs(c *wrapper.Config) error {
	for _, n := range e.deps.link {
		if n.Name() != "cuda" {
			continue
		}
		for _, lib := range []string{"lib64", "lib"} {
			dir := filepath.Join(e.in.Prefix(n), lib, "stubs")
			if !isDir(dir) {
				continue
			}
			c.LibDirs = append(c.LibDirs, dir)
			return e.linkStubs(c, dir)
		}
	}
	return nil
}

func (e *Environment) linkStubs(c *wrapper.Config, stubs string) error {
	dir := filepath.Join(e.in.Stage.Dir, "driver-stubs")
	made := false
	for file, soname := range driverStubs {
		if _, err := os.Stat(filepath.Join(stubs, file)); err != nil {
			continue
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("link to stubs: %w", err)
		}
		if err := os.Symlink(filepath.Join(stubs, file), filepath.Join(dir, soname)); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("link to stubs: %w", err)
		}
		made = true
	}
	if made {
		c.Flags["ldflags"] = append(c.Flags["ldflags"], "-Wl,-rpath-link,"+dir)
	}
	return nil
}
