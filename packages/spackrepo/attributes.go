package spackrepo

import (
	"errors"
	"fmt"
	"slices"

	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/packages/spackrepo/record"
)

// attributes records the attributes of the class that mean something outside of builds.
func (c *collector) attributes() error {
	a := attributeReader{c: c}
	p := &c.p.Attrs
	*p = record.Attrs{
		Homepage: a.text("homepage"), URL: a.text("url"), URLs: a.plain("urls"), Git: a.text("git"), Hg: a.text("hg"), ListURL: a.text("list_url"),
		ListDepth: a.number("list_depth"), PyPI: a.text("pypi"), CRAN: a.text("cran"), Bioc: a.text("bioc"), GNUMirror: a.text("gnu_mirror_path"),
		SourceforgePath: a.text("sourceforge_mirror_path"), SourcewarePath: a.text("sourceware_mirror_path"), XorgPath: a.text("xorg_mirror_path"),
		FetchOptions: a.plain("fetch_options"), Submodules: a.plain("submodules"), Tags: a.texts("tags"), Virtual: a.is("virtual"), HasCode: a.unless("has_code", true),
		ManualDownload: a.plain("manual_download"), Extendable: a.is("extendable"), Executables: a.texts("executables"), Libraries: a.texts("libraries"),
		Phases: a.texts("phases"), Parallel: a.plain("parallel"), BuildSystemClass: a.text("build_system_class"), Unresolved: a.plain("unresolved_libraries"),
		TransitiveRpaths: a.unless("transitive_rpaths", true), KeepWerror: a.text("keep_werror"), SkipAudit: a.texts("skip_version_audit"),
	}
	if p.Parallel == true {
		p.Parallel = nil
	}
	return a.err
}

// attributeReader reads attributes of a class. Its first error wins.
type attributeReader struct {
	c   *collector
	err error
}

// get is an attribute that a class of the repository has; nil for one that there is not, that is None, or that only a build can compute.
func (a *attributeReader) get(name string) python.Value {
	v, owner := a.c.class.Lookup(name)
	if v == nil || v == python.None || owner.Module == coreModule && name != "build_system_class" {
		return nil
	}
	switch v := v.(type) {
	case *classProperty:
		result, err := a.c.in.GetAttr(a.c.class, name)
		if errors.Is(err, python.AttributeError) {
			return nil // of a mixin that needs what this class does not say
		}
		if err != nil {
			a.fail(name, err)
			return nil
		}
		if result == python.None {
			return nil
		}
		return result
	case *python.Function, *multiMethod, *unavailable:
		return nil
	default:
		return v
	}
}

func (a *attributeReader) fail(name string, err error) {
	if a.err == nil {
		a.err = fmt.Errorf("%s: attribute %s: %w", a.c.p.Place, name, err)
	}
}

func (a *attributeReader) text(name string) string {
	switch v := a.get(name).(type) {
	case nil, *python.Property:
		return ""
	default:
		text, ok := textOf(v)
		if !ok {
			a.fail(name, fmt.Errorf("it is %s and not a text", v.Type()))
		}
		return text
	}
}

func (a *attributeReader) texts(name string) []string {
	switch v := a.get(name).(type) {
	case nil, *python.Property:
		return nil
	default:
		list, err := textList(v)
		if err != nil {
			a.fail(name, err)
		}
		if len(list) == 0 {
			return nil
		}
		return slices.Clone(list)
	}
}

func (a *attributeReader) number(name string) int {
	if n, ok := a.get(name).(python.Int); ok {
		return int(n)
	}
	return 0
}

func (a *attributeReader) is(name string) bool { return a.get(name) == python.True }

// unless is a bool that is told only where it differs from what it is mostly.
func (a *attributeReader) unless(name string, mostly bool) *bool {
	v, ok := a.get(name).(python.Bool)
	if !ok || bool(v) == mostly {
		return nil
	}
	b := bool(v)
	return &b
}

// plain is an attribute as data. False is told, but for nothing.
func (a *attributeReader) plain(name string) any {
	v := a.get(name)
	if v == nil || v == python.False && name != "parallel" {
		return nil
	}
	if items, ok := itemsOf(v); ok && len(items) == 0 {
		return nil
	}
	if err := measure(a.c.in, 0, v); err != nil {
		a.fail(name, err)
		return nil
	}
	return plain(v)
}
