package envs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/berth-hpc/berth/install"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// Shell resolves specs outside of any environment, builds what is missing, and returns what using them changes in a shell. What is built
// does not count as asked for: it was wanted for this once.
func (s *Session) Shell(ctx context.Context, specs []*spec.Spec, o Options, build BuildOptions) ([]packages.EnvMod, *install.Report, error) {
	build.Explicit = false
	roots, recipes, report, err := s.installSpecs(ctx, specs, o, build)
	if err != nil {
		return nil, report, err
	}
	st, err := s.Store()
	if err != nil {
		return nil, report, err
	}
	list, err := usePackages(ctx, roots, recipes, st.Prefix)
	if err != nil {
		return nil, report, err
	}
	dir := filepath.Join(s.Root, "shell")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, report, fmt.Errorf("make shell: %w", err)
	}
	mods, err := environmentMods(list, dir)
	return mods, report, err
}
