package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/suggest"
)

// What the verbs on installed packages share.

// store opens the store, on top of the upstreams, those of the environment here included. Nothing is made by opening it but the cache of what upstreams have.
func (b *berth) store() (*store.Store, error) {
	session, err := b.session()
	if err != nil {
		return nil, err
	}
	if e, err := b.environment(); err == nil {
		session = session.For(e)
	}
	return session.Store()
}

// installedSpecs reads specs that describe what is installed. Toolchains in them mean what they mean where berth resolves.
func (b *berth) installedSpecs(args []string) ([]*spec.Spec, error) {
	list, err := parseSpecs(args)
	if err != nil || !slices.ContainsFunc(list, func(s *spec.Spec) bool { return len(s.Deps) > 0 }) {
		return list, err
	}
	var m *envs.Manifest
	if e, err := b.environment(); err == nil {
		m = e.Manifest
	}
	s, err := b.session()
	if err != nil {
		return nil, err
	}
	all, err := s.Toolchains(m)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i], err = all.Expand(list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// installed opens the store and lists what the specs in args describe; all that is installed if there are none.
func (b *berth) installed(args []string) (*store.Store, []store.Record, error) {
	specs, err := b.installedSpecs(args)
	if err != nil {
		return nil, nil, err
	}
	s, err := b.store()
	if err != nil {
		return nil, nil, err
	}
	records, err := s.Query(store.Filter{})
	if err != nil {
		return nil, nil, err
	}
	records, err = selected(records, specs)
	return s, records, err
}

// notInstalledError says that nothing installed is what a spec describes.
type notInstalledError struct {
	spec *spec.Spec
	near []string // names that are installed and look alike
	same []store.Record
}

func (e *notInstalledError) Error() string { return fmt.Sprintf("%s is not installed", e.spec) }

// Hint tells what is installed instead.
func (e *notInstalledError) Hint() string {
	switch {
	case len(e.same) > 0:
		return fmt.Sprintf("of %s there is %s", e.spec.Name, shortNames(e.same))
	case e.spec.Name == "":
		hint, _ := meantAsFlag(e.spec)
		return hint
	case len(e.near) > 0:
		return "did you mean " + e.near[0] + "?"
	}
	return ""
}

// shortNames lists records as people can name them: "zlib@1.3.1/abcdefg".
func shortNames(records []store.Record) string {
	text := ""
	for i, r := range records {
		if i > 0 {
			text += ", "
		}
		text += shortName(r)
	}
	return text
}

func shortName(r store.Record) string {
	return r.Node.Name() + "@" + r.Node.Version().String() + "/" + r.Node.ShortHash()
}

// matching returns, for each spec, the records that it describes; at least one each, else the error is a *notInstalledError.
func matching(records []store.Record, specs []*spec.Spec) ([][]store.Record, error) {
	var found [][]store.Record
	for _, s := range specs {
		var fit, same []store.Record
		var names []string
		for _, r := range records {
			names = append(names, r.Node.Name())
			if r.Node.Name() == s.Name {
				same = append(same, r)
			}
			if r.Node.Satisfies(s) {
				fit = append(fit, r)
			}
		}
		if len(fit) == 0 {
			return nil, &notInstalledError{spec: s, near: suggest.Nearest(s.Name, slices.Compact(names), 1), same: same}
		}
		found = append(found, fit)
	}
	return found, nil
}

// selected returns the records that any of the specs describes, in the order of records; all of them where there are no specs.
func selected(records []store.Record, specs []*spec.Spec) ([]store.Record, error) {
	if len(specs) == 0 {
		return records, nil
	}
	found, err := matching(records, specs)
	if err != nil {
		return nil, err
	}
	chosen := map[string]bool{}
	for _, r := range slices.Concat(found...) {
		chosen[r.Node.Hash()] = true
	}
	return slices.DeleteFunc(slices.Clone(records), func(r store.Record) bool { return !chosen[r.Node.Hash()] }), nil
}

// recordJSON is an installed package as --json shows it.
type recordJSON struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	Hash        string `json:"hash"`
	Spec        string `json:"spec"` // without dependencies
	Prefix      string `json:"prefix"`
	External    bool   `json:"external"`
	Explicit    bool   `json:"explicit"`
	InstalledAt string `json:"installed_at"` // RFC 3339, UTC
	Bytes       int64  `json:"bytes"`
	Files       int64  `json:"files"`
	Upstream    string `json:"upstream,omitempty"` // the upstream that has it; "" is the store
}

func newRecordJSON(r store.Record) recordJSON {
	return recordJSON{
		Name: r.Node.Name(), Version: r.Node.Version().String(), Hash: r.Node.Hash(), Spec: r.Node.String(), Prefix: r.Prefix,
		External: r.Node.External() != nil, Explicit: r.Explicit, InstalledAt: r.InstalledAt.UTC().Format(time.RFC3339),
		Bytes: r.Bytes, Files: r.Files, Upstream: r.Upstream,
	}
}
