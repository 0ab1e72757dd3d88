package yamlrecipe

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/spec"
)

// languageNames are the virtuals that compilers provide.
var languageNames = []string{"c", "cxx", "fortran"}

// readLanguages reads [c, {fortran: +fortran}]: build dependencies on what compilers provide.
func (rd *reader) readLanguages(n yamldoc.Node) {
	add := func(name, when yamldoc.Node) {
		text := name.Text()
		for _, known := range languageNames {
			if text == known {
				rd.recipe.Depends = append(rd.recipe.Depends, packages.Dependency{
					Spec: &spec.Spec{Name: text}, Types: spec.Build, When: rd.when(when), Place: name.Place(),
				})
				return
			}
		}
		if text != "" {
			name.FailUnknown("language", text, languageNames)
		}
	}
	for _, e := range n.ListOrOne() {
		if !e.IsMap() {
			add(e, yamldoc.Node{})
			continue
		}
		for _, entry := range e.Map() {
			add(entry.Key, entry.Value)
		}
	}
}

func (rd *reader) readDepends(n yamldoc.Node) {
	for _, e := range n.List() {
		d := packages.Dependency{Types: spec.Build | spec.Link, Place: e.Place()}
		var same yamldoc.Node
		if !e.IsMap() {
			d.Spec = e.Named()
		} else {
			f := e.Fields("spec", "type", "when", "same", "patches")
			same = f.Get("same")
			d.Spec = f.Need("spec").Named()
			d.When = rd.when(f.Get("when"))
			d.Patches = rd.patchList(f.Get("patches"), yamldoc.Node.When)
			if f.Has("type") {
				d.Types = f.Get("type").DepTypes()
			}
		}
		if d.Spec != nil {
			rd.recipe.Depends = append(rd.recipe.Depends, d)
			rd.same(d, same)
		}
	}
}

func (rd *reader) readConflicts(n yamldoc.Node) {
	for _, e := range n.List() {
		c := packages.Conflict{Place: e.Place()}
		if !e.IsMap() {
			c.Spec = rd.own(e)
		} else {
			f := e.Fields("spec", "when", "because")
			c.Spec, c.When, c.Because = rd.own(f.Need("spec")), rd.when(f.Get("when")), f.Get("because").Line()
		}
		if c.Spec != nil {
			rd.recipe.Conflicts = append(rd.recipe.Conflicts, c)
		}
	}
}

func (rd *reader) readRequires(n yamldoc.Node) {
	for _, e := range n.List() {
		r := packages.Requirement{Place: e.Place()}
		specs := e
		if e.IsMap() {
			f := e.Fields("spec", "all_of", "any_of", "one_of", "when", "because")
			key := f.OneOf("spec", "all_of", "any_of", "one_of")
			if key == "" {
				e.Errorf("one of spec, all_of, any_of and one_of is missing")
				continue
			}
			switch key {
			case "any_of":
				r.Policy = packages.AnyOf
			case "one_of":
				r.Policy = packages.OneOf
			}
			specs, r.When, r.Because = f.Get(key), rd.when(f.Get("when")), f.Get("because").Line()
		}
		for _, s := range specs.ListOrOne() {
			if parsed := rd.own(s); parsed != nil {
				r.Specs = append(r.Specs, parsed)
			}
		}
		if len(r.Specs) > 0 {
			rd.recipe.Requires = append(rd.recipe.Requires, r)
		}
	}
}

// readProvides reads [mpi, {virtual: "mpi@:3.1", when: "@4:"}, {virtuals: [blas, lapack]}].
func (rd *reader) readProvides(n yamldoc.Node) {
	for _, e := range n.ListOrOne() {
		p := packages.Provision{Place: e.Place()}
		virtuals := e
		if e.IsMap() {
			f := e.Fields("virtual", "virtuals", "when")
			key := f.OneOf("virtual", "virtuals")
			if key == "" {
				e.Errorf("key \"virtual\" is missing")
				continue
			}
			virtuals, p.When = f.Get(key), rd.when(f.Get("when"))
		}
		for _, v := range virtuals.ListOrOne() {
			if s := v.Named(); s != nil {
				p.Virtuals = append(p.Virtuals, s)
			}
		}
		if len(p.Virtuals) > 0 {
			rd.recipe.Provides = append(rd.recipe.Provides, p)
		}
	}
}

func (rd *reader) readExtends(n yamldoc.Node) {
	for _, e := range n.ListOrOne() {
		x := packages.Extension{Types: spec.Build | spec.Run, Place: e.Place()}
		if e.IsMap() {
			f := e.Fields("spec", "type", "when")
			x.Spec, x.When = f.Need("spec").Named(), rd.when(f.Get("when"))
			if f.Has("type") {
				x.Types = f.Get("type").DepTypes()
			}
		} else {
			x.Spec = e.Named()
		}
		if x.Spec != nil {
			rd.recipe.Extends = append(rd.recipe.Extends, x)
		}
	}
}

func (rd *reader) readLicenses(n yamldoc.Node) {
	for _, e := range n.ListOrOne() {
		l := packages.License{Place: e.Place()}
		if e.IsMap() {
			f := e.Fields("license", "when")
			l.Expression, l.When = f.Need("license").Line(), rd.when(f.Get("when"))
		} else {
			l.Expression = e.Line()
		}
		rd.recipe.Licenses = append(rd.recipe.Licenses, l)
	}
}

func (rd *reader) readPatches(n yamldoc.Node) []packages.Patch {
	return rd.patchList(n, rd.when)
}

// patchList reads patches whose conditions are read by when: those on a dependency speak of its variants and not of ours.
func (rd *reader) patchList(n yamldoc.Node, when func(yamldoc.Node) packages.When) []packages.Patch {
	var patches []packages.Patch
	for _, e := range n.List() {
		f := e.Fields("url", "file", "sha256", "archive_sha256", "level", "dir", "reverse", "when")
		p := packages.Patch{Level: 1, WorkingDir: f.Get("dir").Line(), Reverse: f.Get("reverse").Bool(), When: when(f.Get("when")), Place: e.Place()}
		if f.Has("level") {
			p.Level = f.Get("level").Int(0, 9)
		}
		switch f.OneOf("url", "file") {
		case "url":
			p.URL = f.Get("url").Line()
			p.SHA256 = rd.sha(f.Need("sha256"))
			p.ArchiveSHA = rd.sha(f.Get("archive_sha256"))
		case "file":
			rd.patchFile(&p, f)
		default:
			e.Errorf("a patch needs url or file")
		}
		if p.WorkingDir != "" && !insideOf(p.WorkingDir) {
			f.Get("dir").Errorf("%q leads out of the source directory", p.WorkingDir)
		}
		patches = append(patches, p)
	}
	return patches
}

func (rd *reader) patchFile(p *packages.Patch, f yamldoc.Fields) {
	p.File = f.Get("file").Line()
	if p.File == "" {
		return
	}
	content, ok := rd.files[p.File]
	if !ok {
		f.Get("file").Fail("there is no file "+p.File+" beside the recipe", "a recipe with patch files is a folder: NAME/recipe.yaml and NAME/"+path.Base(p.File))
		return
	}
	rd.used[p.File] = true
	sum := sha256.Sum256(content)
	p.Content, p.SHA256 = content, hex.EncodeToString(sum[:])
	if want := rd.sha(f.Get("sha256")); want != "" && want != p.SHA256 {
		f.Get("sha256").Errorf("%s has the sha256 %s", p.File, p.SHA256)
	}
}

// insideOf reports whether a relative path stays below the directory that it is relative to.
func insideOf(p string) bool {
	clean := path.Clean(p)
	return !path.IsAbs(p) && clean != ".." && !strings.HasPrefix(clean, "../")
}

func (rd *reader) readResources(n yamldoc.Node) {
	for _, e := range n.List() {
		f := e.Fields("name", "url", "urls", "sha256", "git", "commit", "tag", "branch", "submodules", "into", "placement", "when")
		r := packages.Resource{Name: f.Need("name").Line(), Destination: f.Get("into").Line(), When: rd.when(f.Get("when")), Place: e.Place()}
		if r.Destination != "" && !insideOf(r.Destination) {
			f.Get("into").Errorf("%q leads out of the source directory", r.Destination)
		}
		for _, p := range f.Get("placement").Map() {
			if r.Placement == nil {
				r.Placement = map[string]string{}
			}
			r.Placement[p.Name()] = p.Value.Text()
		}
		if f.Has("git") {
			r.Git = rd.gitSource(f)
		} else {
			r.SHA256 = rd.sha(f.Need("sha256"))
			if f.OneOf("url", "urls") == "" {
				e.Errorf("a resource needs url or git")
			}
			r.URLs = append(f.Get("url").Texts(), f.Get("urls").Texts()...)
		}
		rd.recipe.Resources = append(rd.recipe.Resources, r)
	}
}

func (rd *reader) readSplices(n yamldoc.Node) {
	for _, e := range n.List() {
		f := e.Fields("target", "when")
		if s := f.Need("target").Named(); s != nil {
			rd.recipe.Splices = append(rd.recipe.Splices, packages.Splice{Target: s, When: rd.when(f.Get("when")), Place: e.Place()})
		}
	}
}

func (rd *reader) readRedistribute(n yamldoc.Node) {
	for _, e := range n.ListOrOne() {
		f := e.Fields("source", "binary", "when")
		r := packages.Redistribution{Source: true, Binary: true, When: rd.when(f.Get("when")), Place: e.Place()}
		if f.Has("source") {
			r.Source = f.Get("source").Bool()
		}
		if f.Has("binary") {
			r.Binary = f.Get("binary").Bool()
		}
		rd.recipe.Redistribute = append(rd.recipe.Redistribute, r)
	}
}

func (rd *reader) readSanity(n yamldoc.Node) {
	for _, e := range n.ListOrOne() {
		f := e.Fields("files", "dirs", "when")
		when := rd.when(f.Get("when"))
		for _, key := range []string{"files", "dirs"} {
			for _, p := range f.Get(key).ListOrOne() {
				text := p.Line()
				if text != "" && !insideOf(text) {
					p.Errorf("%q leads out of the prefix", text)
					continue
				}
				rd.recipe.Sanity = append(rd.recipe.Sanity, packages.SanityCheck{Path: text, Dir: key == "dirs", When: when})
			}
		}
	}
}

func (rd *reader) readDetection(n yamldoc.Node) {
	if n.IsNull() {
		return
	}
	f := n.Fields("executables", "libraries", "version_args", "version", "variants")
	d := &packages.Detection{VersionArgs: f.Get("version_args").Texts()}
	d.Executables = expressions(f.Get("executables"))
	d.Libraries = expressions(f.Get("libraries"))
	if v := f.Need("version"); v.Exists() {
		d.VersionExpr = v.Text()
		if re := expression(v); re != nil && re.NumSubexp() < 1 {
			v.Fail("this expression has no group", "the first group is the version: ^cmake version (\\S+)")
		}
	}
	for _, e := range f.Get("variants").Map() {
		if d.Variants == nil {
			d.Variants = map[string]string{}
		}
		d.Variants[e.Name()] = e.Value.Text()
	}
	rd.recipe.Detection = d
}

func expressions(n yamldoc.Node) []string {
	var list []string
	for _, e := range n.ListOrOne() {
		if expression(e) != nil {
			list = append(list, e.Text())
		}
	}
	return list
}

func expression(n yamldoc.Node) *regexp.Regexp {
	re, err := regexp.Compile(n.Text())
	if err != nil {
		n.Errorf("this is no regular expression: %v", err)
		return nil
	}
	return re
}

// readMemory reads what one command of the build may need: "3 GiB".
func (rd *reader) readMemory(n yamldoc.Node) {
	if !n.Exists() {
		return
	}
	text := n.Line()
	if text == "" {
		return
	}
	number, unit, _ := strings.Cut(text, " ")
	value, err := strconv.ParseFloat(number, 64)
	size, known := map[string]float64{"MiB": 1 << 20, "GiB": 1 << 30}[unit]
	if err != nil || !known || value <= 0 || value*size > 1<<50 {
		n.Fail("this is no amount of memory", "a number with MiB or GiB: 3 GiB")
		return
	}
	rd.recipe.Memory = int64(value * size)
}
