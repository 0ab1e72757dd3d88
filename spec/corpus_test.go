package spec

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// testdata/specs.txt and versions.txt are a sample of what the recipes of spack-packages (2026-07-01) write, of every shape that occurs.
// The whole corpus, which lies in test/corpus, is tested too; $BERTH_CORPUS is the directory of another one.

func TestCorpusSample(t *testing.T) {
	checkSpecs(t, readLines(t, "testdata/specs.txt"))
	checkVersions(t, readLines(t, "testdata/versions.txt"))
}

func TestCorpus(t *testing.T) {
	dir := os.Getenv("BERTH_CORPUS")
	if dir == "" {
		dir = "../test/corpus/testdata"
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.jsonl.gz"))
	if len(files) == 0 {
		t.Fatalf("there is no corpus in %s", dir)
	}
	specs, versions := map[string]bool{}, map[string]bool{}
	for _, file := range files {
		readCorpus(t, file, specs, versions)
	}
	if len(specs) < 25_000 || len(versions) < 1_000 {
		t.Fatalf("the corpus has only %d specs and %d versions", len(specs), len(versions))
	}
	checkSpecs(t, keys(specs))
	checkVersions(t, keys(versions))
}

func checkSpecs(t *testing.T, texts []string) {
	t.Helper()
	for _, text := range texts {
		s, err := Parse(text)
		if err != nil {
			t.Error(err)
			continue
		}
		again, err := Parse(s.String())
		if err != nil || !reflect.DeepEqual(again, s) {
			t.Errorf("%s prints as %s, which reads back as %s, %v", text, s, again, err)
		}
		if !s.Satisfies(s) || !s.Intersects(s) || !s.Satisfies(&Spec{}) {
			t.Errorf("%s does not satisfy itself", text)
		}
		if meet, err := s.Constrain(s); err != nil || meet.String() != s.String() {
			t.Errorf("%s and itself are %s, %v", text, meet, err)
		}
	}
}

func checkVersions(t *testing.T, texts []string) {
	t.Helper()
	var list []Version
	for _, text := range texts {
		v, err := ParseVersion(text)
		if err != nil {
			t.Error(err)
			continue
		}
		if v.String() != text || !Exactly(v).Contains(v) || !v.IsPrerelease() && !VersionRange(v, v).Contains(v) {
			t.Errorf("%s is not in its own range, or prints as %s", text, v)
		}
		list = append(list, v)
	}
	slices.SortFunc(list, Version.Compare)
	for i := range list { // sorted means something only if the order is total: look further than at neighbours
		for j := i + 1; j < min(i+50, len(list)); j++ {
			if list[i].Compare(list[j]) > 0 || list[j].Compare(list[i]) < 0 {
				t.Errorf("%s and %s are out of order", list[i], list[j])
			}
		}
	}
}

func readLines(t testing.TB, path string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

func keys(set map[string]bool) []string {
	var list []string
	for key := range set {
		list = append(list, key)
	}
	slices.Sort(list)
	return list
}

func readCorpus(t *testing.T, path string, specs, versions map[string]bool) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var recipe any
		if err := json.Unmarshal(lines.Bytes(), &recipe); err != nil {
			t.Fatal(err)
		}
		collect(recipe, specs, versions)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// collect gathers the specs and versions of a recipe by the keys that hold them.
func collect(value any, specs, versions map[string]bool) {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			collect(item, specs, versions)
		}
	case map[string]any:
		for key, item := range value {
			switch text, isText := item.(string); {
			case key == "version" && isText:
				versions[text] = true
			case key == "spec" && isText:
				specs[text] = true
			case key == "when" || key == "specs" || key == "virtuals":
				for _, text := range item.([]any) {
					specs[text.(string)] = true
				}
			default:
				collect(item, specs, versions)
			}
		}
	}
}
