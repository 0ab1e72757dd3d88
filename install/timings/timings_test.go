package timings

import (
	"bytes"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/page.html anew")

const s = time.Second

func example() Page {
	return Page{
		Title: "berth install", When: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Host: "login2", Jobs: 8,
		Tasks: []Task{
			{Name: "zlib 1.3.1", Hash: strings.Repeat("z", 32), Start: 0, End: 4 * s, Outcome: "built",
				Phases: []Phase{{"fetch", 0}, {"configure", 1 * s}, {"build", 2 * s}, {"install", 3 * s}}},
			{Name: "hwloc 2.9", Hash: strings.Repeat("w", 32), Start: 0, End: 9 * s, Outcome: "built", Phases: []Phase{{"fetch", 0}, {"build", 1 * s}}},
			{Name: "hdf5 1.14", Hash: strings.Repeat("h", 32), Start: 4 * s, End: 30 * s, Outcome: "built", Phases: []Phase{{"cmake", 4 * s}, {"build", 10 * s}},
				After: []string{strings.Repeat("z", 32)}},
			{Name: "odd <b>&", Hash: strings.Repeat("o", 32), Start: 9 * s, End: 11 * s, Outcome: "failed", Phases: []Phase{{"<script>", 9 * s}}, After: []string{strings.Repeat("w", 32)}},
			{Name: "last 1", Hash: strings.Repeat("l", 32), After: []string{strings.Repeat("o", 32)}},
			{Name: "top 1", Hash: strings.Repeat("t", 32), Start: 30 * s, End: 31 * s, Outcome: "interrupted", After: []string{strings.Repeat("h", 32), strings.Repeat("w", 32)}},
		},
	}
}

func TestCriticalPath(t *testing.T) {
	if diff := cmp.Diff([]int{0, 2, 5}, critical(example().Tasks)); diff != "" {
		t.Error(diff)
	}
	if chain := critical(nil); chain != nil {
		t.Errorf("of nothing: %v", chain)
	}
}

func TestPage(t *testing.T) {
	got := example().HTML()
	if *update {
		if err := os.WriteFile("testdata/page.html", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/page.html")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

// The page is well formed, brings everything along, and runs nothing, whatever packages are called.
func TestPageIsSelfContained(t *testing.T) {
	page := example().HTML()
	for _, outside := range []string{"http", "src=", "<script", "<link", "@import", "url(", "<b>"} {
		if bytes.Contains(page, []byte(outside)) {
			t.Errorf("it has %q in it", outside)
		}
	}
	text := bytes.Replace(page, []byte("<!DOCTYPE html>"), nil, 1)
	text = bytes.Replace(text, []byte(`<meta charset="utf-8">`), nil, 1)
	bars, d := 0, xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("not well formed: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" {
			bars++
		}
	}
	if bars != 4+2+2+1+3 { // the phases, and a frame for each of the critical path
		t.Errorf("%d bars", bars)
	}
}

func TestAPageOfNothing(t *testing.T) {
	if page := string(Page{Title: "berth install"}.HTML()); !strings.Contains(page, "0 packages") {
		t.Error(page)
	}
}

func TestStep(t *testing.T) {
	for _, total := range []time.Duration{time.Millisecond, s, 90 * s, time.Hour, 26 * time.Hour, 1000 * time.Hour} {
		if n := total / step(total); n > 12 {
			t.Errorf("%v has %d lines", total, n)
		}
	}
}
