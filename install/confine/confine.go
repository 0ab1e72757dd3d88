// Package confine keeps what builds run from touching what is not theirs: files outside of the directories that they were
// given, and the network. It uses what the kernel offers every user: Landlock (Linux 5.13 and later) for files, signals and TCP, and a
// seccomp filter for sockets. It needs neither root nor namespaces, and nothing of it reaches what runs outside of the command.
//
// The restrictions are put on by a process on its way to becoming the command: berth calls itself as "berth-confine", which confines
// itself and then executes the command. What that starts inherits them and cannot shed them.
//
// It does not decide what a build needs; that is the installer's. It hides nothing from stat(2): names, sizes and times of files can
// be seen, their contents cannot.
//
// Read confine.go (what can be asked for), enter.go (the way into it), landlock.go, seccomp.go, loopback.go, place.go, explain.go (what a denial looks like).
package confine

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Mode says whether builds are confined.
type Mode string

// The modes. The zero Mode is Off.
const (
	Off     Mode = "off"
	Auto    Mode = "auto"    // as far as the kernel can
	Require Mode = "require" // refuse to build where it cannot
)

// Config is what a user decides: `confine:` in config.yaml.
type Config struct {
	Mode  Mode
	Read  []string // absolute paths that builds may read beside what they need: "/apps/licenses"
	Write []string // absolute paths that they may change beside their own: "/scratch/ccache"
}

// Active reports whether anything is to be confined.
func (c Config) Active() bool { return c.Mode == Auto || c.Mode == Require }

// Policy is what a command may do. Paths are absolute; one that is not there is left out, one that is a directory stands for all
// below it. What may be written may be read. Everything may be executed that may be read.
type Policy struct {
	Read    []string `json:"read,omitempty"`
	Write   []string `json:"write,omitempty"`
	Network bool     `json:"network,omitempty"` // sockets of all families, io_uring too
	// Loopback gives the command a network of its own, with nothing but the loopback device; Network says nothing then. Whoever starts the
	// command has to use Attr, too.
	Loopback bool `json:"loopback,omitempty"`
	// Place, if not "", is a directory where the command sees the one called Beside. Whoever starts the command has to use Attr, too.
	Place   string  `json:"place,omitempty"`
	Beside  string  `json:"beside,omitempty"`
	Ability Ability `json:"ability"` // what of it is to be enforced
}

// Ability is what this kernel can do.
type Ability struct {
	Landlock int  `json:"landlock"` // the version of its interface, 0 if there is none: 7
	Seccomp  bool `json:"seccomp"`
}

// Probe asks the kernel.
func Probe() Ability { return Ability{Landlock: landlockVersion(), Seccomp: hasSeccomp()} }

// filesFrom is the first version of Landlock with which builds work: before it (Linux 5.13 to 5.18), no file can be renamed or
// linked into another directory, not even where both may be written.
const filesFrom = 2

// Files reports whether files can be protected.
func (a Ability) Files() bool { return a.Landlock >= filesFrom }

// Missing says in words what cannot be enforced, and why; "" if nothing is missing.
func (a Ability) Missing() string {
	var parts []string
	switch {
	case a.Landlock == 0:
		parts = append(parts, "this kernel has no Landlock, so builds can read and write all that you can")
	case !a.Files():
		parts = append(parts, fmt.Sprintf("this kernel's Landlock (version %d) is too old for builds, so they can read and write all that you can", a.Landlock))
	}
	if !a.Seccomp {
		parts = append(parts, "this kernel has no seccomp filters, so builds can use the network")
	}
	return strings.Join(parts, "; ")
}

// String says what is enforced: "files (Landlock 7), network (seccomp)".
func (a Ability) String() string {
	var parts []string
	if a.Files() {
		parts = append(parts, fmt.Sprintf("files (Landlock %d)", a.Landlock))
	}
	if a.Seccomp {
		parts = append(parts, "network (seccomp)")
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

// MayRead reports whether the policy lets path be read. It follows links as far as they exist.
func (p *Policy) MayRead(path string) bool {
	return !p.Ability.Files() || below(path, p.Read) || below(path, p.Write)
}

// MayWrite reports whether the policy lets path be changed or made.
func (p *Policy) MayWrite(path string) bool { return !p.Ability.Files() || below(path, p.Write) }

// NoNetwork reports whether sockets are denied.
func (p *Policy) NoNetwork() bool { return !p.Network && !p.Loopback && p.Ability.Seccomp }

func below(path string, dirs []string) bool {
	path = realPath(path)
	for _, dir := range dirs {
		if dir = realPath(dir); path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/") {
			return true
		}
	}
	return false
}

// realPath resolves links of the part of path that exists.
func realPath(path string) string {
	path = filepath.Clean(path)
	for dir, rest := path, ""; ; dir, rest = filepath.Dir(dir), filepath.Join(filepath.Base(dir), rest) {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(real, rest)
		}
		if dir == "/" || dir == "." {
			return path
		}
	}
}
