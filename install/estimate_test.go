package install

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/install/history"
	"github.com/berth-hpc/berth/install/internal/testdag"
	"github.com/berth-hpc/berth/install/room"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

func TestEstimate(t *testing.T) {
	h := history.Read(filepath.Join(t.TempDir(), "builds.json"))
	for name, seconds := range map[string]float64{"a": 10, "b": 20, "c": 30} {
		must(t, h.Note(name, spec.MustVersion("1"), history.Build{Seconds: seconds, Bytes: 1 << 20, Files: 100, StageBytes: int64(seconds) << 20, StageFiles: 7}))
	}
	n := testdag.Parse(t, "a@1\nb@2 a:link\nc@1\nnew@1 b:link")
	p := newPlan([]*dag.Node{n["new"], n["c"]}, func(*dag.Node) bool { return false })
	e := estimate(p, h, 2, false, history.Build{Seconds: 1})
	if e.Packages != 4 || e.Unknown != 1 || e.Bytes != 3<<20+300*blockSlack || e.Files != 300 {
		t.Errorf("got %+v", e)
	}
	if e.Time != 31*time.Second { // a, then b, then new; c beside them
		t.Errorf("takes %v", e.Time)
	}
	if e.StageBytes != 50<<20 || e.StageFiles != 14 { // b and c at once
		t.Errorf("stages take %d bytes, %d files", e.StageBytes, e.StageFiles)
	}
	if kept := estimate(p, h, 2, true, history.Build{}); kept.StageBytes != 60<<20 {
		t.Errorf("kept stages take %d bytes", kept.StageBytes)
	}
	if one := estimate(p, h, 1, false, history.Build{Seconds: 1}); one.Time != 61*time.Second {
		t.Errorf("one after the other takes %v", one.Time)
	}
}

func TestNoBuildBeginsWithoutRoom(t *testing.T) {
	w := newWorld(t, t.TempDir(), "app@1 gcc:build:c", map[string]string{"app": compile})
	left := room.Limit{Of: "your quota", Bytes: 1 << 30, Files: 1000}
	w.Limits = func(context.Context, string) []room.Limit {
		return []room.Limit{{Of: "the file system", Bytes: room.Unlimited, Files: room.Unlimited}, left}
	}
	h := history.Read(w.Store.HistoryPath())
	must(t, h.Note("app", spec.MustVersion("1"), history.Build{Bytes: 1 << 20, Files: 600, StageBytes: 2 << 30, StageFiles: 600}))

	_, err := w.install("app")
	var short *NoRoomError
	if !errors.As(err, &short) || len(short.Shortages) != 2 {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"your quota in ", "leaves 1.0 GiB, and about 2.0 GiB are needed", "leaves 1000 files, and about 1200 are needed"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not say %q", err, want)
		}
	}
	if got := w.installed(t); got != "" {
		t.Errorf("installed: %s", got)
	}

	asked := 0
	w.Confirm = func(*NoRoomError) bool { asked++; return asked > 1 }
	if _, err := w.install("app"); !errors.As(err, &short) {
		t.Errorf("a person said no: %v", err)
	}
	_, err = w.install("app")
	must(t, err)
	// Now it is known what it really takes.
	b, ok := history.Read(w.Store.HistoryPath()).Of("app", spec.MustVersion("1"))
	if !ok || b.Bytes < 1000 || b.Bytes > 1<<20 || b.Files < 5 || b.StageFiles < 5 || b.StageBytes < 4096 || b.Seconds <= 0 {
		t.Errorf("noted: %+v", b)
	}
}

func TestWhatWasNeverBuiltIsNotRefused(t *testing.T) {
	w := newWorld(t, t.TempDir(), "app@1 gcc:build:c", map[string]string{"app": compile})
	w.Limits = func(context.Context, string) []room.Limit {
		return []room.Limit{{Of: "your quota", Bytes: 1 << 20, Files: 10}}
	}
	var warned []string
	w.Store.Warn = func(m string) { warned = append(warned, m) }
	_, err := w.install("app")
	must(t, err)
	if len(warned) != 1 || !strings.Contains(warned[0], "there may not be room enough: your quota in ") || !strings.HasSuffix(warned[0], ", guessed for 1 package that berth has not built yet") {
		t.Errorf("warned: %q", warned)
	}
}
