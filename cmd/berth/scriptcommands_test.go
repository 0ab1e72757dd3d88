package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/install/upstream/spacktest"
	"github.com/berth-hpc/berth/packages/host"
	"github.com/berth-hpc/berth/spec/arch"
	"github.com/berth-hpc/berth/spec/dag"
	"github.com/berth-hpc/berth/test/torture/inject"
)

// scriptCommands are what scripts can say beside testscript's own commands:
//
//	exits N COMMAND...
//	                like exec, but the command must end with the status N
//	store FILE      put the DAG in FILE (see parseDAG) into the store, as if installed with a script of its name; what nothing needs counts as asked for
//	tgz OUT DIR [BEFORE]
//	                pack DIR, under its own name, as OUT; equal trees give equal archives; BEFORE stands before each name in it
//	follow FILE
//	                run the command lines of docs/FILE that need no builds
//	schema NAME FILE
//	                FILE, stdout say, is JSON as docs/json/NAME.schema.json has it
//	spacktree DIR FILE [VERSION]
//	                write an install tree in Spack's layout (see package spacktest) for this host; NAME.sh fills the prefix of NAME, and
//	                finds it in PREFIX and its dependencies' in NAME_PREFIX
//	fill FILE...    replace {{sha256 NAME}} by the checksum of the file NAME, and {{work}} by the script's directory
var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"exits":     scriptExits,
	"store":     scriptStore,
	"spacktree": scriptSpackTree,
	"tgz":       scriptTgz,
	"fill":      scriptFill,
	"schema":    scriptSchema,
	"follow":    scriptFollow,
}

// scriptCondition knows [root]: the tests run with a superuser's rights, to whom nothing is forbidden; and [inject]: system calls can be made to fail.
func scriptCondition(cond string) (bool, error) {
	return cond == "root" && os.Geteuid() == 0 || cond == "inject" && inject.Supported() == nil, nil
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	status := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		status = exit.ExitCode()
	}
	if status != want {
		ts.Fatalf("exit status %d, want %d", status, want)
	}
}

func scriptStore(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: store FILE")
	}
	nodes := parseDAG(ts.Fatalf, ts.ReadFile(args[0]))
	s, err := store.Open(ts.Getenv("BERTH_ROOT"))
	ts.Check(err)
	ts.Check(s.Prepare())
	needed := map[string]bool{}
	var all []*dag.Node
	for _, n := range nodes {
		all = append(all, n)
		for _, e := range n.Edges() {
			needed[e.To.Hash()] = true
		}
	}
	ctx := context.Background()
	for _, n := range dag.Topological(all...) {
		if n.External() != nil {
			_, err := s.Register(ctx, []*dag.Node{n}, func(*dag.Node) bool { return false })
			ts.Check(err)
			continue
		}
		prefix := s.Prefix(n)
		ts.Check(os.MkdirAll(filepath.Join(prefix, "bin"), 0o755))
		ts.Check(os.WriteFile(filepath.Join(prefix, "bin", n.Name()), []byte("#!/bin/sh\n: "+n.Name()+"\n"), 0o755))
		unlock, err := s.LockPrefix(ctx, n, nil)
		ts.Check(err)
		_, err = s.Commit(ctx, n, store.Facts{Explicit: !needed[n.Hash()]})
		ts.Check(err)
		ts.Check(unlock())
	}
}

func scriptSpackTree(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: spacktree DIR FILE [VERSION]")
	}
	facts, err := host.GatherFacts(context.Background(), host.Machine{})
	ts.Check(err)
	o := spacktest.Options{OS: facts.OS, Target: "x86_64"}
	if t, ok := arch.Lookup(facts.Target); ok {
		o.Target = t.Family().Name()
	}
	if len(args) == 3 {
		o.Version, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	o.Populate = func(p spacktest.Package) error {
		script := ts.MkAbs(p.Name + ".sh")
		if _, err := os.Stat(script); err != nil {
			return nil
		}
		cmd := exec.Command("sh", "-e", script)
		cmd.Dir, cmd.Env = ts.MkAbs("."), append(os.Environ(), "PREFIX="+p.Prefix)
		for name, prefix := range p.Deps {
			cmd.Env = append(cmd.Env, strings.ReplaceAll(name, "-", "_")+"_PREFIX="+prefix)
		}
		out, err := cmd.CombinedOutput()
		ts.Logf("%s", out)
		return err
	}
	_, err = spacktest.Write(ts.MkAbs(args[0]), ts.ReadFile(args[1]), o)
	ts.Check(err)
}

func scriptTgz(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: tgz OUT DIR [BEFORE]")
	}
	before := strings.Join(args[2:], "")
	dir := ts.MkAbs(args[1])
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	ts.Check(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(filepath.Dir(dir), path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		mode := int64(0o644)
		if bytes.HasPrefix(content, []byte("#!")) {
			mode = 0o755
		}
		if err := w.WriteHeader(&tar.Header{Name: before + name, Mode: mode, Size: int64(len(content))}); err != nil {
			return err
		}
		_, err = w.Write(content)
		return err
	}))
	ts.Check(w.Close())
	ts.Check(z.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), out.Bytes(), 0o644))
}

var placeholder = regexp.MustCompile(`\{\{(sha256 [^\s{}]+|work)\}\}`)

func scriptFill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: fill FILE...")
	}
	for _, file := range args {
		text := placeholder.ReplaceAllStringFunc(ts.ReadFile(file), func(found string) string {
			if found == "{{work}}" {
				return ts.Getenv("WORK")
			}
			sum := sha256.Sum256([]byte(ts.ReadFile(found[len("{{sha256 ") : len(found)-2])))
			return hex.EncodeToString(sum[:])
		})
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o644))
	}
}
