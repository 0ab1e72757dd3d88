package host

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

var record = flag.String("record", "", "write what a search on this machine sees to this `file`, as a fixture for testdata/hosts")

// TestRecord makes a fixture of the machine it runs on: go test ./packages/host -run Record -record testdata/hosts/NAME.txt
func TestRecord(t *testing.T) {
	if *record == "" {
		t.Skip("-record names no file")
	}
	r := &recorder{Machine: Machine{}, files: map[string]string{}, runs: map[string]string{}}
	if _, err := Find(t.Context(), r, testRecipes(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := GatherFacts(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(*record, []byte(r.fixture()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// recorder is the real machine, which notes what it was asked.
type recorder struct {
	Machine
	mu    sync.Mutex
	files map[string]string
	runs  map[string]string
}

func (r *recorder) note(notes map[string]string, key, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if strings.HasPrefix(notes[key], "text") || strings.HasPrefix(notes[key], "link") {
		return // says more than that the file is there
	}
	notes[key] = text
}

// Path leaves out what belongs to the person who records.
func (r *recorder) Path() []string { return []string{"/usr/local/bin", "/usr/bin", "/bin"} }

func (r *recorder) Home() string { return "/home/ada" }

func (r *recorder) Stat(path string) (FileInfo, error) {
	info, err := r.Machine.Stat(path)
	if err == nil {
		kind := "data"
		if info.Dir {
			kind = "dir"
		} else if info.Exec {
			kind = "prog"
		}
		r.noteLinks(path)
		if real, err := r.EvalSymlinks(path); err == nil {
			r.note(r.files, real, kind+" "+real)
		}
	}
	return info, err
}

// noteLinks notes the links in every part of a path.
func (r *recorder) noteLinks(path string) {
	for range 10 {
		real, err := r.Machine.EvalSymlinks(path)
		if err != nil || real == path {
			return
		}
		for i := 1; i <= len(path); i++ {
			if i < len(path) && path[i] != '/' {
				continue
			}
			if target, err := r.Machine.Readlink(path[:i]); err == nil {
				r.note(r.files, path[:i], "link "+path[:i]+" "+target)
				if !strings.HasPrefix(target, "/") {
					target = path[:strings.LastIndex(path[:i], "/")] + "/" + target
				}
				path = filepath.Clean(target + path[i:])
				break
			}
		}
	}
}

func (r *recorder) Readlink(path string) (string, error) {
	target, err := r.Machine.Readlink(path)
	if err == nil {
		r.note(r.files, path, "link "+path+" "+target)
	}
	return target, err
}

func (r *recorder) EvalSymlinks(path string) (string, error) {
	r.noteLinks(path)
	return r.Machine.EvalSymlinks(path)
}

func (r *recorder) ReadFile(path string) ([]byte, error) {
	data, err := r.Machine.ReadFile(path)
	if err != nil {
		return nil, err
	}
	text := string(data)
	if strings.HasPrefix(text, "\x7fELF") {
		text = string(glibcBanner.Find(data)) + "\n"
	}
	if first, _, ok := strings.Cut(text, "\n\n"); ok && path == "/proc/cpuinfo" {
		text = first + "\n"
	}
	r.noteLinks(path)
	if real, err := r.Machine.EvalSymlinks(path); err == nil {
		path = real
	}
	r.note(r.files, path, "text "+path+"\n"+prefixed("| ", text))
	return data, nil
}

func (r *recorder) Run(ctx context.Context, c Command) (Result, error) {
	result, err := r.Machine.Run(ctx, c)
	answer := prefixed("> ", result.Stdout) + prefixed("2> ", result.Stderr)
	if result.Exit != 0 {
		answer += fmt.Sprintf("exit %d\n", result.Exit)
	}
	if result.Made != "" {
		answer += "made\n"
	}
	line := strings.Join(c.Argv, " ")
	r.note(r.runs, line, "run "+line+"\n"+answer)
	return result, err
}

func prefixed(prefix, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight(prefix+strings.TrimSuffix(line, "\n"), " ") + "\n")
	}
	return b.String()
}

func (r *recorder) fixture() string {
	u, _ := r.Uname()
	var b strings.Builder
	fmt.Fprintf(&b, "uname %s %s\npath %s\nhome %s\n", u.Machine, u.Release, strings.Join(r.Path(), ":"), r.Home())
	for _, notes := range []map[string]string{r.files, r.runs} {
		for _, key := range slices.Sorted(maps.Keys(notes)) {
			b.WriteString(strings.TrimSuffix(notes[key], "\n") + "\n")
		}
	}
	return b.String()
}
