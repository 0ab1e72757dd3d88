package spackrepo

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/spackrepo/record"
)

func TestRepo(t *testing.T) {
	r, err := OpenDir("testdata/repo", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Namespace() != "sample" || !strings.HasPrefix(r.Identity(), "dir:sha256:") {
		t.Errorf("it is %s, %s", r.Namespace(), r.Identity())
	}
	want := []string{"3d", "boost", "cycle-a", "cycle-b", "plugin-base", "sample"} // mpi is no package
	if diff := cmp.Diff(want, r.Names()); diff != "" {
		t.Error(diff)
	}
	if got := r.Virtuals(); !slices.Equal(got, []string{"plugin-api"}) {
		t.Errorf("virtuals are %q", got)
	}
	if got := r.Providers("plugin-api"); !slices.Equal(got, []string{"plugin-base"}) {
		t.Errorf("plugin-api is provided by %q", got)
	}
	for _, name := range []string{"mpi", "nothing", ""} {
		if _, err := r.Recipe(context.Background(), name); !errors.Is(err, packages.ErrUnknownPackage) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestRecipe(t *testing.T) {
	r, err := OpenDir("testdata/repo", Options{})
	if err != nil {
		t.Fatal(err)
	}
	recipe, files, err := r.Evaluate(context.Background(), "plugin-base")
	if err != nil {
		t.Fatal(err)
	}
	wantFiles := []string{"build_systems/autotools.py", "packages/plugin_base/package.py", "packages/plugin_base/patches/shared.patch"}
	if diff := cmp.Diff(wantFiles, files); diff != "" {
		t.Error(diff)
	}
	lines := []string{recipe.Namespace, recipe.Place.String(), recipe.Patches[0].SHA256[:8] + " " + string(recipe.Patches[0].Content[:7])}
	for _, d := range recipe.Depends {
		lines = append(lines, d.Spec.String()+" "+d.Types.String()+" when "+d.When.String()+" at "+d.Place.String())
	}
	for _, refusal := range recipe.Builder.(packages.Refusing).Refusals() {
		lines = append(lines, refusal.Because)
	}
	_, err = recipe.Builder.Phases(nil)
	lines = append(lines, err.Error())
	want := []string{
		"sample", "plugin_base/package.py:12", "814a62c2 --- a/x",
		"gmake build when build_system=autotools at build_systems/autotools.py:11",
		"gnuconfig build when build_system=autotools and target=aarch64: at build_systems/autotools.py:12",
		"berth does not run the build methods of Spack recipes yet: it needs its method configure_args() at plugin_base/package.py:16",
		"berth does not run the build methods of Spack recipes yet: plugin-base needs its method configure_args() at plugin_base/package.py:16",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	if !errors.Is(err, record.ErrMethods) {
		t.Error("the refusal does not say what it is")
	}
}

// TestContentHash: it follows every file that the recipe is made of, and no other.
func TestContentHash(t *testing.T) {
	hash := func(change func(fstest.MapFS)) string {
		r := sampleRepo(t, "", Options{})
		change(r.fsys.(fstest.MapFS))
		recipe, err := r.Recipe(context.Background(), "plugin-base")
		if err != nil {
			t.Fatal(err)
		}
		return recipe.ContentHash
	}
	same := hash(func(fstest.MapFS) {})
	if hash(func(f fstest.MapFS) { f["build_systems/cmake.py"].Data = []byte("x = 1\n") }) != same {
		t.Error("it follows a build system that the recipe has not")
	}
	for _, file := range []string{"build_systems/autotools.py", "packages/plugin_base/package.py", "packages/plugin_base/patches/shared.patch"} {
		if hash(func(f fstest.MapFS) { f[file].Data = append(slices.Clip(f[file].Data), "# more\n"...) }) == same {
			t.Errorf("it does not follow %s", file)
		}
	}
}

// TestConcurrent reads all recipes at once, several times.
func TestConcurrent(t *testing.T) {
	r := sampleRepo(t, (&sample{code: []string{"depends_on('zlib')"}}).text(), Options{})
	var wg sync.WaitGroup
	for range 8 {
		for _, name := range []string{"sample", "boost", "plugin-base", "3d"} {
			wg.Add(1)
			go func() {
				defer wg.Done()
				if _, _, err := r.Evaluate(context.Background(), name); err != nil {
					t.Error(err)
				}
			}()
		}
	}
	wg.Wait()
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	recipe := &fstest.MapFile{Data: []byte("")}
	for _, tc := range []struct{ name, config, want string }{
		{"nothing there", "", "open repository R: there is no repo.yaml in it, nor a spack-repo-index.yaml that says where one is"},
		{"no namespace", "repo: {api: v2.0}\n", "R/repo.yaml:1:7: "},
		{"a namespace that is none", "repo: {namespace: 'a b'}\n", `R/repo.yaml:1:19: namespace "a b" is no name`},
		{"an API that is none", "repo: {namespace: a, api: two}\n", `R/repo.yaml:1:27: "two" is no version of the package API`},
		{"an API of the future", "repo: {namespace: a, api: v9.0}\n", `R/repo.yaml:1:27: this repository needs package API v9.0`},
		{"an unknown key", "repo: {namespace: a, names: b}\n", `R/repo.yaml:1:22: `},
		{"a directory outside", "repo: {namespace: a, subdirectory: ../x}\n", `R/repo.yaml:1:36: the subdirectory "../x" leaves the repository`},
		{"no directory", "repo: {namespace: a, subdirectory: pkgs}\n", "open repository R: it has no directory pkgs"},
		{"no YAML", "repo: {", "R/repo.yaml:1"},
	} {
		files := fstest.MapFS{"packages/x/package.py": recipe}
		if tc.config != "" {
			files["repo.yaml"] = &fstest.MapFile{Data: []byte(tc.config)}
		}
		_, err := Open(files, Options{Label: "R"})
		if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func TestFindsARepositoryInACheckout(t *testing.T) {
	index := &fstest.MapFile{Data: []byte("repo_index:\n  paths:\n  - repos/spack_repo/site\n")}
	config := &fstest.MapFile{Data: []byte("repo: {namespace: site, api: v2.0}\n")}
	recipe := &fstest.MapFile{Data: []byte("from spack.package import *\nclass X(Package):\n    version('1')\n")}
	r, err := Open(fstest.MapFS{
		"spack-repo-index.yaml": index, "repos/spack_repo/site/repo.yaml": config, "repos/spack_repo/site/packages/x/package.py": recipe,
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, files, err := r.Evaluate(context.Background(), "x")
	if err != nil || p.Place.String() != "x/package.py:2" || !slices.Equal(files, []string{"repos/spack_repo/site/packages/x/package.py"}) {
		t.Errorf("%v, %q, %v", p, files, err)
	}
}

// TestOtherRepositories: a site's recipes inherit from those of another repository.
func TestOtherRepositories(t *testing.T) {
	builtin := sampleRepo(t, "", Options{})
	site := func(api, recipe string, o Options) (*packages.Recipe, error) {
		r, err := Open(fstest.MapFS{
			"repo.yaml":             &fstest.MapFile{Data: []byte("repo: {namespace: site, api: " + api + "}\n")},
			"packages/x/package.py": &fstest.MapFile{Data: []byte(recipe)},
		}, o)
		if err != nil {
			t.Fatal(err)
		}
		return r.Recipe(context.Background(), "x")
	}
	const v2 = `
from spack_repo.sample.packages.boost.package import Boost
from spack.package import *
class X(Boost):
    version("2")
`
	recipe, err := site("v2.0", v2, Options{Others: []*Repo{builtin}})
	if err != nil || len(recipe.Versions) != 2 || recipe.Versions[0].Place.String() != "boost/package.py:13" {
		t.Errorf("%+v, %v", recipe, err)
	}
	if _, err := site("v2.0", v2, Options{}); err == nil || !strings.Contains(err.Error(), "No module named 'spack_repo.sample.packages.boost.package'") {
		t.Errorf("without the other repository: %v", err)
	}
	if _, err := site("v1.0", "from spack.package import *\nclass X(Package):\n    version('1')\n", Options{}); err == nil ||
		!strings.Contains(err.Error(), "whose build systems are part of Spack") {
		t.Errorf("package API v1 without build systems: %v", err)
	}
}

// TestExternalOnly: of what a vendor delivers, a recipe tells versions, variants and what it provides, and builds nothing.
func TestExternalOnly(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	r, err := Open(fstest.MapFS{
		"repo.yaml":                      file("repo: {namespace: builtin, api: v2.0}\n"),
		"packages/cray_mpich/package.py": file("from spack.package import *\nclass CrayMpich(PackageBase):\n    version('8.1')\n    provides('mpi')\n"),
		"packages/mpich/package.py":      file("from spack.package import *\nclass Mpich(PackageBase):\n    version('4.2')\n    provides('mpi')\n"),
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	cray, err := r.Recipe(context.Background(), "cray-mpich")
	if err != nil || cray.ExternalOnly == "" || cray.Builder != nil || len(cray.Versions) != 1 {
		t.Errorf("%+v, %v", cray, err)
	}
	mpich, err := r.Recipe(context.Background(), "mpich")
	if err != nil || mpich.ExternalOnly != "" || mpich.Builder == nil {
		t.Errorf("%+v, %v", mpich, err)
	}
}

// TestPackageAPIv1 reads a checkout of a Spack that had its recipes itself.
func TestPackageAPIv1(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	r, err := Open(fstest.MapFS{
		"var/spack/repos/builtin/repo.yaml": file("repo:\n  namespace: builtin\n"),
		"lib/spack/spack/build_systems/generic.py": file(`
import spack.builder
import spack.package_base
from spack.directives import build_system

class Package(spack.package_base.PackageBase):
    build_system_class = "Package"
    build_system("generic")

@spack.builder.builder("generic")
class GenericBuilder(spack.builder.Builder):
    phases = ("install",)
`),
		"var/spack/repos/builtin/packages/py-x/package.py": file("from spack.package import *\nclass PyX(Package):\n    version('1')\n    depends_on('c', type='build')\n"),
		"var/spack/repos/builtin/packages/3proxy/package.py": file(`
import spack.build_systems.generic
from spack.package import *
from spack.pkg.builtin.py_x import PyX
from .py_x import PyX as Again

class _3proxy(PyX):
    depends_on("zlib")

class GenericBuilder(spack.build_systems.generic.GenericBuilder):
    def install(self, pkg, spec, prefix):
        pass
`),
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := r.Record(context.Background(), "3proxy")
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{p.Dir, p.Place.String(), strings.Join(p.MRO, " "), p.BuildSystem.Default, p.Methods[0].Place.String()}
	for _, d := range p.Dependencies {
		lines = append(lines, d.Spec+" from "+d.From+" at "+d.Place.String())
	}
	want := []string{
		"3proxy", "3proxy/package.py:7", "packages.py_x.package.PyX generic.Package", "generic", "3proxy/package.py:11",
		"c from packages.py_x.package.PyX at py-x/package.py:4", "zlib from  at 3proxy/package.py:8",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}
