package corpus

import (
	_ "embed"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/config"
)

//go:embed testdata/packages.yaml
var configuration []byte

// Config is the configuration that the corpus is resolved with: Spack's default preferences, and a host whose only
// software is gcc 12.2.0 in /usr, and glibc 2.36.
func Config() (packages.Configuration, error) {
	scope, err := config.Parse("packages.yaml", configuration)
	if err != nil {
		return packages.Configuration{}, err
	}
	return config.Merge(scope), nil
}
