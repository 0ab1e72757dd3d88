package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/test/torture/inject"
)

// Commands beside install that change the store, or put many files in place. Each is disturbed; then the store must be whole, with all that it had, and the
// same command, undisturbed, must do what it is there for and leave nothing lying around.

// tortured is one of them.
type tortured struct {
	args []string
	// prepare leaves something to do.
	prepare func(r *torture)
	// damaged says that there may be damage afterwards, which verify tells of.
	damaged bool
	// done looks whether an undisturbed run did its work.
	done func(r *torture, fail func(string, ...any))
}

var others = []tortured{
	{args: []string{"repair", "--jobs", "2"}, prepare: (*torture).damage, damaged: true, done: (*torture).sound},
	{args: []string{"gc", "--older-than", "0"}, prepare: (*torture).litter, done: (*torture).collected},
	{args: []string{"mirror", "create", "mirror"}, prepare: removing("mirror"), done: has("mirror/_source-cache")},
	{args: []string{"mirror", "create", "mirror.tar"}, prepare: removing("mirror.tar"), done: has("mirror.tar")},
	{args: []string{"module", "refresh", "--lua"}, prepare: removing("../root/modules"), done: has("../root/modules/lua/mid")},
	{args: []string{"install"}, prepare: removing(".berth"), done: has(".berth/view/etc/top")},
}

// otherRound disturbs one of the other commands.
func (r *torture) otherRound(seed uint64) {
	if out, err := r.berth("install"); err != nil { // they begin with all that there is
		r.ts.Fatalf("install: %v\n%s", err, out)
	} else {
		r.hear(out)
	}
	o := others[r.rng.IntN(len(others))]
	for only := os.Getenv("BERTH_TORTURE_COMMAND"); only != "" && o.args[0] != only; {
		o = others[r.rng.IntN(len(others))]
	}
	o.prepare(r)
	work := strings.Join(o.args, " ")
	calls := r.calls / 4
	if n := r.lasted[work]; n > 0 {
		calls = n
	}
	f := r.fault(calls)
	if f.at == 0 {
		f.after = min(f.after, 300*time.Millisecond) // these are quick
	}
	what := fmt.Sprintf("BERTH_TORTURE_SEED=%d: berth %s, %s", seed, work, f)
	out, seen, hit, err := r.disturbed(f, o.args...)
	fail := r.ended(what, work, f, out, seen, hit, err)
	if hit {
		r.count[o.args[0]]++
	}
	if o.damaged {
		r.allFound(fail, !f.plain) // damaged or not: what is repaired is at its place all the time, where two directories can be exchanged
	} else {
		r.whole(fail)
	}
	again, againErr := r.berth(o.args...)
	if againErr != nil {
		fail("the next berth %s fails: %v\n%s", work, againErr, again)
	}
	r.hear(again)
	o.done(r, fail)
	if out, err := r.berth("install"); err != nil {
		fail("the next install fails: %v\n%s", err, out)
	}
	r.complete(r.whole(fail), fail)
	r.tidy(fail)
}

// full implements the script's command: what makes room works where there is none, of bytes or of files, until something is deleted.
func (r *torture) full(ts *testscript.TestScript, neg bool, args []string) {
	if r.calls == 0 || neg || len(args) != 0 {
		ts.Fatalf("usage: full, after discipline")
	}
	for _, errno := range []unix.Errno{unix.EDQUOT, unix.ENOSPC} {
		for _, command := range [][]string{{"uninstall", "--force", "spare"}, {"gc", "--older-than", "0"}} {
			r.litter()
			out := r.withoutRoom(errno, command)
			fail := func(format string, a ...any) {
				ts.Fatalf("%s, berth %s: %s\n%s", unix.ErrnoName(errno), strings.Join(command, " "), fmt.Sprintf(format, a...), out)
			}
			for prefix, name := range r.whole(fail) {
				if name == "spare" {
					fail("%s is still there", prefix)
				}
			}
			r.tidy(fail)
		}
	}
}

// withoutRoom runs berth where nothing can be made or written before something in the store was deleted.
func (r *torture) withoutRoom(errno unix.Errno, args []string) (output string) {
	var out bytes.Buffer
	ready, room, refused := make(chan struct{}), false, 0
	s, err := inject.Start(r.command(&out, args...), r.launcher, func(c inject.Call) unix.Errno {
		<-ready
		room = room || c.Kind == inject.Remove && strings.HasPrefix(c.Path, filepath.Join(r.root, "store")+"/")
		// Beyond a quota Btrfs does not rename either.
		if !room && r.ours(c.Path) && (c.Kind == inject.Create || c.Kind == inject.Write || c.Kind == inject.Rename && errno == unix.EDQUOT) {
			refused++
			return errno
		}
		return 0
	})
	r.ts.Check(err)
	close(ready)
	if err := s.Wait(); err != nil || refused == 0 {
		r.ts.Fatalf("%s, berth %s: %v, %d changes were refused\n%s", unix.ErrnoName(errno), strings.Join(args, " "), err, refused, out.String())
	}
	return out.String()
}

// allFound wants everything that was reported to be installed, and at its place if that is asked for.
func (r *torture) allFound(fail func(string, ...any), inPlace bool) {
	found := r.found(fail)
	for prefix := range r.reported {
		if found[prefix] == "" {
			fail("%s was reported as built and is not found; found is %v", prefix, found)
		}
		if _, err := os.Stat(filepath.Join(prefix, ".berth/spec.json")); err != nil && inPlace {
			fail("it is found, and not at its place: %v", err)
		}
	}
}

// damage spoils a file of one package, or of all.
func (r *torture) damage() {
	names := r.all
	if r.rng.IntN(4) > 0 {
		i := r.rng.IntN(len(names))
		names = names[i : i+1]
	}
	for _, name := range names {
		var files []string
		filepath.WalkDir(r.prefixOf(name), func(path string, d os.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && !strings.Contains(path, "/.berth/") {
				files = append(files, path)
			}
			return nil
		})
		if len(files) == 0 {
			r.ts.Fatalf("%s has no files in %q", name, r.prefixOf(name))
		}
		file := files[r.rng.IntN(len(files))]
		if r.rng.IntN(2) == 0 {
			r.ts.Check(os.Remove(file))
		} else {
			r.ts.Check(os.WriteFile(file, []byte("damaged"), 0o755))
		}
	}
}

func (r *torture) sound(fail func(string, ...any)) {
	if out, err := r.berth("verify"); err != nil {
		fail("after the repair verify fails: %v\n%s", err, out)
	}
}

// litter makes something that nothing needs: a package whose environment is gone, and a clone.
func (r *torture) litter() {
	dir := filepath.Join(r.project, "..", "spare")
	r.ts.Check(os.MkdirAll(dir, 0o755))
	r.ts.Check(os.WriteFile(filepath.Join(dir, "env.yaml"), []byte("berth: 1\nspecs: [spare]\nrepos: [{dir: ../recipes}, builtin]\n"), 0o644))
	if out, err := r.berth("-C", dir, "install"); err != nil {
		r.ts.Fatalf("install spare: %v\n%s", err, out)
	}
	r.ts.Check(os.RemoveAll(dir))
	registered, err := filepath.Glob(filepath.Join(r.root, "environments", "*"))
	r.ts.Check(err)
	for _, file := range registered {
		if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), dir) {
			r.ts.Check(os.Remove(file))
		}
	}
	clone := filepath.Join(r.root, "cache/git/0123456789.git")
	r.ts.Check(os.MkdirAll(filepath.Join(clone, "objects/pack"), 0o755))
	r.ts.Check(os.WriteFile(filepath.Join(clone, "HEAD"), []byte("ref: refs/heads/main\n"), 0o644))
}

func (r *torture) collected(fail func(string, ...any)) {
	for _, pattern := range []string{"store/spare-*", "cache/git/*.git", "cache/sources/_source-cache/archive/*/*"} {
		if left, _ := filepath.Glob(filepath.Join(r.root, pattern)); len(left) > 0 {
			fail("gc left %v", left)
		}
	}
}

// removing makes a function that takes something away below the project.
func removing(path string) func(*torture) {
	return func(r *torture) { r.ts.Check(os.RemoveAll(filepath.Join(r.project, path))) }
}

// has makes a function that wants something to be there below the project.
func has(path string) func(*torture, func(string, ...any)) {
	return func(r *torture, fail func(string, ...any)) {
		if _, err := os.Stat(filepath.Join(r.project, path)); err != nil {
			fail("it is not done: %v", err)
		}
	}
}
