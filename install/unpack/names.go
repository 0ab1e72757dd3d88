package unpack

import (
	"path"
	"strings"
)

const (
	maxName      = 255  // NAME_MAX
	maxPath      = 4095 // PATH_MAX without its final NUL
	maxLinkDepth = 40   // what Linux follows before it answers ELOOP
	maxDepth     = 200  // directories in each other: sources have some twenty, and what walks them may go deeper than it can
)

// cleanName gives an entry's name in canonical form, "." for the destination
// itself, or the reason why it is refused.
func cleanName(name string) (clean string, reason Reason, detail string) {
	switch {
	case name == "":
		return "", BadName, "it is empty"
	case strings.ContainsRune(name, 0):
		return "", BadName, "it contains a NUL byte"
	case strings.HasPrefix(name, "/"):
		return "", AbsoluteName, ""
	case len(name) > maxPath:
		return "", BadName, "it is longer than the system allows"
	}
	depth := 0
	for part := range strings.SplitSeq(name, "/") {
		if depth++; depth > maxDepth {
			return "", BadName, "it lies too deep"
		}
		if part == ".." {
			return "", ParentName, ""
		}
		if len(part) > maxName {
			return "", BadName, "a part of it is longer than the system allows"
		}
	}
	return path.Clean(name), "", ""
}

// staysInside resolves a link the way the kernel will, following the links of
// the archive itself: a link that looks harmless alone ("d/../..") may leave
// the destination by way of another (d -> "."). Parts that do not exist count
// as directories. from is the directory that holds the link.
func (t *tree) staysInside(from, target string) bool {
	at := []string{}
	if from != "." {
		at = strings.Split(from, "/")
	}
	todo := strings.Split(target, "/")
	for follows := 0; len(todo) > 0; {
		part := todo[0]
		todo = todo[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			if len(at) == 0 {
				return false
			}
			at = at[:len(at)-1]
			continue
		}
		at = append(at[:len(at):len(at)], part)
		n, ok := t.nodes[strings.Join(at, "/")]
		if !ok || n.kind != aLink {
			continue
		}
		if follows++; follows > maxLinkDepth {
			return true // the kernel gives up as well: a loop leads nowhere
		}
		at = at[:len(at)-1]
		todo = append(strings.Split(n.target, "/"), todo...)
	}
	return true
}
