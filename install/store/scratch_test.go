package store

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/berth-hpc/berth/install/internal/testdag"
	"github.com/berth-hpc/berth/install/stage"
)

// TestStagesOfAnEarlierJob: each job has another $TMPDIR on the same machine.
func TestStagesOfAnEarlierJob(t *testing.T) {
	s, _ := testStore(t)
	n := testdag.Parse(t, graph)
	disk := t.TempDir()
	s.Scratch = filepath.Join(disk, "job1")
	must(t, s.Prepare())
	killed, err := stage.New(s.StageDir(), BaseName(n["zlib"]))
	must(t, err)
	failed, err := stage.New(s.StageDir(), BaseName(n["hdf5"]))
	must(t, err)
	must(t, failed.Keep(stage.Failed))

	// A directory that this machine has never had stages in, but that another says it has.
	foreign := filepath.Join(disk, "foreign", BaseName(n["zlib"]))
	must(t, os.MkdirAll(foreign, 0o755))
	must(t, os.WriteFile(s.scratchNote("another", filepath.Dir(foreign)), []byte("another\n"+filepath.Dir(foreign)+"\n"), 0o644))
	// A note that was torn.
	must(t, os.WriteFile(filepath.Join(s.scratchNotes(), "0123456789abcdef"), []byte("an"), 0o644))

	next, err := Open(s.Root())
	must(t, err)
	next.Scratch = filepath.Join(disk, "job2")
	must(t, next.Prepare())
	must(t, next.Sweep())
	for path, want := range map[string]bool{killed.Dir: false, failed.Dir: true, foreign: true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
	}

	// When the last stage is gone, so is what was remembered.
	must(t, failed.Remove())
	must(t, next.Sweep())
	notes, err := os.ReadDir(next.scratchNotes())
	must(t, err)
	if _, err := os.Stat(filepath.Join(disk, "job1")); err == nil || len(notes) != 3 { // of job2, the other machine, the torn one
		t.Errorf("job1 is not forgotten: %v, %v", err, notes)
	}
}
