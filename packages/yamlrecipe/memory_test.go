package yamlrecipe

import (
	"strings"
	"testing"
)

func TestMemory(t *testing.T) {
	const recipe = "name: x\nabout: an example\nversions: {}\nexternal_only: it is one\nmemory: "
	for text, want := range map[string]int64{"3 GiB": 3 << 30, "1.5 GiB": 3 << 29, "700 MiB": 700 << 20} {
		r, err := Parse("x.yaml", []byte(recipe+text+"\n"), nil)
		if err != nil || r.Memory != want {
			t.Errorf("%s: %v, %v", text, r, err)
		}
	}
	for _, text := range []string{"3", "3 GB", "GiB", "-1 GiB", "much", "[3 GiB]", "99999999 GiB"} {
		if _, err := Parse("x.yaml", []byte(recipe+text+"\n"), nil); err == nil || !strings.Contains(err.Error(), "x.yaml:5:9") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
