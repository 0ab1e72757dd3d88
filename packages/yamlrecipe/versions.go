package yamlrecipe

import (
	"regexp"
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
)

// sourceDefaults is the section source: what holds for every version that does not say otherwise.
type sourceDefaults struct {
	urls       []template
	git        string
	expand     bool
	extension  string
	submodules bool
}

var (
	sha256Text = regexp.MustCompile(`^[0-9a-f]{64}$`)
	commitText = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

func (rd *reader) readSource(n yamldoc.Node) {
	rd.source = sourceDefaults{expand: true}
	if n.IsNull() {
		return
	}
	f := n.Fields("url", "urls", "git", "expand", "extension", "submodules")
	rd.source.urls = rd.urls(f)
	rd.source.git = f.Get("git").Line()
	rd.recipe.Git = rd.source.git
	rd.source.extension = f.Get("extension").Line()
	rd.source.submodules = f.Get("submodules").Bool()
	if f.Has("expand") {
		rd.source.expand = f.Get("expand").Bool()
	}
}

// urls reads url or urls, whose templates may hold the version.
func (rd *reader) urls(f yamldoc.Fields) []template {
	key := f.OneOf("url", "urls")
	if key == "" {
		return nil
	}
	var list []template
	for _, e := range f.Get(key).ListOrOne() {
		list = append(list, parseTemplate(e, inURL))
	}
	return list
}

func (rd *reader) readVersions(n yamldoc.Node) {
	for _, e := range n.Map() {
		v := e.Key.Version()
		if v.IsZero() {
			continue
		}
		decl := packages.VersionDecl{Version: v, Expand: rd.source.expand, Extension: rd.source.extension, Place: e.Key.Place()}
		if e.Value.IsScalar() { // 1.2.3: SHA256
			decl.SHA256 = rd.sha(e.Value)
			decl.URLs = rd.expandURLs(rd.source.urls, decl, e.Value)
		} else {
			rd.readVersion(&decl, e)
		}
		rd.recipe.Versions = append(rd.recipe.Versions, decl)
	}
}

func (rd *reader) readVersion(decl *packages.VersionDecl, e yamldoc.Entry) {
	f := e.Value.Fields("sha256", "url", "urls", "expand", "extension", "preferred", "deprecated", "when",
		"git", "commit", "tag", "branch", "submodules")
	decl.Preferred = f.Get("preferred").Bool()
	decl.Deprecated = f.Get("deprecated").Bool()
	decl.When = rd.when(f.Get("when"))
	if f.Has("expand") {
		decl.Expand = f.Get("expand").Bool()
	}
	if f.Has("extension") {
		decl.Extension = f.Get("extension").Line()
	}
	if f.Has("commit") || f.Has("tag") || f.Has("branch") {
		decl.Git = rd.gitSource(f)
		return
	}
	if rd.recipe.ExternalOnly != "" {
		return
	}
	if !f.Has("sha256") {
		e.Key.Fail("version "+e.Name()+" has no source", "give sha256 for an archive, or commit, tag or branch for git")
		return
	}
	decl.SHA256 = rd.sha(f.Get("sha256"))
	urls := rd.urls(f)
	if urls == nil {
		urls = rd.source.urls
	}
	decl.URLs = rd.expandURLs(urls, *decl, e.Key)
}

func (rd *reader) gitSource(f yamldoc.Fields) *packages.GitSource {
	g := &packages.GitSource{
		URL: rd.source.git, Submodules: rd.source.submodules,
		Commit: f.Get("commit").Line(), Tag: f.Get("tag").Line(), Branch: f.Get("branch").Line(),
	}
	if f.Has("git") {
		g.URL = f.Get("git").Line()
	}
	if f.Has("submodules") {
		g.Submodules = f.Get("submodules").Bool()
	}
	if g.URL == "" {
		f.Node().Fail("this version has no repository", "give git: URL here or under source")
	}
	if g.Commit != "" && !commitText.MatchString(g.Commit) {
		f.Get("commit").Errorf("a commit is 40 hexadecimal digits")
	}
	if f.Has("branch") {
		f.OneOf("branch", "tag")
		f.OneOf("branch", "commit")
	}
	return g
}

func (rd *reader) sha(n yamldoc.Node) string {
	text := n.Line()
	if text != "" && !sha256Text.MatchString(text) {
		n.Errorf("a sha256 is 64 hexadecimal digits in lower case")
		return ""
	}
	return text
}

func (rd *reader) expandURLs(urls []template, decl packages.VersionDecl, at yamldoc.Node) []string {
	version := decl.Version.String()
	if len(urls) == 0 {
		at.Fail("version "+version+" has no URL", "give url here or under source")
		return nil
	}
	var list []string
	for _, t := range urls {
		list = append(list, t.url(rd.recipe.Name, version, decl.SHA256))
	}
	return list
}

func (rd *reader) readVariants(n yamldoc.Node) {
	for _, e := range n.Map() {
		if !variantName.MatchString(e.Name()) {
			e.Key.Fail("this is no variant name", "letters, digits, '-' and '_'")
			continue
		}
		for _, def := range e.Value.ListOrOne() {
			rd.recipe.Variants = append(rd.recipe.Variants, rd.readVariant(e.Key, def))
		}
		if e.Value.IsNull() {
			e.Key.Fail("variant "+e.Name()+" has no default", "write "+e.Name()+": {default: false}")
		}
	}
}

var variantName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

// readVariant reads one definition: true, false, or keys with values.
func (rd *reader) readVariant(key, n yamldoc.Node) packages.VariantDecl {
	decl := packages.VariantDecl{Name: key.Text(), Place: key.Place()}
	if n.IsScalar() {
		decl.Default = []string{boolText(n.Bool())}
		return decl
	}
	f := n.Fields("default", "about", "values", "multi", "any", "sets", "sticky", "when")
	decl.About = f.Get("about").Line()
	decl.Sticky = f.Get("sticky").Bool()
	decl.When = rd.when(f.Get("when"))
	decl.Any = f.Get("any").Bool()
	def := f.Need("default")
	switch {
	case f.Get("multi").Bool() || f.Has("sets"):
		decl.Kind = packages.MultiVariant
	case f.Has("values") || decl.Any:
		decl.Kind = packages.SingleVariant
	case def.Exists() && !def.IsBool():
		def.Fail("a variant without values is true or false", "list its values, or say any: true")
		return decl
	default:
		decl.Default = []string{boolText(def.Bool())}
		return decl
	}
	decl.Values = rd.readValues(f.Get("values"))
	readSets(&decl, f.Get("sets"))
	readDefault(&decl, def)
	if decl.Any {
		f.OneOf("any", "values")
		f.OneOf("any", "sets")
	} else if len(decl.Values) == 0 {
		n.Fail("variant "+decl.Name+" has no values", "list its values, or say any: true")
	}
	return decl
}

func boolText(on bool) string {
	if on {
		return "true"
	}
	return "false"
}

func (rd *reader) readValues(n yamldoc.Node) []packages.VariantValue {
	var values []packages.VariantValue
	for _, e := range n.List() {
		v := packages.VariantValue{}
		if e.IsMap() {
			f := e.Fields("value", "when")
			v.Value, v.When = f.Need("value").Text(), rd.when(f.Get("when"))
		} else {
			v.Value = e.Text()
		}
		if v.Value == "" {
			continue
		}
		if slices.ContainsFunc(values, func(o packages.VariantValue) bool { return o.Value == v.Value }) {
			e.Errorf("value %q stands twice", v.Value)
			continue
		}
		values = append(values, v)
	}
	return values
}

// readSets reads disjoint sets; their values are the variant's values.
func readSets(decl *packages.VariantDecl, n yamldoc.Node) {
	for _, set := range n.List() {
		values := set.Texts()
		slices.Sort(values)
		decl.Sets = append(decl.Sets, values)
		for _, v := range values {
			if !hasValue(decl, v) {
				decl.Values = append(decl.Values, packages.VariantValue{Value: v})
			}
		}
	}
}

func readDefault(decl *packages.VariantDecl, n yamldoc.Node) {
	elements := n.ListOrOne()
	if decl.Kind == packages.SingleVariant && len(elements) > 1 {
		n.Fail("variant "+decl.Name+" takes one value", "multi: true lets it take several")
		return
	}
	for _, e := range elements {
		text := e.Text()
		if text != "" && !decl.Any && len(decl.Values) > 0 && !hasValue(decl, text) {
			var known []string
			for _, v := range decl.Values {
				known = append(known, v.Value)
			}
			e.FailUnknown("value", text, known)
			continue
		}
		decl.Default = append(decl.Default, text)
	}
	slices.Sort(decl.Default)
}

func hasValue(decl *packages.VariantDecl, value string) bool {
	return slices.ContainsFunc(decl.Values, func(v packages.VariantValue) bool { return v.Value == value })
}
