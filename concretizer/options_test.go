package concretizer

import (
	"slices"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/mini"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// options lists every way to have a package.
func (o *oracle) options(r *packages.Recipe) []*trial {
	var out []*trial
	externals := o.problem.Config.Packages[r.Name].Externals
	for i := range externals {
		x := &externals[i]
		v, _ := externalVersion(x)
		for _, variants := range o.variantSets(r, &trial{version: v}, x) {
			out = append(out, &trial{name: r.Name, version: v, external: x, variants: variants, target: externalTarget(x, o.req.Target)})
		}
	}
	if o.req.Reuse != nil && !packages.IsRuntime(r.Name) && !packages.IsLibc(r.Name) {
		for _, n := range o.req.Reuse.Candidates(r.Name) {
			a := n.Attrs()
			out = append(out, &trial{name: r.Name, version: a.Version, variants: a.Variants, target: a.Target, reused: n})
		}
	}
	if o.req.Config.Packages[r.Name].NotBuildable != nil || len(o.libcs) > 0 && slices.Contains(o.names(packages.Libc), r.Name) {
		return out
	}
	seen := map[spec.Version]bool{}
	versions := slices.Clone(r.Versions)
	for _, v := range gitVersions(o.req)[r.Name] {
		if d, ok := r.VersionDecl(v); ok {
			versions = append(versions, d)
		}
	}
	for _, d := range versions {
		if seen[d.Version] {
			continue
		}
		seen[d.Version] = true
		for _, target := range targetNames(o.req.Target) {
			for _, variants := range o.variantSets(r, &trial{version: d.Version, target: target}, nil) {
				for _, flags := range o.flagSets() {
					if t := (&trial{name: r.Name, version: d.Version, variants: variants, flags: flags, target: target}); o.plausible(t, r) {
						out = append(out, t)
					}
				}
			}
		}
	}
	return out
}

// flagSets lists every combination of the flags that the request speaks of.
func (o *oracle) flagSets() [][]spec.Flag {
	sets := [][]spec.Flag{nil}
	var words []string
	var collect func(s *spec.Spec)
	collect = func(s *spec.Spec) {
		for _, f := range s.Flags {
			for _, word := range f.Words {
				if f.Type == "cflags" && !slices.Contains(words, word) {
					words = append(words, word)
				}
			}
		}
		for _, d := range s.Deps {
			collect(d.Spec)
		}
	}
	for _, r := range o.req.Roots {
		collect(r.Spec)
	}
	for bits := 1; bits < 1<<len(words); bits++ {
		f := spec.Flag{Type: "cflags"}
		for k, word := range words {
			if bits&(1<<k) != 0 {
				f.Words = append(f.Words, word)
			}
		}
		sets = append(sets, []spec.Flag{f})
	}
	return sets
}

// variantSets lists every combination of variants; what does not fit together is for the checker to say.
func (o *oracle) variantSets(r *packages.Recipe, t *trial, x *packages.External) [][]spec.Variant {
	sets := [][]spec.Variant{nil}
	var names []string
	for _, d := range r.Variants {
		if !slices.Contains(names, d.Name) {
			names = append(names, d.Name)
		}
	}
	for _, name := range names {
		var values [][]string
		conditional := true
		for i := range r.Variants {
			d := &r.Variants[i]
			if d.Name != name {
				continue
			}
			conditional = conditional && len(d.When) > 0
			known := declaredValues(d)
			if d.Any {
				known = append(known, "y")
			}
			if x != nil {
				if v, ok := x.Spec.Variant(name); ok {
					values = [][]string{v.Values}
					conditional = false
					break
				}
				values = append(values, d.Default)
				continue
			}
			if d.Kind != packages.MultiVariant {
				for _, v := range known {
					values = append(values, []string{v})
				}
				continue
			}
			for bits := 1; bits < 1<<len(known); bits++ {
				var set []string
				for k, v := range known {
					if bits&(1<<k) != 0 {
						set = append(set, v)
					}
				}
				slices.Sort(set)
				values = append(values, set)
			}
		}
		slices.SortFunc(values, slices.Compare)
		values = slices.CompactFunc(values, slices.Equal)
		var next [][]spec.Variant
		for _, s := range sets {
			if conditional {
				next = append(next, s)
			}
			for _, v := range values {
				next = append(next, append(slices.Clone(s), spec.Variant{Name: name, Values: v}))
			}
		}
		sets = next
	}
	return sets
}

// TestOracleFixesWhatExternalsNeed: brute force reuses what was built against an external that needs another one, which is a root besides.
func TestOracleFixesWhatExternalsNeed(t *testing.T) {
	repo := mini.Parse("k: versions 2; depends l\nl: versions 1; depends m\nm: versions 2 1; provides virt")
	solved := func(specs string, reuse Reusable) (Request, *Solution) {
		r := request(t, repo, "l: external l@=1 prefix /opt/l needs m; not-buildable\nm: external m@=2 prefix /opt/m", specs)
		r.Target, r.Reuse = target("x86_64"), reuse
		return r, mustSolve(t, r)
	}
	_, old := solved("k", nil)
	r, s := solved("k\nm", installed(old))
	if o := bruteForce(t, &r, Together, 600); !slices.Equal(o.costs, prices(s)) {
		t.Errorf("brute force has %v, not %v", o.costs, prices(s))
	}
}

// TestOneCompilerOfALanguage: a package has each language from one compiler, also where it runs that and another one might build it.
func TestOneCompilerOfALanguage(t *testing.T) {
	repo := mini.Parse("k: versions 1; depends c types build; depends c types run\ncc: versions 2 1; provides c")
	for specs, possible := range map[string]bool{"k %[deptypes=build] cc@2 %cc@1": false, "k %[deptypes=build] cc@2": true} {
		r := request(t, repo, "cc: external cc@=1 prefix /opt/one; external cc@=2 prefix /opt/two; not-buildable", specs)
		r.Target = target("x86_64")
		if o := bruteForce(t, &r, Together, 600); (o.costs != nil) != possible {
			t.Errorf("%s: brute force has %v", specs, o.costs)
		}
	}
}
