package install

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// maxShebang is the longest first line that every kernel in use takes: 127 bytes before Linux 5.1, and then 255.
const maxShebang = 127

// wrapShebangs mends scripts whose interpreter stands so deep in the store that the kernel would cut off its path: they get a first
// line that runs the store's trampoline, which reads the old line in the second.
func (b *build) wrapShebangs(ctx context.Context) error {
	return filepath.WalkDir(b.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		line, err := firstLine(path)
		if err != nil || len(line) <= maxShebang {
			return err
		}
		return b.wrapShebang(path, line)
	})
}

// firstLine returns the line that names the interpreter of a script, without its end; nil if the file is none.
func firstLine(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 4096)
	n, err := f.Read(head)
	if err != nil || n < 2 || head[0] != '#' || head[1] != '!' {
		return nil, nil // empty, or something else
	}
	line, _, ended := bytes.Cut(head[:n], []byte("\n"))
	if !ended {
		return nil, nil
	}
	return line, nil
}

func (b *build) wrapShebang(path string, line []byte) error {
	trampoline, err := b.Store.Trampoline()
	if err != nil {
		return err
	}
	first := "#!/bin/sh " + trampoline
	if len(first) > maxShebang {
		return fmt.Errorf("wrap the first line of %s: the path of the store is too long for scripts (%d bytes, at most %d); choose a shorter BERTH_ROOT",
			path, len(b.Store.Dir()), maxShebang-len(first)+len(b.Store.Dir()))
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	fmt.Fprintf(b.log, "the first line of %s is too long for the kernel and was wrapped\n", path)
	return rewrite(path, append([]byte(first+"\n"+commentOf(line)), text...), info)
}

// commentOf is what makes the second line a comment in the languages where # does not.
func commentOf(line []byte) string {
	words := bytes.Fields(line[2:])
	if len(words) == 0 {
		return ""
	}
	switch name := filepath.Base(string(words[0])); {
	case bytes.HasPrefix([]byte(name), []byte("lua")):
		return "--"
	case name == "node" || name == "nodejs":
		return "//"
	}
	return ""
}
