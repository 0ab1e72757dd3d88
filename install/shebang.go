package install

import (
	"bytes"
	"fmt"
	"path/filepath"
)

// maxShebang is the longest first line that every kernel in use takes: 127 bytes before Linux 5.1, and then 255.
const maxShebang = 127

// maxFirstLine is where a first line is taken for no name of an interpreter.
const maxFirstLine = 4096

// firstLine returns the line of a script that names its interpreter, without its end; nil if the text is none.
func firstLine(head []byte) []byte {
	if !bytes.HasPrefix(head, []byte("#!")) {
		return nil
	}
	line, _, ended := bytes.Cut(head[:min(len(head), maxFirstLine)], []byte("\n"))
	if !ended {
		return nil
	}
	return line
}

// wrapShebang mends a script whose interpreter stands so deep in the store that the kernel would cut off its path: it gets a first
// line that runs the store's trampoline, which reads the old line in the second.
func (p *polish) wrapShebang(path string, line, text []byte) ([]byte, error) {
	trampoline, err := p.Store.Trampoline()
	if err != nil {
		return nil, err
	}
	first := "#!/bin/sh " + trampoline
	if len(first) > maxShebang {
		return nil, fmt.Errorf("wrap the first line of %s: the path of the store is too long for scripts (%d bytes, at most %d); choose a shorter BERTH_ROOT",
			path, len(p.Store.Dir()), maxShebang-len(first)+len(p.Store.Dir()))
	}
	fmt.Fprintf(p.log, "the first line of %s is too long for the kernel and was wrapped\n", path)
	return append([]byte(first+"\n"+commentOf(line)), text...), nil
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
