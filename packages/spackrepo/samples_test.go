package spackrepo

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/packages/spackrepo/record"
)

var update = flag.Bool("update", false, "rewrite what the samples are expected to give")

// sample is a recipe and what it declares. In a file of samples it looks like this; a recipe without a class is the body of one:
//
//	[types of a dependency]
//	depends_on("zlib", type="link")
//	=> dependencies {"spec":"zlib","types":["link"]}
type sample struct {
	title string
	code  []string
	want  []string
}

// TestSamples reads each sample as the recipe of the package sample in testdata/repo.
func TestSamples(t *testing.T) {
	files, err := filepath.Glob("testdata/samples/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no samples", err)
	}
	total := 0
	for _, file := range files {
		samples := readSamples(t, file)
		total += len(samples)
		for i := range samples {
			s := &samples[i]
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt")+"/"+s.title, func(t *testing.T) {
				got := s.evaluate(t)
				if *update {
					s.want = got
				} else if diff := cmp.Diff(s.want, got); diff != "" {
					t.Errorf("%s\n%s", strings.Join(s.code, "\n"), diff)
				}
			})
		}
		if *update {
			writeSamples(t, file, samples)
		}
	}
	if total < 300 {
		t.Errorf("%d samples", total)
	}
}

// sampleRepo is testdata/repo with a recipe for the package sample.
func sampleRepo(t testing.TB, code string, o Options) *Repo {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS("testdata/repo"), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join("testdata/repo", p))
		files[p] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	files["packages/sample/package.py"] = &fstest.MapFile{Data: []byte(code)}
	r, err := Open(files, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// text is the sample as a recipe.
func (s *sample) text() string {
	for _, line := range s.code {
		if strings.HasPrefix(line, "class Sample") {
			return strings.Join(s.code, "\n") + "\n"
		}
	}
	text := "from spack.package import *\nclass Sample(Package):\n"
	for _, line := range s.code {
		text += "    " + line + "\n"
	}
	return text
}

// evaluate gives what the sample declares, a line for each thing, or the error.
func (s *sample) evaluate(t *testing.T) []string {
	o := Options{}
	if strings.HasPrefix(s.title, "cray: ") {
		o.Host = Host{
			Env: map[string]string{"CRAYPE_NETWORK_TARGET": "ofi"}, Files: map[string]bool{"/opt/cray/pe": true, "/lib64/libcxi.so": true},
			Programs: map[string]Program{"srun": {Path: "/usr/bin/srun"}, "fi_info": {Path: "/usr/bin/fi_info", Output: map[string]string{"-l": "cxi\n"}}},
		}
	}
	if strings.HasPrefix(s.title, "mac: ") {
		o.Host = Host{Platform: "darwin", Machine: "arm64", OS: "sonoma"}
	}
	r := sampleRepo(t, s.text(), o)
	p, _, err := r.Record(context.Background(), "sample")
	if err == nil {
		_, _, err = r.Evaluate(context.Background(), "sample")
	}
	if err != nil {
		return []string{"error: " + strings.TrimPrefix(err.Error(), "read recipe of sample: ")}
	}
	return describe(t, p)
}

// describe lists what a record says beyond what every record of a Package does.
func describe(t *testing.T, p *record.Package) []string {
	var fields map[string]json.RawMessage
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	usual := map[string]string{
		"name": `"sample"`, "dir": `"sample"`, "class": `"Sample"`, "bases": `["Package"]`, "mro": `[]`, "builders": `[]`,
		"attrs": `{"build_system_class":"Package"}`, "build_system": `{"values":[{"value":"generic"}],"default":"generic"}`,
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if string(fields[name]) == usual[name] {
			continue
		}
		var list []json.RawMessage
		if json.Unmarshal(fields[name], &list) != nil || name == "bases" || name == "mro" || name == "builders" {
			lines = append(lines, name+" "+string(fields[name]))
			continue
		}
		for _, element := range list {
			if line := name + " " + string(element); !strings.Contains(line, `"from":"spack.package.Package"`) {
				lines = append(lines, line)
			}
		}
	}
	for _, s := range p.Splices {
		lines = append(lines, fmt.Sprintf("splices %s when %q", s.Target, s.When))
	}
	if len(p.Maintainers) > 0 {
		lines = append(lines, "maintainers "+strings.Join(p.Maintainers, " "))
	}
	if p.About != "" {
		lines = append(lines, "about "+p.About)
	}
	return lines
}

func readSamples(t testing.TB, file string) []sample {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var samples []sample
	for n, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		title, isTitle := strings.CutPrefix(line, "[")
		switch {
		case isTitle && strings.HasSuffix(title, "]"):
			samples = append(samples, sample{title: strings.TrimSuffix(title, "]")})
		case len(samples) == 0:
			t.Fatalf("%s:%d: no title yet", file, n+1)
		case strings.HasPrefix(line, "=> "):
			s := &samples[len(samples)-1]
			s.want = append(s.want, line[3:])
		default:
			s := &samples[len(samples)-1]
			s.code = append(s.code, line)
		}
	}
	for i := range samples {
		for n := len(samples[i].code); n > 0 && samples[i].code[n-1] == ""; n-- {
			samples[i].code = samples[i].code[:n-1]
		}
	}
	return samples
}

func writeSamples(t *testing.T, file string, samples []sample) {
	t.Helper()
	var b strings.Builder
	for i, s := range samples {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "[%s]\n%s\n", s.title, strings.Join(s.code, "\n"))
		for _, line := range s.want {
			fmt.Fprintf(&b, "=> %s\n", line)
		}
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
