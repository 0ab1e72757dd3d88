package corpus

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

func open(t testing.TB) *Repo {
	t.Helper()
	r, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func recipe(t testing.TB, name string) *packages.Recipe {
	t.Helper()
	p, err := open(t).Recipe(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEveryRecipe(t *testing.T) {
	r := open(t)
	names := r.Names()
	if len(names) != 8931-4 { // c, cxx, fortran and mpi are interfaces
		t.Errorf("%d recipes", len(names))
	}
	var versions, variants, depends, conflicts int
	for _, name := range names {
		p, err := r.Recipe(context.Background(), name)
		if err != nil {
			t.Error(err)
			continue
		}
		if p.Name != name || p.Place.File == "" {
			t.Errorf("the recipe of %s is of %s, in %s", name, p.Name, p.Place)
		}
		versions, variants, depends, conflicts = versions+len(p.Versions), variants+len(p.Variants), depends+len(p.Depends), conflicts+len(p.Conflicts)
		for _, d := range p.Depends {
			if d.Spec.Name == "" || d.Types == 0 {
				t.Errorf("%s depends on %s for %s", name, d.Spec, d.Types)
			}
		}
		for _, v := range p.Variants {
			if v.Kind == packages.BoolVariant && v.Default[0] != "true" && v.Default[0] != "false" {
				t.Errorf("%s: variant %s is %s by default", name, v.Name, v.Default)
			}
		}
	}
	// Counted in the file by other means, without those of the four interfaces.
	want := []int{44505, 23618, 159744, 26950}
	if got := []int{versions, variants, depends, conflicts}; !slices.Equal(got, want) {
		t.Errorf("%d versions, variants, dependencies, conflicts; want %d", got, want)
	}
}

func TestRecipe(t *testing.T) {
	p := recipe(t, "adios")
	var lines []string
	for _, v := range p.Versions[:2] {
		lines = append(lines, "version "+v.Version.String()+" "+v.SHA256)
	}
	for _, d := range p.Depends[:1] {
		lines = append(lines, "depends "+d.Spec.String()+" "+d.Types.String()+" when "+d.When.String())
	}
	for _, v := range p.Variants {
		if v.Name == "shared" || v.Name == "staging" {
			lines = append(lines, "variant "+v.Name+" "+strings.Join(v.Default, ","))
		}
	}
	want := []string{
		"version develop ",
		"version 1.13.1 b1c6949918f5e69f701cabfe5987c0b286793f1057d4690f04747852544e157b",
		"depends gnuconfig build when build_system=autotools and target=ppc64le:",
		"variant shared true",
		"variant staging none",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	if g := p.Versions[0].Git; g == nil || g.URL != "https://github.com/ornladios/ADIOS.git" || g.Branch != "master" {
		t.Errorf("develop comes from %+v", g)
	}
	if p.Place.String() != "adios/package.py" {
		t.Errorf("the recipe stands in %s", p.Place)
	}
}

func TestVariantKinds(t *testing.T) {
	find := func(pkg, name string) packages.VariantDecl {
		p := recipe(t, pkg)
		i := slices.IndexFunc(p.Variants, func(v packages.VariantDecl) bool { return v.Name == name })
		if i < 0 {
			t.Fatalf("%s has no variant %s", pkg, name)
		}
		return p.Variants[i]
	}
	for _, tc := range []struct {
		pkg, name string
		kind      packages.VariantKind
		values    int
		any       bool
		sets      int
		sticky    bool
	}{
		{"hdf5", "mpi", packages.BoolVariant, 0, false, 0, false},
		{"hdf5", "build_type", packages.SingleVariant, 4, false, 0, false},
		{"3dtk", "generator", packages.SingleVariant, 2, false, 0, false},
		{"gcc", "languages", packages.MultiVariant, 12, false, 0, false},
		{"gpi-2", "fabrics", packages.MultiVariant, 4, false, 4, false},
		{"hypre", "amdgpu_target", packages.MultiVariant, 45, false, 2, true},
		{"babelstream", "std_use_tbb", packages.BoolVariant, 0, false, 0, false},
		{"amdlibflame", "logging", packages.BoolVariant, 0, false, 0, false},
		{"jemalloc", "jemalloc_prefix", packages.SingleVariant, 0, true, 0, false},
	} {
		v := find(tc.pkg, tc.name)
		if v.Kind != tc.kind || len(v.Values) != tc.values || v.Any != tc.any || len(v.Sets) != tc.sets || v.Sticky != tc.sticky {
			t.Errorf("%s, %s: kind %d, %d values, any %t, %d sets, sticky %t", tc.pkg, tc.name, v.Kind, len(v.Values), v.Any, len(v.Sets), v.Sticky)
		}
	}
	if d := find("gcc", "languages").Default; !slices.Equal(d, []string{"c", "c++", "fortran"}) {
		t.Errorf("gcc's languages are %q", d)
	}
}

func TestVirtuals(t *testing.T) {
	r := open(t)
	if p := r.Providers("mpi"); !slices.Contains(p, "openmpi") || !slices.Contains(p, "mpich") || !slices.IsSorted(p) {
		t.Errorf("mpi is provided by %q", p)
	}
	if p := r.Providers("zlib"); len(p) != 0 {
		t.Errorf("zlib is no virtual, but is provided by %q", p)
	}
	if v := r.Virtuals(); len(v) < 40 || !slices.Contains(v, "fortran") {
		t.Errorf("virtuals are %q", v)
	}
	if _, err := r.Recipe(context.Background(), "mpi"); !errors.Is(err, packages.ErrUnknownPackage) {
		t.Errorf("mpi as a package: %v", err)
	}
	p := recipe(t, "gcc").Provides[0]
	if len(p.Virtuals) != 2 || p.When.String() != "languages=c,c++" {
		t.Errorf("gcc provides %s when %s", p.Virtuals, p.When)
	}
}

func TestConfig(t *testing.T) {
	c, err := Config()
	if err != nil {
		t.Fatal(err)
	}
	x := c.Packages["gcc"].Externals
	if len(x) != 1 || !x[0].Spec.Satisfies(spec.MustParse("gcc@12 languages=c,c++,fortran")) {
		t.Errorf("externals of gcc: %v", x)
	}
	// A name that the corpus does not have would silently prefer nothing.
	r := open(t)
	for virtual, providers := range c.All.Providers {
		for _, p := range providers {
			if !slices.Contains(r.Providers(virtual), p.Name) {
				t.Errorf("%s does not provide %s", p.Name, virtual)
			}
		}
	}
	for name := range c.Packages {
		if _, err := r.Recipe(context.Background(), name); err != nil {
			t.Error(err)
		}
	}
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	if _, err := Read([]byte("no gzip")); err == nil {
		t.Error("a corpus that is no gzip file is read")
	}
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		if _, err := Read(embedded); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeAll(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		r, err := Read(embedded)
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		for _, name := range r.names {
			if _, err := r.Recipe(context.Background(), name); err != nil {
				b.Fatal(err)
			}
		}
	}
}
