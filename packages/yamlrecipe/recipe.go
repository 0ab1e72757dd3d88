package yamlrecipe

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
)

// recipeKeys are the keys of a recipe, in the order in which documents show them.
var recipeKeys = []string{
	"name", "about", "homepage", "license", "tags", "maintainers", "external_only",
	"source", "versions", "variants", "uses", "languages", "depends", "conflicts", "requires", "provides", "extends",
	"patches", "resources", "splices", "redistribute",
	"build", "build_env", "run_env", "dep_env", "check", "sanity", "memory", "detect",
}

var packageName = regexp.MustCompile(`^[a-z0-9_][a-z0-9_.-]*$`)

// Parse reads one recipe. file is the name that errors show; files holds what may stand beside the recipe (patches), by
// the name that the recipe uses. A recipe of the same text and files has the same ContentHash, wherever it is read from. The
// error holds a *yamldoc.Error for each mistake. The namespace is the caller's to set.
func Parse(file string, text []byte, files map[string][]byte) (*packages.Recipe, error) {
	doc, err := yamldoc.Parse(file, text)
	if err != nil {
		return nil, err
	}
	rd := &reader{recipe: &packages.Recipe{Text: slices.Clone(text)}, files: files, used: map[string]bool{}}
	rd.recipe.Place = doc.Root().Place()
	rd.read(doc.Root())
	if err := doc.Err(); err != nil {
		return nil, err
	}
	rd.recipe.ContentHash = contentHash(text, files, rd.used)
	return rd.recipe, nil
}

// Files lists the names of the files beside the recipe that it uses, sorted: what must be kept with its text to parse it again.
func Files(r *packages.Recipe) []string {
	var names []string
	add := func(patches []packages.Patch) {
		for _, p := range patches {
			if p.File != "" && !slices.Contains(names, p.File) {
				names = append(names, p.File)
			}
		}
	}
	add(r.Patches)
	for _, d := range r.Depends {
		add(d.Patches)
	}
	slices.Sort(names)
	return names
}

// contentHash digests the text and the files that the recipe uses.
func contentHash(text []byte, files map[string][]byte, used map[string]bool) string {
	h := sha256.New()
	part := func(name string, data []byte) {
		sum := sha256.Sum256(data)
		h.Write([]byte(hex.EncodeToString(sum[:]) + " " + name + "\n"))
	}
	part("recipe", text)
	names := make([]string, 0, len(used))
	for name := range used {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		part("file "+name, files[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// reader takes one recipe's document apart.
type reader struct {
	recipe *packages.Recipe
	files  map[string][]byte
	used   map[string]bool // the names in files that the recipe uses
	source sourceDefaults
	// owns holds the specs that speak of this package, to be checked when all its variants are known.
	owns []ownSpec
}

func (rd *reader) read(root yamldoc.Node) {
	if root.IsNull() {
		root.Fail("the recipe is empty", "it begins with name: NAME")
		return
	}
	f := root.Fields(recipeKeys...)
	r := rd.recipe
	rd.name(f.Need("name"))
	r.About = f.Get("about").Line()
	r.Homepage = f.Get("homepage").Line()
	r.Tags = f.Get("tags").Texts()
	r.Maintainers = f.Get("maintainers").Texts()
	r.ExternalOnly = f.Get("external_only").Line()

	rd.readSource(f.Get("source"))
	rd.readVersions(f.Get("versions"))
	rd.readVariants(f.Get("variants"))
	rd.readUses(f.Get("uses"))
	rd.readLanguages(f.Get("languages"))
	rd.readDepends(f.Get("depends"))
	rd.readConflicts(f.Get("conflicts"))
	rd.readRequires(f.Get("requires"))
	rd.readProvides(f.Get("provides"))
	rd.readExtends(f.Get("extends"))
	rd.readLicenses(f.Get("license"))
	r.Patches = rd.readPatches(f.Get("patches"))
	rd.readResources(f.Get("resources"))
	rd.readSplices(f.Get("splices"))
	rd.readRedistribute(f.Get("redistribute"))
	r.RunEnv = rd.readEnv(f.Get("run_env"))
	r.BuildEnv = rd.readEnv(f.Get("build_env"))
	r.DepEnv = rd.readEnv(f.Get("dep_env"))
	rd.readSanity(f.Get("sanity"))
	rd.readMemory(f.Get("memory"))
	rd.readDetection(f.Get("detect"))
	rd.readBuild(f)
	rd.checkOwn()
}

func (rd *reader) name(n yamldoc.Node) {
	rd.recipe.Name = n.Line()
	if rd.recipe.Name != "" && !packageName.MatchString(rd.recipe.Name) {
		n.Fail("this is no package name", "lower-case letters, digits, '-', '_' and '.'")
	}
	if n.Exists() {
		rd.recipe.Place = n.Place()
		rd.recipe.Place.Col = 1
	}
}
