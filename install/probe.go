package install

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/install/buildlog"
)

// probeDepth is how far below the stage configure and CMake leave their logs: src/hdf5-1.14/build/CMakeFiles/CMakeError.log.
const probeDepth = 6

// failedProbe looks into configure's or CMake's own log for the check that failed last, if one of them gave up; nil if there is none.
func (b *build) failedProbe(f *buildlog.Finding) *buildlog.Probe {
	if f == nil || b.stage == nil {
		return nil
	}
	path := newest(b.stage.Dir, buildlog.ProbeFiles(f.Kind))
	if path == "" {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	probe, err := buildlog.LastProbe(path, file)
	if err != nil {
		return nil
	}
	return probe
}

// newest finds the file with one of these names that was written last.
func newest(dir string, names []string) (found string) {
	var written time.Time
	if len(names) == 0 {
		return ""
	}
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if d.IsDir() {
			if strings.Count(path[len(dir):], "/") >= probeDepth {
				return fs.SkipDir
			}
			return nil
		}
		if !slices.Contains(names, d.Name()) {
			return nil
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() && info.ModTime().After(written) {
			found, written = path, info.ModTime()
		}
		return nil
	})
	return found
}
