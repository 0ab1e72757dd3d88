package envs

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/install/upstream"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/config"
	"github.com/berth-hpc/berth/spec/dag"
)

// UpstreamsName is the file that names the install trees of others, in Spack's format: the user's below the berth root, the site's beside
// its packages.yaml.
const UpstreamsName = "upstreams.yaml"

// UpstreamsPath is the user's upstreams.yaml.
func (s *Session) UpstreamsPath() string { return filepath.Join(s.Root, UpstreamsName) }

// Upstreams lists the install trees of others that are used, in the order in which they are searched: an environment's system's (the zero
// System has none), the user's, the site's, and behind each those that it is built on itself. The berth root itself is none. What of that cannot be
// followed is warned of.
func (s *Session) Upstreams(system System) ([]config.Upstream, error) {
	list, errs, err := s.FollowedUpstreams(system)
	for _, e := range errs {
		s.warn("%v; that upstream is not used", e)
	}
	return list, err
}

// FollowedUpstreams is Upstreams, for who tells in another way what cannot be followed.
func (s *Session) FollowedUpstreams(system System) (list []config.Upstream, unfollowed []error, err error) {
	configured, err := s.configuredUpstreams(system)
	if err != nil {
		return nil, nil, err
	}
	list, unfollowed = config.FollowUpstreams(s.Root, configured, OwnUpstreams)
	return list, unfollowed, nil
}

// OwnUpstreams reads what the install tree at a path is built on. A berth root says so itself; of a tree of Spack its instance does, if the tree is where
// Spack puts it, $spack/opt/spack: that has etc/spack/upstreams.yaml beside.
func OwnUpstreams(tree string) ([]config.Upstream, error) {
	path, vars := filepath.Join(tree, UpstreamsName), config.HostVariables()
	if kind, err := upstream.KindOf(tree); err == nil && kind == upstream.Spack {
		instance := filepath.Dir(filepath.Dir(filepath.Clean(tree)))
		path = filepath.Join(instance, "etc", "spack", UpstreamsName)
		host := vars
		vars = func(name string) (string, bool) {
			if name == "spack" {
				return instance, true
			}
			return host(name)
		}
	}
	own, err := config.ReadUpstreams(path, vars)
	if err != nil {
		return nil, err
	}
	return own.List, nil
}

// configuredUpstreams are those that some file names.
func (s *Session) configuredUpstreams(system System) ([]config.Upstream, error) {
	var scopes []*config.Upstreams
	if s.CommandLine != nil {
		scopes = slices.Clone(s.CommandLine.Upstreams)
	}
	scopes = append(scopes, system.Upstreams...)
	layers, err := s.Layers()
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		scopes = append(scopes, l.Upstreams...)
	}
	return slices.DeleteFunc(config.MergeUpstreams(scopes...), func(u config.Upstream) bool { return u.InstallTree == s.Root }), nil
}

// on is the session as an environment's system wants it: with the upstreams that it declares.
func (s *Session) on(system System) *Session {
	if len(system.Upstreams) == 0 {
		return s
	}
	with := *s
	with.system = system
	with.trees = &openTrees{}
	return &with
}

// For is the session as an environment wants it: with its upstreams, as far as they do not depend on which of several systems is meant.
func (s *Session) For(e *Environment) *Session {
	system, err := e.Manifest.System("")
	if err != nil {
		system = System{Upstreams: []*config.Upstreams{e.Manifest.Upstreams}}
	}
	return s.on(system)
}

// openTrees is what a session has opened: once, however often its store is asked for.
type openTrees struct {
	done bool
	list []store.Upstream
	err  error
}

// openUpstreams opens the install trees of others.
func (s *Session) openUpstreams() ([]store.Upstream, error) {
	if s.trees == nil {
		s.trees = &openTrees{}
	}
	if s.trees.done {
		return s.trees.list, s.trees.err
	}
	s.trees.done = true
	configured, err := s.Upstreams(s.system)
	if err != nil {
		s.trees.err = err
		return nil, err
	}
	for _, t := range upstream.Open(Locations(configured), filepath.Join(s.Root, "cache", "upstreams"), s.Warn) {
		s.trees.list = append(s.trees.list, t)
	}
	return s.trees.list, nil
}

// Locations is where upstreams are, for package upstream.
func Locations(list []config.Upstream) []upstream.Location {
	var out []upstream.Location
	for _, u := range list {
		out = append(out, upstream.Location{Name: u.Name, Path: u.InstallTree})
	}
	return out
}

// fromUpstreams lists which of the nodes were taken from an upstream, by hash, and where they stand: what a lock writes down of them.
func fromUpstreams(st *store.Store, s *concretizer.Solution, nodes []*dag.Node) map[string]string {
	found := map[string]string{}
	for _, n := range nodes {
		if n.External() != nil || !s.Reused[n.Hash()] {
			continue
		}
		if r, ok := st.InUpstream(n.Hash()); ok {
			found[n.Hash()] = r.Prefix
		}
	}
	return found
}

// withUpstreams adds, last, recipes for what only upstreams know.
func withUpstreams(repo packages.Repo, st *store.Store) packages.Repo {
	if len(st.Upstreams()) == 0 {
		return repo
	}
	return packages.Layer(append(packages.Layers(repo), upstream.Repo(known{st}))...)
}

// known is what upstreams have, for package upstream.
type known struct{ st *store.Store }

func (k known) Candidates(name string) []*dag.Node { return k.st.UpstreamNodes(name) }
func (k known) Names() []string                    { return k.st.UpstreamNames() }

// offered is what exists for an environment to take: the previous lock's nodes, and those of upstreams. What lies in the user's own store
// does not count, or else two users would lock differently.
type offered struct {
	first     concretizer.Reusable // may be nil
	st        *store.Store
	upstreams bool
}

// Candidates implements concretizer.Reusable. What another tool built counts while it stands, wherever it was locked.
func (o offered) Candidates(name string) []*dag.Node {
	var nodes []*dag.Node
	if o.first != nil {
		nodes = slices.DeleteFunc(slices.Clone(o.first.Candidates(name)), func(n *dag.Node) bool {
			return n.Attrs().Recorded != nil && (!o.upstreams || !o.st.Stands(n))
		})
	}
	if !o.upstreams {
		return nodes
	}
	for _, n := range o.st.UpstreamNodes(name) {
		if !slices.ContainsFunc(nodes, func(m *dag.Node) bool { return m.Hash() == n.Hash() }) {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// UpstreamGoneError says that a lock wants packages of an upstream, which are nowhere, and that berth cannot build.
type UpstreamGoneError struct {
	Missing []string // "hdf5@1.14.3/abcdefg, locked in /appl/site/spack/hdf5-..."
}

func (e *UpstreamGoneError) Error() string {
	return "install: env.lock counts on packages of upstreams that are not there:\n  " + strings.Join(e.Missing, "\n  ")
}

// Hint says how to go on.
func (e *UpstreamGoneError) Hint() string {
	return "`berth upstream check` tells what is wrong with the upstreams; `berth concretize --fresh` locks anew with what there is"
}

// checkUpstreams makes sure that what only an upstream can give is there, before anything is built.
func (l *Lock) checkUpstreams(system string, st *store.Store) error {
	var where map[string]string
	if h := l.Host[system]; h != nil {
		where = h.Upstreams
	}
	e := &UpstreamGoneError{}
	seen := map[string]bool{}
	for _, root := range l.Systems[system].RootNodes() {
		for _, n := range append(dag.LinkRunClosure(root), root) {
			if seen[n.Hash()] || n.External() != nil || st.Stands(n) {
				continue
			}
			seen[n.Hash()] = true
			if l.Recipes[recipeKey(n)] == nil || n.Attrs().Recorded != nil {
				text := n.Name() + "@" + n.Version().String() + "/" + n.ShortHash()
				if where[n.Hash()] != "" {
					text += ", locked in " + where[n.Hash()]
				}
				e.Missing = append(e.Missing, text)
			}
		}
	}
	if len(e.Missing) == 0 {
		return nil
	}
	return e
}
