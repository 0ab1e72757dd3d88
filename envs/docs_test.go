package envs

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestManifestIsDocumented holds that docs/env-yaml.md has a row for each key, and that its examples, and those of other documents, are read.
func TestManifestIsDocumented(t *testing.T) {
	reference, err := os.ReadFile("../docs/env-yaml.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := yamlBlock.FindAllSubmatch(reference, -1)
	if len(blocks) < 3 {
		t.Fatalf("docs/env-yaml.md has %d examples", len(blocks))
	}
	for _, key := range manifestKeys {
		if !strings.Contains(string(reference), "\n| `"+key) {
			t.Errorf("docs/env-yaml.md has no row for %s", key)
		}
		if !strings.Contains(string(blocks[0][1]), "\n"+key+":") && !strings.HasPrefix(string(blocks[0][1]), key+":") && key != "toolchains" {
			t.Errorf("the first example of docs/env-yaml.md lacks %s", key)
		}
	}
	for _, file := range []string{"../docs/env-yaml.md", "../README.md", "../docs/getting-started.md", "../docs/for-spack-users.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range yamlBlock.FindAllSubmatch(text, -1) {
			example := string(block[1])
			if !strings.HasPrefix(example, "berth:") {
				example = "berth: 1\n" + example
			}
			if _, err := ParseManifest(file, []byte(example)); err != nil {
				t.Errorf("%s: %v\n%s", file, err, block[1])
			}
		}
	}
}
