package index

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/spackrepo/record"
	"github.com/berth-hpc/berth/spec"
)

// FuzzIndex: whatever stands in a file, reading it ends, and in a recipe, an error, or neither file nor memory that was asked for.
func FuzzIndex(f *testing.F) {
	c := contents{
		meta: meta{Key: "k", Identity: "git:1", Namespace: "n"}, names: []string{"a", "b"},
		virtuals: map[string][]string{"v": {"a"}}, files: []file{{path: "a.txt"}}, depends: [][]int{{0}, {}},
	}
	for _, r := range []*packages.Recipe{{Name: "a", Versions: []packages.VersionDecl{{Version: spec.MustVersion("1.2")}}}, {Name: "b"}} {
		entry, err := encodeEntry(r, nil)
		if err != nil {
			f.Fatal(err)
		}
		c.entries = append(c.entries, stored{bytes: entry})
	}
	pieces, err := c.layOut()
	if err != nil {
		f.Fatal(err)
	}
	var whole []byte
	for _, p := range pieces {
		whole = append(whole, p...)
	}
	f.Add(whole)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := openSnapshot(memory(data), int64(len(data)))
		if err != nil {
			return
		}
		_, _ = s.providers()
		_, _, _ = s.dependencies()
		for i := range s.names {
			if entry, err := s.entry(i); err == nil {
				_, _ = decodeEntry(entry, &specCache{})
			}
		}
	})
}

// everyField is a recipe with something in each of its fields.
var everyField = func() *packages.Recipe {
	place := packages.Place{File: "p/package.py", Line: 3, Col: 5}
	when := packages.When{spec.MustParse("@1.2: +x a=b,c"), spec.MustParse("target=zen3: ^q~~y")}
	patches := []packages.Patch{{URL: "u", File: "f", SHA256: "s", ArchiveSHA: "a", Level: 2, WorkingDir: "w", Reverse: true, When: when, Place: place}}
	env := []packages.ConditionalEnv{{Mods: []packages.EnvMod{{Op: packages.EnvAppend, Name: "N", Value: "V", Separator: ";"}}, When: when}}
	git := &packages.GitSource{URL: "u", Commit: "c", Tag: "t", Branch: "b", Ref: "r", Submodules: true}
	target := spec.MustParse("other@=2.1,3:4 a:=b %gcc@13")
	return &packages.Recipe{
		Name: "p", Namespace: "n", About: "about", Homepage: "home", Git: "g", Tags: []string{"t"}, Place: place, ExternalOnly: "never",
		Versions: []packages.VersionDecl{{
			Version: spec.MustVersion("1.2-rc1"), SHA256: "s", URLs: []string{"u"}, Expand: true, Extension: "tar", Preferred: true, Deprecated: true,
			Git: git, When: when, Place: place,
		}},
		Variants: []packages.VariantDecl{{
			Name: "v", About: "a", Kind: packages.MultiVariant, Default: []string{"d"}, Values: []packages.VariantValue{{Value: "x", When: when}}, Any: true,
			Sets: [][]string{{"a", "b"}, {"c"}}, Sticky: true, When: when, Place: place,
		}},
		Depends:      []packages.Dependency{{Spec: target, Types: spec.Link | spec.Run, When: when, Patches: patches, Place: place}},
		Conflicts:    []packages.Conflict{{Spec: target, When: when, Because: "b", Place: place}},
		Requires:     []packages.Requirement{{Specs: when, Policy: packages.OneOf, When: when, Because: "b", Place: place}},
		Provides:     []packages.Provision{{Virtuals: []*spec.Spec{target}, When: when, Place: place}},
		Extends:      []packages.Extension{{Spec: target, Types: spec.Build, When: when, Place: place}},
		Patches:      patches,
		Resources:    []packages.Resource{{Name: "r", URLs: []string{"u"}, SHA256: "s", Git: git, Destination: "d", Placement: map[string]string{"a": "b"}, When: when, Place: place}},
		Licenses:     []packages.License{{Expression: "MIT", When: when, Place: place}},
		Splices:      []packages.Splice{{Target: target, When: when, Place: place}},
		Redistribute: []packages.Redistribution{{Source: true, Binary: true, When: when, Place: place}},
		Maintainers:  []string{"m"},
		Sanity:       []packages.SanityCheck{{Path: "bin", Dir: true, When: when}},
		RunEnv:       env, BuildEnv: env, DepEnv: env,
		Detection:   &packages.Detection{Executables: []string{"e"}, Libraries: []string{"l"}, VersionArgs: []string{"-v"}, VersionExpr: "x", Variants: map[string]string{"a": "b"}},
		ContentHash: "c", Memory: 3 << 30,
		Builder: &record.Builder{Package: "p", System: "cmake", Digest: "d", Needs: []record.Need{{Method: "install", Place: place}}},
	}
}()

// TestEveryField: no field of a recipe is forgotten, also none that was added to packages.Recipe since.
func TestEveryField(t *testing.T) {
	assertFilled(t, reflect.ValueOf(*everyField), "Recipe")
	entry, err := encodeEntry(everyField, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeEntry(entry, &specCache{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(everyField, got, sameRecipe); diff != "" {
		t.Error(diff)
	}
	if _, err := encodeEntry(&packages.Recipe{Builder: otherBuilder{}}, nil); err == nil {
		t.Error("a builder that is not known is lost in silence")
	}
}

type otherBuilder struct{ packages.Builder }

// assertFilled holds that no field of the packages' types is zero, but for those that the index leaves out.
func assertFilled(t *testing.T, v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Struct:
		if !strings.HasSuffix(v.Type().PkgPath(), "/packages") {
			return
		}
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if name == "Text" || name == "Content" {
				continue
			}
			if v.Field(i).IsZero() {
				t.Errorf("%s.%s has nothing to be kept", path, name)
			}
			assertFilled(t, v.Field(i), path+"."+name)
		}
	case reflect.Slice:
		for i := range v.Len() {
			assertFilled(t, v.Index(i), path)
		}
	case reflect.Pointer:
		assertFilled(t, v.Elem(), path)
	}
}

// FuzzEntry: an entry whose checksum is right may still be anything, such as another berth's.
func FuzzEntry(f *testing.F) {
	entry, err := encodeEntry(everyField, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(entry)
	failed, err := encodeEntry(nil, os.ErrPermission)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(failed)
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decodeEntry(data, &specCache{})
		if (r == nil) == (err == nil) {
			t.Errorf("recipe %v, error %v", r, err)
		}
	})
}
