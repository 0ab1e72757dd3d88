package config

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/berth-hpc/berth/packages"
)

// replace exchanges and removes entries of a packages.yaml until none is outdated, and notes what it did. Entries in the form of old files (paths:) are
// not edited.
func (u Update) replace(file string, text []byte, done *Updated) ([]byte, error) {
	for {
		scope, err := Parse(file, text)
		if err != nil {
			return nil, err
		}
		old, now, ok := u.outdated(scope, done.ByHand)
		if !ok {
			done.Needed = u.needed(scope)
			return text, nil
		}
		before := text
		if text, err = exchange(file, text, old, now); err != nil {
			return nil, err
		}
		if bytes.Equal(before, text) {
			done.ByHand = append(done.ByHand, old)
			continue
		}
		after, err := Parse(file, text)
		if err != nil || after.count(old) >= scope.count(old) {
			return nil, fmt.Errorf("replace externals in %s: its layout is not one that can be edited, mend the entry of %s by hand", old.Place, old.Spec)
		}
		switch {
		case now == nil && u.gone(old):
			done.Removed = append(done.Removed, old)
		default:
			done.Replaced = append(done.Replaced, old)
		}
	}
}

// outdated finds an entry that is not what was found, the packages in the order of their names, but none of those that are left to people. now is what to
// put in its place, nil to take it out.
func (u Update) outdated(s *Scope, byHand []packages.External) (old packages.External, now *packages.External, ok bool) {
	for _, name := range slices.Sorted(maps.Keys(s.packages)) {
		if u.Unsure != nil && u.Unsure(name) {
			continue
		}
		for _, old := range s.packages[name].externals.values {
			if len(old.Modules) > 0 || slices.ContainsFunc(byHand, func(o packages.External) bool { return sameEntry(o, old) }) {
				continue
			}
			if now, ok := u.instead(s, old); ok {
				return old, now, true
			}
		}
	}
	return packages.External{}, nil, false
}

// instead tells what is to stand in the place of an entry, if it is outdated.
func (u Update) instead(s *Scope, old packages.External) (now *packages.External, ok bool) {
	var other *packages.External
	for i := range u.Add {
		x := &u.Add[i]
		switch {
		case sameExternal(*x, old):
			// Found as it says; but its programs may have other names now, and its compiler be another.
			now := s.keepID(*x, old)
			return now, !sameEntry(*now, old) && (u.gone(old) || !sameDependencies(*now, old))
		case other == nil && x.Spec.Name == old.Spec.Name && x.Prefix == old.Prefix && old.Prefix != "":
			other = x
		}
	}
	switch {
	case other != nil && s.has(*other):
		return nil, !s.refersTo(old)
	case other != nil:
		return s.keepID(*other, old), true
	}
	return nil, u.gone(old) && !s.refersTo(old)
}

func (u Update) gone(x packages.External) bool { return u.Gone != nil && u.Gone(x) }

// needed are the entries that are gone and were not taken out, since others refer to them.
func (u Update) needed(s *Scope) []packages.External {
	var list []packages.External
	for _, name := range slices.Sorted(maps.Keys(s.packages)) {
		for _, x := range s.packages[name].externals.values {
			if u.gone(x) && s.refersTo(x) {
				list = append(list, x)
			}
		}
	}
	return list
}

// refersTo reports whether an entry was built with x, and says so by its id.
func (s *Scope) refersTo(x packages.External) bool {
	if x.ID == "" {
		return false
	}
	for _, sec := range s.packages {
		for _, o := range sec.externals.values {
			if slices.ContainsFunc(o.Dependencies, func(d packages.ExternalDependency) bool { return d.ID == x.ID }) {
				return true
			}
		}
	}
	return false
}

// keepID is now with the id of the entry whose place it takes, if others refer to that.
func (s *Scope) keepID(now, old packages.External) *packages.External {
	if s.refersTo(old) {
		now.ID = old.ID
	}
	return &now
}

func (s *Scope) count(x packages.External) int {
	n := 0
	if sec := s.packages[x.Spec.Name]; sec != nil {
		for _, o := range sec.externals.values {
			if sameEntry(o, x) {
				n++
			}
		}
	}
	return n
}

// sameEntry is sameExternal, and all else that entries say as well.
func sameEntry(a, b packages.External) bool {
	return sameExternal(a, b) && a.ID == b.ID && maps.Equal(a.Attributes, b.Attributes) && sameDependencies(a, b)
}

func sameDependencies(a, b packages.External) bool {
	return slices.EqualFunc(a.Dependencies, b.Dependencies, func(a, b packages.ExternalDependency) bool {
		return slices.Equal(dependencyFields(a), dependencyFields(b))
	})
}
