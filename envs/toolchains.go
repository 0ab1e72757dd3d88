package envs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/config"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/suggest"
)

// ToolchainsName is the file that names toolchains, in Spack's format: the user's below the berth root, the site's beside its packages.yaml.
const ToolchainsName = "toolchains.yaml"

// Toolchains are those of the environment, if m is not nil, the user and the site, the one that wins first.
func (s *Session) Toolchains(m *Manifest) (spec.Toolchains, error) {
	var scopes []*config.Toolchains
	if s.CommandLine != nil {
		scopes = slices.Clone(s.CommandLine.Toolchains)
	}
	if m != nil {
		scopes = append(scopes, m.Toolchains)
	}
	layers, err := s.Layers()
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		scopes = append(scopes, l.Toolchains...)
	}
	return config.MergeToolchains(scopes...), nil
}

// toolchains are Toolchains whose names no package has; such a name is an error, as %name would mean either.
func (s *Session) toolchains(ctx context.Context, repo packages.Repo, m *Manifest) (spec.Toolchains, error) {
	all, err := s.Toolchains(m)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		known, err := isPackage(ctx, repo, name)
		if err != nil {
			return nil, err
		}
		if known {
			return nil, withHint(&spec.ToolchainError{Name: name, Place: all[name].Place, Problem: "there is a package or virtual of that name"}, "give the toolchain another name")
		}
	}
	return all, nil
}

// isPackage reports whether a package or a virtual has that name.
func isPackage(ctx context.Context, repo packages.Repo, name string) (bool, error) {
	_, err := repo.Recipe(ctx, name)
	if errors.Is(err, packages.ErrUnknownPackage) {
		return len(repo.Providers(name)) > 0, nil
	}
	return err == nil, err
}

// expand puts what toolchains mean into a spec; the error says where the spec stands. A name after % that is no package's but nearly a
// toolchain's is an error here, as nobody behind this knows what toolchains there are.
func expand(ctx context.Context, all spec.Toolchains, repo packages.Repo, p packages.PlacedSpec) (*spec.Spec, error) {
	fail := func(err error) error {
		if place := p.Place.String(); place != "" {
			return fmt.Errorf("%s: %w", place, err)
		}
		return err
	}
	expanded, err := all.Expand(p.Spec)
	if err != nil {
		return nil, fail(err)
	}
	nodes := []*spec.Spec{expanded}
	for _, d := range expanded.Deps {
		nodes = append(nodes, d.Spec)
	}
	for _, n := range nodes {
		for _, d := range n.Deps {
			near := suggest.Nearest(d.Spec.Name, slices.Collect(maps.Keys(all)), 3)
			if !d.Direct || len(near) == 0 {
				continue
			}
			if known, err := isPackage(ctx, repo, d.Spec.Name); err != nil {
				return nil, err
			} else if !known {
				slices.Sort(near)
				return nil, fail(withHint(fmt.Errorf("no package or toolchain is called %s", d.Spec.Name), "did you mean "+strings.Join(near, ", ")+"?"))
			}
		}
	}
	return expanded, nil
}
