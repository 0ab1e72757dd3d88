package envs

import (
	"context"
	"os"
	"slices"

	"github.com/berth-hpc/berth/install/sitemodules"
	"github.com/berth-hpc/berth/modules"
	"github.com/berth-hpc/berth/packages"
)

// ModuleChanges is what loading these modules of the site changes, in this order.
func ModuleChanges(ctx context.Context, names []string) ([]packages.EnvMod, error) {
	return (&sitemodules.Loader{Env: os.Environ()}).Load(ctx, names)
}

// loadModules lists the site's modules that externals in use need, and what loading them changes. What cannot be loaded on this machine is
// told, and left out: the rest of the environment may be of use without it.
func (s *Session) loadModules(ctx context.Context, list []modules.Package) (names []string, mods []packages.EnvMod) {
	for _, p := range slices.Backward(list) { // dependents stand first, and what they need is loaded before
		if x := p.Node.External(); x != nil {
			for _, name := range x.Modules {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	mods, err := ModuleChanges(ctx, names)
	if err != nil {
		s.warn("%v", err)
	}
	return names, mods
}
