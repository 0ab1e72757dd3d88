package concretizer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// Error is the whole explanation in several lines.
func (c *Conflict) Error() string {
	var b strings.Builder
	b.WriteString("nothing satisfies all of this together:")
	for _, cause := range c.Causes {
		b.WriteString("\n  - " + cause.String())
		if place := cause.Place().String(); place != "" {
			b.WriteString(" (" + place + ")")
		}
	}
	for i, h := range c.Hints {
		if i == 0 {
			b.WriteString("\nwhat could be changed:")
		}
		b.WriteString("\n  - " + h)
	}
	return b.String()
}

// said is what a cause is said of, and what it asks something of: the link of the chain to follow.
func said(c Cause) (of, asks string) {
	switch c := c.(type) {
	case *RequestCause:
		if name, ok := strings.CutPrefix(c.Part, "^"); ok {
			if s, err := spec.Parse(name); err == nil {
				return "", s.Name
			}
		}
		return "", c.Root.Spec.Name
	case *DependencyCause:
		return c.Package, c.Dep.Spec.Name
	case *ConflictCause:
		return c.Package, ""
	case *RequireCause:
		return c.Package, ""
	case *ConfigCause:
		return c.Package, ""
	case *NotBuildableCause:
		return c.Package, ""
	case *ExternalCause:
		return c.Package, ""
	case *VariantCause:
		return c.Package, ""
	case *VersionCause:
		return c.Package, ""
	case *NoVersionCause:
		return c.Package, ""
	case *ProviderCause:
		return c.Virtual, c.Package
	case *TogetherCause:
		return c.Package, ""
	case *AskedProviderCause:
		return c.Package, c.Virtual
	case *OneProviderCause:
		return c.Virtual, ""
	case *LicenseCause:
		return c.Package, ""
	case *TargetCause:
		return c.Package, c.Compiler
	case *ExtensionCause:
		return c.Dependency, c.Extends
	case *LinkCause:
		return c.Package, c.To
	case *RuntimeCause:
		return c.Runtime, c.Compiler
	case *SystemLibcCause:
		return c.Package, ""
	case *NeedCause:
		return c.Package, ""
	case *SingleCause:
		return c.Package, ""
	}
	return "", ""
}

// tell puts causes in the order in which a person should read them, completes them, and adds hints.
func (e *encoder) tell(causes []Cause) *Conflict {
	causes = e.complete(causes)
	c := &Conflict{Causes: chainOf(causes)}
	c.Hints = e.hints(c.Causes)
	return c
}

// complete drops what is said twice, notes what is known of versions that do not exist, and adds that there is one configuration of a package
// where two causes ask for different ones.
func (e *encoder) complete(causes []Cause) []Cause {
	var out []Cause
	seen := map[string]bool{}
	for _, c := range mergeNotBuildable(causes) {
		switch d := c.(type) {
		case *DependencyCause:
			c = e.completeDependency(d)
		case *RequestCause:
			c = e.completeRequest(d)
		case *ConfigCause:
			c = e.completeConfig(d)
		}
		key := c.String() + c.Place().String()
		if !seen[key] {
			seen[key] = true
			out = append(out, c)
		}
	}
	askers := map[string]map[any]bool{}
	linked := map[string]bool{} // by somebody, not only built with
	for _, c := range out {
		if name, by := asker(c); name != "" {
			if d, ok := c.(*DependencyCause); !ok || d.Dep.Types&(spec.Link|spec.Run) != 0 {
				linked[name] = true
			}
			if askers[name] == nil {
				askers[name] = map[any]bool{}
			}
			askers[name][by] = true
		}
	}
	for _, name := range sortedKeys(askers) {
		single := func(c Cause) bool {
			s, ok := c.(*SingleCause)
			x, same := c.(*ExtensionCause)
			return ok && s.Package == name || same && x.Extends == name
		}
		if p := e.names[name]; len(askers[name]) > 1 && p != nil && p.recipe != nil && !slices.ContainsFunc(out, single) {
			out = append(out, &SingleCause{Package: name, Tool: p.multi && !linked[name]})
		}
	}
	return out
}

// asker tells of which package a cause asks more than to be there, and who asks.
func asker(c Cause) (name string, by any) {
	_, name = said(c)
	switch c := c.(type) {
	case *RequestCause:
		if c.Part != c.Root.Spec.Name {
			return name, c.Root
		}
	case *DependencyCause:
		if condText(c.Dep.Spec) != "" && len(c.Known) == 0 {
			return name, c.Package
		}
	}
	return "", nil
}

func (e *encoder) completeDependency(d *DependencyCause) Cause {
	p := e.names[d.Dep.Spec.Name]
	if p == nil || p.recipe == nil {
		c := *d
		c.Missing = p == nil || len(p.providers) == 0
		c.Offered = e.offered(d.Dep.Spec)
		return &c
	}
	c := *d
	if known, ok := e.offers(p.recipe, d.Dep.Spec.Versions); !ok {
		c.Known = known
	}
	c.Lacks, c.In = lacks(p.recipe, d.Dep.Spec), p.recipe.Place.File
	return &c
}

// lacks lists the variants and values of a spec that a recipe does not have under any condition.
func lacks(r *packages.Recipe, s *spec.Spec) []string {
	var out []string
	for _, v := range s.Variants {
		var values []string
		known, open := false, v.Propagate
		for i := range r.Variants {
			if d := &r.Variants[i]; d.Name == v.Name {
				known, open = true, open || d.Any
				values = append(values, declaredValues(d)...)
			}
		}
		if !known && !v.Propagate {
			out = append(out, "variant "+v.Name)
			continue
		}
		for _, x := range v.Values {
			if !open && x != "*" && !slices.Contains(values, x) {
				out = append(out, fmt.Sprintf("value %s of variant %s", x, v.Name))
			}
		}
	}
	return out
}

// offers tells whether some wanted version of a package can be had, or, if not, which ones can.
func (e *encoder) offers(r *packages.Recipe, wanted spec.Versions) (known []string, ok bool) {
	for _, v := range e.knownVersions(r) {
		if wanted.Contains(v) {
			return nil, true
		}
		known = append(known, v.String())
	}
	return known, false
}

// completeConfig notes what is required but does not exist at all.
func (e *encoder) completeConfig(d *ConfigCause) Cause {
	if d.Forbids || len(d.Requirement.Specs) != 1 {
		return d
	}
	s := d.Requirement.Specs[0]
	p := e.names[cmp.Or(s.Name, d.Package)]
	if p == nil || p.recipe == nil {
		return d
	}
	c := *d
	names := p.recipe.VariantNames()
	for _, v := range s.Variants {
		if !v.Propagate && !slices.Contains(names, v.Name) {
			c.Missing = v.Name
		}
	}
	if known, ok := e.offers(p.recipe, s.Versions); !ok {
		c.Known = known
	}
	return &c
}

// completeRequest notes what there is of a virtual that is asked for in a version that nothing provides.
func (e *encoder) completeRequest(r *RequestCause) Cause {
	text, isDep := strings.CutPrefix(r.Part, "^")
	if s, err := spec.Parse(text); isDep && err == nil {
		if offered := e.offered(s); len(offered) > 0 {
			c := *r
			c.Offered = offered
			return &c
		}
	}
	return r
}

// offered lists the versions of a virtual that there are, and who provides them, if none is among those that are wanted.
func (e *encoder) offered(s *spec.Spec) []string {
	p := e.names[s.Name]
	if p == nil || p.recipe != nil || s.Versions.IsAny() {
		return nil
	}
	var out []string
	for _, name := range orderProviders(p.providers, s.Name, &e.req.Config) {
		q, err := e.name(name)
		if err != nil || q.recipe == nil {
			continue
		}
		for _, provision := range q.recipe.Provides {
			for _, v := range provision.Virtuals {
				if v.Name != s.Name {
					continue
				}
				if mayBe(v.Versions, s.Versions) {
					return nil
				}
				if text := fmt.Sprintf("%s (by %s)", v, name); !slices.Contains(out, text) {
					out = append(out, text)
				}
			}
		}
	}
	return out
}

// mergeNotBuildable says once that no provider of a virtual may be built.
func mergeNotBuildable(causes []Cause) []Cause {
	var out []Cause
	merged := map[string]*NotBuildableCause{}
	for _, c := range causes {
		n, ok := c.(*NotBuildableCause)
		if !ok || n.Virtual == "" {
			out = append(out, c)
			continue
		}
		key := n.Virtual + n.Written.String()
		if m := merged[key]; m != nil {
			m.Others = append(m.Others, n.Package)
			m.Externals += n.Externals
			continue
		}
		first := *n
		merged[key] = &first
		out = append(out, &first)
	}
	return out
}

// chainOf orders causes: the request, then what it needs step by step, and behind each what stands against it.
func chainOf(causes []Cause) []Cause {
	var out []Cause
	left := slices.Clone(causes)
	reached := map[string]bool{}
	take := func(fits func(Cause) bool) bool {
		for i, c := range left {
			if fits(c) {
				if _, asks := said(c); asks != "" {
					reached[asks] = true
				}
				out = append(out, c)
				left = slices.Delete(left, i, i+1)
				return true
			}
		}
		return false
	}
	isRequest := func(c Cause) bool { _, ok := c.(*RequestCause); return ok }
	for take(isRequest) {
	}
	follows := func(c Cause) bool {
		of, asks := said(c)
		return asks != "" && reached[of]
	}
	for take(follows) {
	}
	about := func(c Cause) bool {
		of, _ := said(c)
		_, need := c.(*NeedCause)
		_, single := c.(*SingleCause)
		return reached[of] && !need && !single
	}
	for take(about) {
	}
	for take(func(c Cause) bool { _, single := c.(*SingleCause); return !single }) {
	}
	return append(out, left...)
}

// hints says what could be changed: the request first, then configuration.
func (e *encoder) hints(causes []Cause) []string {
	var out []string
	add := func(format string, args ...any) {
		if h := fmt.Sprintf(format, args...); !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	for _, c := range causes {
		switch c := c.(type) {
		case *NeedCause:
			add("leave out ^%s, or ask for something that needs %s", c.Package, c.Package)
		case *RequestCause:
			if c.Part != c.Root.Spec.Name {
				add("change %s%s", c.Part, whereOf(c.Place()))
			}
			if h := nearHint(c.Root.Spec, c.Part); h != "" {
				add("%s", h)
			}
		case *ConfigCause:
			add("change the configuration of %s%s", c.Package, whereOf(c.Place()))
		case *NotBuildableCause:
			name := c.Package
			if c.Virtual != "" {
				name = c.Virtual
			}
			if c.Reason == "" {
				add("allow to build %s%s, or describe an external that fits", name, whereOf(c.Written))
			} else {
				add("describe an external %s that fits (berth external find looks for one)", name)
			}
		case *SystemLibcCause:
			add("ask for a C library that this system has, or resolve for another one (systems of env.yaml)")
		case *VariantCause:
			if c.Sticky {
				add("ask for %s of %s by a value", c.Variant, c.Package)
			}
		case *LicenseCause:
			add("allow the licence %s%s, or use an external %s", cmp.Or(c.License.Expression, packages.UnknownLicense), whereOf(c.Verdict.Place), c.Package)
		}
	}
	one := slices.ContainsFunc(causes, func(c Cause) bool { _, ok := c.(*OneProviderCause); return ok })
	needs := slices.ContainsFunc(causes, func(c Cause) bool { _, ok := c.(*NeedCause); return ok })
	switch {
	case one: // what is in vain would not be if the other provider were
		out = slices.DeleteFunc(out, func(h string) bool { return strings.HasPrefix(h, "leave out ^") })
	case needs:
		out = slices.DeleteFunc(out, func(h string) bool { return strings.HasPrefix(h, "change ^") })
	}
	if len(out) > 4 {
		out = out[:4]
	}
	return out
}

// nearHint says of "%gcc@12 target=zen2" whose target that is: in Spack before 1.0 it was the root's.
func nearHint(root *spec.Spec, part string) string {
	dep, isDirect := strings.CutPrefix(part, "%")
	s, err := spec.Parse(dep)
	if !isDirect || err != nil || s.Target.IsAny() && s.OS == "" && s.Platform == "" && len(s.Flags) == 0 {
		return ""
	}
	own := &spec.Spec{Target: s.Target, OS: s.OS, Platform: s.Platform, Flags: s.Flags}
	rest := s.Clone()
	rest.Target, rest.OS, rest.Platform, rest.Flags = spec.Targets{}, "", "", nil
	return fmt.Sprintf("if %s is meant for %s and not for %s, which is named last before it, write %s %s %%%s", own, root.Name, s.Name, root.Name, own, rest)
}

func whereOf(p packages.Place) string {
	if p.String() == "" {
		return ""
	}
	return " in " + p.String()
}
