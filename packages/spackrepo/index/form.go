package index

import (
	"fmt"
	"maps"
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/spackrepo/record"
	"github.com/berth-hpc/berth/spec"
)

// The form of a recipe: every field in the order in which an entry has it. A change here is a new formatVersion. What is not here is not
// kept: the recipe's text and the content of its patch files, which resolving never looks at.

func recipeForm(c *coder, r *packages.Recipe) {
	c.text(&r.Name)
	c.text(&r.Namespace)
	c.text(&r.About)
	c.text(&r.Homepage)
	c.text(&r.Git)
	list(c, &r.Tags, (*coder).text)
	placeForm(c, &r.Place)
	c.text(&r.ExternalOnly)
	list(c, &r.Versions, versionForm)
	list(c, &r.Variants, variantForm)
	list(c, &r.Depends, dependencyForm)
	list(c, &r.Conflicts, conflictForm)
	list(c, &r.Requires, requirementForm)
	list(c, &r.Provides, provisionForm)
	list(c, &r.Extends, extensionForm)
	list(c, &r.Patches, patchForm)
	list(c, &r.Resources, resourceForm)
	list(c, &r.Licenses, licenseForm)
	list(c, &r.Splices, spliceForm)
	list(c, &r.Redistribute, redistributionForm)
	list(c, &r.Maintainers, (*coder).text)
	list(c, &r.Sanity, sanityForm)
	list(c, &r.RunEnv, envForm)
	list(c, &r.BuildEnv, envForm)
	list(c, &r.DepEnv, envForm)
	optional(c, &r.Detection, detectionForm)
	c.size(&r.Memory)
	c.text(&r.ContentHash)
	builderForm(c, &r.Builder)
}

// builderForm is the Builder of a Spack recipe, or nil. No other kind is known here.
func builderForm(c *coder, b *packages.Builder) {
	builder, known := (*b).(*record.Builder)
	if *b != nil && !known {
		c.fail(fmt.Errorf("a builder of type %T is not known", *b))
		return
	}
	optional(c, &builder, func(c *coder, x *record.Builder) {
		c.text(&x.Package)
		c.text(&x.System)
		c.text(&x.Digest)
		list(c, &x.Needs, func(c *coder, n *record.Need) {
			c.text(&n.Method)
			placeForm(c, &n.Place)
		})
	})
	if c.write == nil && builder != nil {
		*b = builder
	}
}

func placeForm(c *coder, p *packages.Place) {
	c.text(&p.File)
	c.int(&p.Line)
	c.int(&p.Col)
}

func versionForm(c *coder, v *packages.VersionDecl) {
	text := v.Version.String()
	c.text(&text)
	if c.write == nil && text != "" && c.err == nil {
		var err error
		if v.Version, err = spec.ParseVersion(text); err != nil {
			c.fail(errDamaged)
		}
	}
	c.text(&v.SHA256)
	list(c, &v.URLs, (*coder).text)
	c.bool(&v.Expand)
	c.text(&v.Extension)
	c.bool(&v.Preferred)
	c.bool(&v.Deprecated)
	optional(c, &v.Git, gitForm)
	c.when(&v.When)
	placeForm(c, &v.Place)
}

func gitForm(c *coder, g *packages.GitSource) {
	c.text(&g.URL)
	c.text(&g.Commit)
	c.text(&g.Tag)
	c.text(&g.Branch)
	c.text(&g.Ref)
	c.bool(&g.Submodules)
}

func variantForm(c *coder, v *packages.VariantDecl) {
	c.text(&v.Name)
	c.text(&v.About)
	small(c, &v.Kind)
	list(c, &v.Default, (*coder).text)
	list(c, &v.Values, func(c *coder, value *packages.VariantValue) {
		c.text(&value.Value)
		c.when(&value.When)
	})
	c.bool(&v.Any)
	list(c, &v.Sets, func(c *coder, set *[]string) { list(c, set, (*coder).text) })
	c.bool(&v.Sticky)
	c.when(&v.When)
	placeForm(c, &v.Place)
}

func dependencyForm(c *coder, d *packages.Dependency) {
	c.spec(&d.Spec)
	small(c, &d.Types)
	c.when(&d.When)
	list(c, &d.Patches, patchForm)
	placeForm(c, &d.Place)
}

func conflictForm(c *coder, x *packages.Conflict) {
	c.spec(&x.Spec)
	c.when(&x.When)
	c.text(&x.Because)
	placeForm(c, &x.Place)
}

func requirementForm(c *coder, q *packages.Requirement) {
	list(c, &q.Specs, (*coder).spec)
	small(c, &q.Policy)
	c.when(&q.When)
	c.text(&q.Because)
	placeForm(c, &q.Place)
}

func provisionForm(c *coder, p *packages.Provision) {
	list(c, &p.Virtuals, (*coder).spec)
	c.when(&p.When)
	placeForm(c, &p.Place)
}

func extensionForm(c *coder, x *packages.Extension) {
	c.spec(&x.Spec)
	small(c, &x.Types)
	c.when(&x.When)
	placeForm(c, &x.Place)
}

func patchForm(c *coder, p *packages.Patch) {
	c.text(&p.URL)
	c.text(&p.File)
	c.text(&p.SHA256)
	c.text(&p.ArchiveSHA)
	c.int(&p.Level)
	c.text(&p.WorkingDir)
	c.bool(&p.Reverse)
	c.when(&p.When)
	placeForm(c, &p.Place)
}

func resourceForm(c *coder, r *packages.Resource) {
	c.text(&r.Name)
	list(c, &r.URLs, (*coder).text)
	c.text(&r.SHA256)
	optional(c, &r.Git, gitForm)
	c.text(&r.Destination)
	textMap(c, &r.Placement)
	c.when(&r.When)
	placeForm(c, &r.Place)
}

func licenseForm(c *coder, l *packages.License) {
	c.text(&l.Expression)
	c.when(&l.When)
	placeForm(c, &l.Place)
}

func spliceForm(c *coder, s *packages.Splice) {
	c.spec(&s.Target)
	c.when(&s.When)
	placeForm(c, &s.Place)
}

func redistributionForm(c *coder, r *packages.Redistribution) {
	c.bool(&r.Source)
	c.bool(&r.Binary)
	c.when(&r.When)
	placeForm(c, &r.Place)
}

func sanityForm(c *coder, s *packages.SanityCheck) {
	c.text(&s.Path)
	c.bool(&s.Dir)
	c.when(&s.When)
}

func envForm(c *coder, e *packages.ConditionalEnv) {
	list(c, &e.Mods, func(c *coder, m *packages.EnvMod) {
		small(c, &m.Op)
		c.text(&m.Name)
		c.text(&m.Value)
		c.text(&m.Separator)
	})
	c.when(&e.When)
}

func detectionForm(c *coder, d *packages.Detection) {
	list(c, &d.Executables, (*coder).text)
	list(c, &d.Libraries, (*coder).text)
	list(c, &d.VersionArgs, (*coder).text)
	c.text(&d.VersionExpr)
	textMap(c, &d.Variants)
}

// textMap is a map of texts, in the order of its keys; an empty one is nil when it is read.
func textMap(c *coder, m *map[string]string) {
	keys := slices.Sorted(maps.Keys(*m))
	list(c, &keys, (*coder).text)
	if c.write == nil && len(keys) > 0 && c.err == nil {
		*m = make(map[string]string, len(keys))
	}
	for _, key := range keys {
		value := (*m)[key]
		c.text(&value)
		if c.err != nil {
			return
		}
		if c.write == nil {
			(*m)[key] = value
		}
	}
}
