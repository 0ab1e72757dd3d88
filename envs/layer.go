package envs

import "github.com/berth-hpc/berth/packages/config"

// Layer is what env.yaml configures, for all of its systems.
func (e *Environment) Layer() (*config.Layer, error) {
	return config.ParseLayer("environment", e.ManifestPath(), e.Manifest.Text, config.HostVariables())
}
