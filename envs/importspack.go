package envs

import (
	"os"
	"path/filepath"

	"github.com/berth-hpc/berth/envs/spackyaml"
)

// ImportSpack reads the spack.yaml of a Spack environment; path may be its directory. What an env.yaml of this berth cannot say stands in the notes.
func ImportSpack(path string) (*spackyaml.Result, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "spack.yaml")
	}
	return spackyaml.Convert(path, func(text []byte) error {
		_, err := ParseManifest(ManifestName, text)
		return err
	})
}
