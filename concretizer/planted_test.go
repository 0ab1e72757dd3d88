package concretizer

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var planted = flag.String("planted", "", "plant the mistakes of testdata/planted.txt whose names match this regular expression, one by one, and see that the tests find them; * is all: some 10 s of a processor each")

// mistake is one edit of the encoder that makes it wrong.
type mistake struct{ name, file, old, new string }

// TestMistakesFit sees to it that the mistakes can still be planted: what each replaces stands once in its file.
func TestMistakesFit(t *testing.T) {
	for _, m := range readMistakes(t) {
		m.plantedText(t)
	}
}

// plantedText is the file with the mistake.
func (m mistake) plantedText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(m.file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), m.old); n != 1 {
		t.Fatalf("%s: what is to be replaced stands there %d times, not once; the encoder has changed, so change testdata/planted.txt:\n%s", m.file, n, m.old)
	}
	return strings.Replace(string(text), m.old, m.new, 1)
}

// TestPlantedMistakes breaks the encoder in one place after the other, by an overlay over its files, and runs the tests: each time, some must fail.
func TestPlantedMistakes(t *testing.T) {
	if *planted == "" {
		t.Skip("takes minutes: use -planted '*', or make planted")
	}
	names, err := regexp.Compile(strings.TrimPrefix(*planted, "*"))
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, m := range readMistakes(t) {
		if !names.MatchString(m.name) {
			continue
		}
		count++
		t.Run(m.name, func(t *testing.T) { plant(t, m) })
	}
	t.Logf("%d mistakes planted", count)
}

func readMistakes(t *testing.T) []mistake {
	t.Helper()
	text, err := os.ReadFile("testdata/planted.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []mistake
	for i, part := range strings.Split(string(text), "\n=== ") {
		if i == 0 {
			continue // what the file says of itself
		}
		name, rest, _ := strings.Cut(part, "\n--- ")
		file, rest, _ := strings.Cut(rest, "\n")
		old, instead, ok := strings.Cut(rest, "\n--- instead")
		if !ok {
			t.Fatalf("%s: it does not say what stands instead", name)
		}
		out = append(out, mistake{name, file, old, strings.TrimSuffix(strings.TrimPrefix(instead, "\n"), "\n")})
	}
	return out
}

// plant runs the tests of this package with one mistake.
func plant(t *testing.T, m mistake) {
	t.Helper()
	text := m.plantedText(t)
	dir := t.TempDir()
	wrong, overlay := filepath.Join(dir, m.file), filepath.Join(dir, "overlay.json")
	here, err := filepath.Abs(m.file)
	if err != nil {
		t.Fatal(err)
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": {here: wrong}})
	if err != nil {
		t.Fatal(err)
	}
	for file, data := range map[string][]byte{wrong: []byte(text), overlay: list} {
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "go", "test", "-vet=off", "-failfast", "-overlay", overlay, "-skip", "Planted|Cores|Builtin", "-universes", "300", ".").CombinedOutput()
	switch {
	case ctx.Err() != nil:
		t.Errorf("the tests do not end")
	case err == nil:
		t.Errorf("no test finds it")
	case strings.Contains(string(out), "[build failed]"):
		t.Errorf("it is no program:\n%s", out)
	default:
		t.Logf("found by %s", found(string(out)))
	}
}

// found names the tests that failed.
func found(out string) string {
	var names []string
	for line := range strings.Lines(out) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "--- FAIL: "); ok {
			name, _, _ := strings.Cut(rest, " ")
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
