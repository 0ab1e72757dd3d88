package install

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/install/history"
	"github.com/berth-hpc/berth/install/room"
	"github.com/berth-hpc/berth/install/store"
)

// Estimate is what builds are going to take, by what builds of the same packages took before.
type Estimate struct {
	Packages int
	Unknown  int // packages that were never built here: for them stands what is usual

	Bytes, Files           int64 // that the store grows by
	StageBytes, StageFiles int64 // at most at once in stages, on top of that while it goes on
	Time                   time.Duration
	Took                   map[string]time.Duration // by hash, of those that were built before
}

// usual stands for packages of which nothing is known: about the median of what the builtin recipes take.
var usual = history.Build{Seconds: 45, Bytes: 12 << 20, Files: 300, StageBytes: 80 << 20, StageFiles: 2500}

// blockSlack is what a file takes on disk on top of its size, on average.
const blockSlack = 2 << 10

// estimate adds up what the plan's tasks take; parallel of them are built at once, and keep stages that stay. guess stands for what was never built here.
func estimate(p *plan, h *history.History, parallel int, keepStages bool, guess history.Build) Estimate {
	e := Estimate{Packages: len(p.tasks), Took: map[string]time.Duration{}}
	var stageBytes, stageFiles []int64
	chain := map[*task]time.Duration{} // until it is done, if nothing waits for a slot
	var longest, all time.Duration
	waits := map[*task]time.Duration{}
	for _, t := range p.tasks {
		b, known := h.Of(t.node.Name(), t.node.Version())
		if !known {
			b = guess
			e.Unknown++
		}
		took := time.Duration(b.Seconds * float64(time.Second))
		if known {
			e.Took[t.node.Hash()] = took
		}
		e.Bytes += b.Bytes + b.Files*blockSlack
		e.Files += b.Files
		stageBytes, stageFiles = append(stageBytes, b.StageBytes), append(stageFiles, b.StageFiles)
		chain[t] = waits[t] + took
		for _, d := range t.dependents {
			waits[d] = max(waits[d], chain[t])
		}
		longest, all = max(longest, chain[t]), all+took
	}
	e.Time = max(longest, all/time.Duration(max(parallel, 1)))
	if keepStages {
		parallel = len(p.tasks)
	}
	e.StageBytes, e.StageFiles = largest(stageBytes, parallel), largest(stageFiles, parallel)
	return e
}

// largest adds up the n largest.
func largest(list []int64, n int) (sum int64) {
	slices.Sort(list)
	for i, v := range slices.Backward(list) {
		if i < len(list)-n {
			break
		}
		sum += v
	}
	return sum
}

// A Shortage is a limit that builds would go beyond.
type Shortage struct {
	Where       string // the directory: "/home/u/.berth"
	Of          string // "your quota"
	Bytes, Left int64  // needed and left, of bytes or of files
	Inodes      bool   // it is files that are short
}

func (s Shortage) String() string {
	if s.Inodes {
		return fmt.Sprintf("%s in %s leaves %d files, and about %d are needed", s.Of, s.Where, max(s.Left, 0), s.Bytes)
	}
	return fmt.Sprintf("%s in %s leaves %s, and about %s are needed", s.Of, s.Where, size(max(s.Left, 0)), size(s.Bytes))
}

// NoRoomError says that a build would not fit, so that none was begun.
type NoRoomError struct {
	Estimate  Estimate
	Shortages []Shortage
}

func (e *NoRoomError) Error() string {
	var list []string
	for _, s := range e.Shortages {
		list = append(list, s.String())
	}
	text := fmt.Sprintf("install %s: there is not room enough: %s", packagesText(e.Estimate.Packages), strings.Join(list, "; "))
	return text + e.Estimate.caveat()
}

// caveat says of how much nothing is known.
func (e Estimate) caveat() string {
	if e.Unknown == 0 {
		return ""
	}
	return ", guessed for " + packagesText(e.Unknown) + " that berth has not built yet"
}

// Hint says how to make room.
func (e *NoRoomError) Hint() string {
	return "`berth gc --dry-run` and `berth du` show what takes room; BERTH_ROOT moves all of it; --no-room-check builds anyway"
}

// checkRoom asks Confirm, or fails, if the builds would go beyond what is free or a quota. If they only may, as some were never built here, it warns.
func (r *run) checkRoom(ctx context.Context, known, guessed Estimate) error {
	if r.NoRoomCheck {
		return nil
	}
	find := r.Limits
	if find == nil {
		find = room.Limits
	}
	found := map[string][]room.Limit{} // programs may have to be asked
	limits := func(path string) []room.Limit {
		if _, ok := found[path]; !ok {
			found[path] = find(ctx, path)
		}
		return found[path]
	}
	short := shortages(r.Store, known, limits)
	if len(short) == 0 {
		if perhaps := shortages(r.Store, guessed, limits); len(perhaps) > 0 && r.Store.Warn != nil {
			r.Store.Warn(fmt.Sprintf("there may not be room enough: %s%s", perhaps[0], guessed.caveat()))
		}
		return nil
	}
	err := &NoRoomError{Estimate: known, Shortages: short}
	if r.Confirm != nil && r.Confirm(err) {
		return nil
	}
	return err
}

// shortages holds an estimate against the limits of the store and of the stages, which mostly share theirs.
func shortages(s *store.Store, e Estimate, limits func(string) []room.Limit) []Shortage {
	storeBytes, storeFiles := e.Bytes, e.Files
	var short []Shortage
	hold := func(where string, bytes, files int64) {
		for _, l := range limits(where) {
			if l.Bytes != room.Unlimited && bytes > l.Bytes {
				short = append(short, Shortage{Where: where, Of: l.Of, Bytes: bytes, Left: l.Bytes})
			}
			if l.Files != room.Unlimited && files > l.Files {
				short = append(short, Shortage{Where: where, Of: l.Of, Bytes: files, Left: l.Files, Inodes: true})
			}
		}
	}
	if room.Same(s.Root(), s.StageDir()) {
		hold(s.Root(), storeBytes+e.StageBytes, storeFiles+e.StageFiles)
	} else {
		hold(s.Root(), storeBytes, storeFiles)
		hold(s.StageDir(), e.StageBytes, e.StageFiles)
	}
	return short
}

// noteBuild remembers what a build took. Nothing is said if it cannot be: it is only for estimates.
func (b *build) noteBuild(rec store.Record, took time.Duration) {
	stage, err := store.Measure(b.stage.Dir)
	if err != nil {
		return
	}
	b.history.Note(b.node.Name(), b.node.Version(), history.Build{
		Seconds: took.Seconds(), Bytes: rec.Bytes, Files: rec.Files, StageBytes: stage.Bytes, StageFiles: stage.Files, Memory: b.memory(),
	})
}

// size is a number of bytes as people read it: "1.5 GiB".
func size(bytes int64) string {
	value, unit := float64(bytes)/(1<<20), "MiB"
	if value >= 1024 {
		value, unit = value/1024, "GiB"
	}
	return fmt.Sprintf("%.1f %s", value, unit)
}

func packagesText(n int) string {
	if n == 1 {
		return "1 package"
	}
	return fmt.Sprintf("%d packages", n)
}
