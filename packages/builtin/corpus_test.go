package builtin

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages"
)

// corpusRecipe is what Spack's own repository (github.com/spack/spack-packages at 1e8cf059e35d, 2026-07-01) says of a package.
// testdata/corpus.jsonl holds it for every builtin recipe.
type corpusRecipe struct {
	Name     string
	Versions map[string]string // to the sha256
	Flags    map[string][]string
	Variants []corpusVariant
	Provides []string
}

type corpusVariant struct {
	Name    string
	Kind    string
	Default []string
	Values  []string
	Multi   bool
	Sticky  bool
}

// deliberate lists where a builtin recipe differs on purpose: package, then the reason, then what differs.
var deliberate = map[string]map[string][]string{
	"blis": {otherVersions: {"no variant scalapack"}},
	"cmake": {
		noRecipe: {"no variant doc", "no variant qtgui"},
		"only the bundled libraries can be had, so nothing may turn it off": {"variant ownlibs: sticky"},
	},
	"expat": {
		autotoolsAlone:                       {"no variant build_type", "no variant generator", "no variant ipo", "no variant shared"},
		"the kernel gives it random numbers": {"no variant libbsd"},
	},
	"fftw": {"the patches are part of Spack's repository and not of FFTW": {"no variant pfft_patches"}},
	"gcc": {
		buildOnly:                    {"no variant libsanitizer", "no variant mold", "no variant profiled", "no variant build_type"},
		"no builtin recipe needs Go": {"provides go-or-gccgo-bootstrap there", "provides golang there"},
	},
	"gmake": {noRecipe: {"no variant guile"}},
	"hpcc":  {noRecipe: {"no value fft=mkl"}},
	"hwloc": {
		noRecipe: {"no variant cairo", "no variant gl", "no variant libudev", "no variant netloc"},
		noGPU: {
			"no variant cuda", "no variant cuda_arch", "no variant rocm", "no variant amdgpu_target", "no variant level_zero",
			"no variant nvml", "no variant opencl",
		},
	},
	"hypre": {
		noRecipe: {"no variant caliper", "no variant superlu-dist", "no variant umpire"},
		noGPU: {
			"no variant amdgpu_target", "no variant cuda", "no variant cuda_arch", "no variant cxxstd", "no variant gpu-aware-mpi",
			"no variant gpu-profiling", "no variant magma", "no variant rocm", "no variant sycl", "no variant unified-memory",
		},
		otherVersions: {
			"no variant internal-superlu", "no variant build_type", "no variant generator", "no variant ipo", "no value precision=mixed",
		},
		"the patch is part of Spack's repository and not of hypre": {"no variant gptune"},
	},
	"jsoncpp": {otherVersions: {"no variant cxxstd"}},
	"libxml2": {
		autotoolsAlone:                        {"no variant build_type", "no variant generator", "no variant ipo"},
		"Python modules come with its recipe": {"no variant python"},
	},
	"m4":            {"it uses no libsigsegv": {"no variant sigsegv"}},
	"meson":         {debian: {"no version 1.0.1 there"}},
	"netlib-lapack": {noRecipe: {"no variant xblas"}},
	"ninja":         {"the parsers that re2c would write come with it": {"no variant re2c"}},
	"openmpi":       {otherVersions: {"no variant sqlite3", "no variant thread_multiple"}},
	"openssl": {
		"the host's own certificates are those that its administrators keep": {"variant certs is mozilla by default there"},
		"it is for Windows": {"no variant dynamic"},
	},
	"perl":                  {"CPAN's installer is not part of Perl": {"no variant cpanm"}},
	"pmix":                  {noRecipe: {"no variant munge", "no variant restful"}, buildOnly: {"no variant docs", "no variant python"}},
	"py-flit-core":          {debian: {"another sha256 of 3.8.0"}},
	"py-mpi4py":             {debian: {"another sha256 of 3.1.4"}},
	"py-poetry-core":        {debian: {"no version 1.4.0 there"}},
	"py-pyproject-metadata": {debian: {"another sha256 of 0.6.1"}},
	"py-setuptools":         {debian: {"no version 66.1.1 there"}},
	"py-wheel":              {debian: {"no version 0.38.4 there"}},
	"python":                {buildOnly: {"no variant crypt", "no variant freethreading", "no variant tix", "no variant zstd"}},
}

// Reasons that several recipes share.
const (
	noRecipe      = "needs a package of which there is no builtin recipe"
	noGPU         = "the builtin recipes build nothing for GPUs yet"
	otherVersions = "belongs to versions that the builtin recipe does not have"
	// Spack has wheels, or archives made for an index, of which Debian carries none.
	debian         = "upstream's archive of the release as Debian carries it, so that it can be built where no Python index can be reached"
	autotoolsAlone = "it is built by configure alone"
	buildOnly      = "only matters where the package is built, which its builtin recipe does not do"
)

func readCorpus(t *testing.T) map[string]corpusRecipe {
	t.Helper()
	f, err := os.Open("testdata/corpus.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	corpus := map[string]corpusRecipe{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r corpusRecipe
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		corpus[r.Name] = r
	}
	return corpus
}

// TestMeansTheSameAsSpack holds names, versions, variants, defaults and virtuals against Spack's, so that the two can be mixed.
func TestMeansTheSameAsSpack(t *testing.T) {
	repo, corpus := open(t), readCorpus(t)
	for _, name := range repo.Names() {
		recipe, err := repo.Recipe(context.Background(), name)
		if err != nil {
			t.Fatal(err)
		}
		theirs, ok := corpus[name]
		if !ok {
			t.Errorf("%s: Spack has no package of this name", name)
			continue
		}
		var found []string
		found = append(found, compareVersions(recipe, theirs)...)
		found = append(found, compareVariants(recipe, theirs)...)
		found = append(found, compareProvides(recipe, theirs)...)
		known := slices.Concat(slices.Collect(maps.Values(deliberate[name]))...)
		for _, d := range found {
			if !slices.Contains(known, d) {
				t.Errorf("%s: %s", name, d)
			}
		}
		for _, d := range known {
			if !slices.Contains(found, d) {
				t.Errorf("%s: listed as deliberate, and not so: %s", name, d)
			}
		}
	}
}

func compareVersions(r *packages.Recipe, c corpusRecipe) (diffs []string) {
	for _, v := range r.Versions {
		text := v.Version.String()
		sha, ok := c.Versions[text]
		flags := c.Flags[text]
		switch {
		case !ok:
			diffs = append(diffs, "no version "+text+" there")
		case v.SHA256 != "" && sha != v.SHA256:
			diffs = append(diffs, "another sha256 of "+text)
		case v.Preferred != slices.Contains(flags, "preferred"), v.Deprecated != slices.Contains(flags, "deprecated"):
			diffs = append(diffs, fmt.Sprintf("version %s is %v there", text, flags))
		}
	}
	return diffs
}

func compareVariants(r *packages.Recipe, c corpusRecipe) (diffs []string) {
	for _, v := range r.Variants {
		if v.Name == "build_system" {
			continue // our build systems are fewer; their names are the same
		}
		if d := compareVariant(v, c.Variants); d != "" {
			diffs = append(diffs, d)
		}
	}
	for _, theirs := range c.Variants {
		if theirs.Name == "build_system" {
			continue
		}
		d := "no variant " + theirs.Name
		if !slices.ContainsFunc(r.Variants, func(v packages.VariantDecl) bool { return v.Name == theirs.Name }) && !slices.Contains(diffs, d) {
			diffs = append(diffs, d)
		}
	}
	return diffs
}

// compareVariant wants one definition there that means the same.
func compareVariant(v packages.VariantDecl, theirs []corpusVariant) string {
	diff := "variant " + v.Name + " is not there"
	for _, c := range theirs {
		if c.Name != v.Name {
			continue
		}
		multi := v.Kind == packages.MultiVariant
		var values, missing []string
		for _, x := range v.Values {
			values = append(values, x.Value)
			if len(c.Values) > 0 && !slices.Contains(c.Values, x.Value) {
				return "value " + v.Name + "=" + x.Value + " is not there"
			}
		}
		for _, x := range c.Values {
			if !slices.Contains(values, x) && v.Kind != packages.BoolVariant && !v.Any {
				missing = append(missing, x)
			}
		}
		switch {
		case (v.Kind == packages.BoolVariant) != (c.Kind == "bool"), multi != c.Multi:
			diff = "variant " + v.Name + " is of another kind"
		case !slices.Equal(v.Default, c.Default):
			diff = fmt.Sprintf("variant %s is %s by default there", v.Name, strings.Join(c.Default, ","))
		case v.Sticky != c.Sticky:
			diff = "variant " + v.Name + ": sticky"
		case len(missing) > 0:
			diff = "no value " + v.Name + "=" + strings.Join(missing, ",")
		default:
			return ""
		}
	}
	return diff
}

func compareProvides(r *packages.Recipe, c corpusRecipe) (diffs []string) {
	var ours []string
	for _, p := range r.Provides {
		for _, v := range p.Virtuals {
			ours = append(ours, v.Name)
			if !slices.Contains(c.Provides, v.Name) {
				diffs = append(diffs, "does not provide "+v.Name+" there")
			}
		}
	}
	for _, v := range c.Provides {
		if !slices.Contains(ours, v) {
			diffs = append(diffs, "provides "+v+" there")
		}
	}
	return diffs
}
