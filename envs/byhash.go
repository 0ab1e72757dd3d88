package envs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/spec"
)

// nameByHash gives a spec that says which package by a hash alone, /abc123, the name of what is installed under it; its dependencies, too. A hash that
// nothing has is refused here, as no search could say it better. st is nil where nothing that is installed may be reused.
func nameByHash(st *store.Store, s *spec.Spec) (*spec.Spec, error) {
	out := s
	if s.Hash != "" {
		name, err := nameOfHash(st, s)
		if err != nil {
			return nil, err
		}
		out = s.Clone()
		out.Name = name
	}
	for i, d := range s.Deps {
		dep, err := nameByHash(st, d.Spec)
		if err != nil {
			return nil, err
		}
		if dep == d.Spec {
			continue
		}
		if out == s {
			out = s.Clone()
		}
		out.Deps[i].Spec = dep
	}
	return out, nil
}

func nameOfHash(st *store.Store, s *spec.Spec) (string, error) {
	if st == nil {
		return "", withHint(fmt.Errorf("%s names what is installed, which --fresh leaves alone", s), "leave out one of the two")
	}
	filter := store.Filter{Name: s.Name, HashPrefix: s.Hash}
	records, err := st.Query(filter)
	if err != nil {
		return "", err
	}
	found := map[string]string{} // the name, by "hdf5/abc1234"
	for _, r := range append(records, st.UpstreamRecords(filter)...) {
		found[r.Node.Name()+"/"+r.Node.ShortHash()] = r.Node.Name()
	}
	switch texts := slices.Sorted(maps.Keys(found)); len(texts) {
	case 0:
		what := "nothing that is installed"
		if s.Name != "" {
			what = "no " + s.Name + " that is installed"
		}
		return "", withHint(fmt.Errorf("%s has a hash that begins with %s", what, s.Hash), "`berth find -l` shows what is installed, with hashes")
	case 1:
		return found[texts[0]], nil
	default:
		return "", withHint(fmt.Errorf("%s may be any of %s", s, strings.Join(texts, ", ")), "write more of the hash")
	}
}
