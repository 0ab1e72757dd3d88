package host

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"
)

// fakeSystem is a machine in a text file (testdata/hosts): what stands on it, and what its programs answer.
//
//	uname x86_64 6.1.0         what uname(2) says
//	path /usr/bin:/bin         the user's PATH
//	home /home/ada
//	link /bin usr/bin          a symbolic link and its target
//	prog /usr/bin/gcc          an executable
//	same /usr/bin/cc /usr/bin/gcc   a hard link to it
//	data /usr/bin/notes        a file that is not executable
//	dir /opt/empty
//	text /etc/os-release       a file with content, in the | lines that follow
//	run /usr/bin/gcc -v        a command; what follows is its answer:
//	> gcc version 12           a line of standard output
//	2> error: no               a line of standard error
//	exit 1
//	made                       it wrote the program that was asked for
//	hang                       it never ends
//	slow                       it does not end within the limit, but would within a longer one
type fakeSystem struct {
	uname Uname
	path  []string
	home  string
	nodes map[string]*fakeNode
	runs  map[string]*fakeRun
	asked map[string]int // how often each command was run
	mu    chan struct{}  // guards asked
}

type fakeNode struct {
	link string
	text string
	info FileInfo
}

type fakeRun struct {
	result     Result
	hang, slow bool
}

func loadFake(t testing.TB, file string) *fakeSystem {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return parseFake(t, string(data))
}

func parseFake(t testing.TB, text string) *fakeSystem {
	t.Helper()
	f := &fakeSystem{nodes: map[string]*fakeNode{}, runs: map[string]*fakeRun{}, asked: map[string]int{}, mu: make(chan struct{}, 1)}
	f.mkdir("/")
	var node *fakeNode
	var run *fakeRun
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "", "#":
		case "|":
			node.text += rest + "\n"
		case ">":
			run.result.Stdout += rest + "\n"
		case "2>":
			run.result.Stderr += rest + "\n"
		case "exit":
			fmt.Sscan(rest, &run.result.Exit)
		case "made":
			run.result.Made = hex.EncodeToString([]byte("\x7fELF\x02\x01\x01"))
		case "hang":
			run.hang = true
		case "slow":
			run.slow = true
		case "run":
			run = &fakeRun{}
			f.runs[rest] = run
		default:
			if node = f.declare(word, rest); node == nil {
				t.Fatalf("line %d: unknown %q", n, lines.Text())
			}
		}
	}
	return f
}

// declare adds a file, or sets what the machine says of itself.
func (f *fakeSystem) declare(word, rest string) *fakeNode {
	first, second, _ := strings.Cut(rest, " ")
	switch word {
	case "uname":
		f.uname = Uname{Machine: first, Release: second}
		return &fakeNode{}
	case "path":
		f.path = strings.Split(rest, ":")
		return &fakeNode{}
	case "home":
		f.home = rest
		return &fakeNode{}
	case "dir":
		return f.mkdir(rest)
	case "link":
		return f.add(first, &fakeNode{link: second})
	case "same":
		return f.add(first, f.nodes[second])
	case "prog":
		return f.add(rest, &fakeNode{info: FileInfo{Size: 1000, Exec: true}})
	case "data", "text":
		return f.add(rest, &fakeNode{info: FileInfo{Size: 10}})
	}
	return nil
}

func (f *fakeSystem) add(p string, n *fakeNode) *fakeNode {
	f.mkdir(path.Dir(p))
	if n.info.Inode == 0 {
		n.info.Inode, n.info.Device = uint64(len(f.nodes)+1), 1
	}
	f.nodes[p] = n
	return n
}

func (f *fakeSystem) mkdir(p string) *fakeNode {
	if n := f.nodes[p]; n != nil {
		return n
	}
	if p != "/" {
		f.mkdir(path.Dir(p))
	}
	n := &fakeNode{info: FileInfo{Dir: true, Inode: uint64(len(f.nodes) + 1), Device: 1}}
	f.nodes[p] = n
	return n
}

// lookup follows links in all elements of p, in the last too if follow is true.
func (f *fakeSystem) lookup(p string, follow bool) (string, *fakeNode, error) {
	missing := &fs.PathError{Op: "stat", Path: p, Err: fs.ErrNotExist}
	at := "/"
	rest := strings.Split(strings.Trim(path.Clean(p), "/"), "/")
	for links := 0; len(rest) > 0; {
		element := rest[0]
		rest = rest[1:]
		if element == "" {
			continue
		}
		next := path.Join(at, element)
		n := f.nodes[next]
		if n == nil {
			return "", nil, missing
		}
		if n.link == "" || len(rest) == 0 && !follow {
			at = next
			continue
		}
		if links++; links > 40 {
			return "", nil, &fs.PathError{Op: "stat", Path: p, Err: errors.New("too many links")}
		}
		target := n.link
		if !path.IsAbs(target) {
			target = path.Join(at, target)
		}
		rest = append(strings.Split(strings.Trim(path.Clean(target), "/"), "/"), rest...)
		at = "/"
	}
	return at, f.nodes[at], nil
}

func (f *fakeSystem) Path() []string        { return f.path }
func (f *fakeSystem) Home() string          { return f.home }
func (f *fakeSystem) Uname() (Uname, error) { return f.uname, nil }

func (f *fakeSystem) Stat(p string) (FileInfo, error) {
	_, n, err := f.lookup(p, true)
	if err != nil {
		return FileInfo{}, err
	}
	return n.info, nil
}

func (f *fakeSystem) Readlink(p string) (string, error) {
	_, n, err := f.lookup(p, false)
	if err != nil {
		return "", err
	}
	if n.link == "" {
		return "", &fs.PathError{Op: "readlink", Path: p, Err: fs.ErrInvalid}
	}
	return n.link, nil
}

func (f *fakeSystem) EvalSymlinks(p string) (string, error) {
	at, _, err := f.lookup(p, true)
	return at, err
}

func (f *fakeSystem) ReadDir(p string) ([]string, error) {
	at, n, err := f.lookup(p, true)
	if err != nil {
		return nil, err
	}
	if !n.info.Dir {
		return nil, &fs.PathError{Op: "readdir", Path: p, Err: errors.New("not a directory")}
	}
	var names []string
	for _, file := range slices.Sorted(maps.Keys(f.nodes)) {
		if file != "/" && path.Dir(file) == at {
			names = append(names, path.Base(file))
		}
	}
	return names, nil
}

func (f *fakeSystem) ReadFile(p string) ([]byte, error) {
	_, n, err := f.lookup(p, true)
	if err != nil {
		return nil, err
	}
	return []byte(n.text), nil
}

func (f *fakeSystem) Run(ctx context.Context, c Command) (Result, error) {
	line := strings.Join(c.Argv, " ")
	f.mu <- struct{}{}
	f.asked[line]++
	<-f.mu
	if _, err := f.Stat(c.Argv[0]); err != nil {
		return Result{}, fmt.Errorf("run %s: %w", c.Argv[0], err)
	}
	if !slices.ContainsFunc(c.Env, func(v string) bool { return v == "LC_ALL=C" }) {
		return Result{}, fmt.Errorf("run %s: not in the C locale", line)
	}
	r, ok := f.runs[line]
	switch {
	case !ok:
		return Result{}, fmt.Errorf("run %s: the fixture has no answer", line)
	case r.hang, r.slow && (c.Timeout == askTimeout || c.Timeout == probeTimeout):
		select { // a fake does not wait out the real time
		case <-ctx.Done():
			return Result{}, ctx.Err()
		case <-time.After(time.Millisecond):
			return Result{}, &TimeoutError{Argv: c.Argv, After: c.Timeout}
		}
	}
	result := r.result
	result.Stdout = only(result.Stdout, c.Only)
	return result, nil
}
