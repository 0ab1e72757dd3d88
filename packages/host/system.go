package host

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// System is the machine as this package sees it. Paths are absolute and clean. Implementations are safe for concurrent use.
type System interface {
	// Path is the user's PATH, split.
	Path() []string
	// Home is the user's home directory; "" if there is none.
	Home() string
	// Uname is what uname(2) says.
	Uname() (Uname, error)
	// Stat follows links. A missing file is an fs.ErrNotExist.
	Stat(path string) (FileInfo, error)
	// Readlink reads one symbolic link.
	Readlink(path string) (string, error)
	// EvalSymlinks resolves every link in path.
	EvalSymlinks(path string) (string, error)
	// ReadDir lists the names in a directory, sorted.
	ReadDir(path string) ([]string, error)
	ReadFile(path string) ([]byte, error)
	// Run runs a command to its end. An exit status other than 0 is no error; that the command cannot be started, or a
	// *TimeoutError, is.
	Run(ctx context.Context, c Command) (Result, error)
}

// Uname is the kernel's own description.
type Uname struct {
	Machine string // "x86_64"
	Release string // "6.1.0-18-amd64"
}

// FileInfo identifies the content of a file without reading it.
type FileInfo struct {
	Size   int64
	MTime  int64 // nanoseconds since the epoch
	Device uint64
	Inode  uint64
	Dir    bool
	Exec   bool // a regular file that somebody may execute
}

// Command is a program to run. It sees Env and nothing else, reads nothing, and stands in a directory of its own that
// is gone afterwards.
type Command struct {
	Argv    []string          // Argv[0] is an absolute path
	Env     []string          // "PATH=/usr/bin:/bin", "LC_ALL=C"
	Files   map[string]string // written into the command's directory first: "probe.c" -> text
	Output  string            // a file in the command's directory whose first bytes the Result shall have: "probe"
	Only    string            // keep only those lines of the standard output that begin with this; "" keeps all
	Timeout time.Duration
}

// Result is what a command did.
type Result struct {
	Stdout string `json:"stdout,omitempty"`
	Stderr string `json:"stderr,omitempty"`
	Exit   int    `json:"exit,omitempty"`
	Made   string `json:"made,omitempty"` // the first bytes of Command.Output, hexadecimal; "" if it was not made
}

// OK reports whether the command ended with status 0.
func (r Result) OK() bool { return r.Exit == 0 }

// Both is the standard output followed by the standard error.
func (r Result) Both() string { return r.Stdout + r.Stderr }

// complaints are what the lines that say why a compilation failed have in them, in lower case.
var complaints = []string{"error:", "undefined reference", "cannot find", "unable to find", "no such file", "not found"}

// Complaint is the line that best says why a command failed: the first that complains, else the first at all.
func (r Result) Complaint() string {
	first := ""
	for line := range strings.Lines(r.Stderr + r.Stdout) {
		line = printable(strings.TrimSpace(line))
		low := strings.ToLower(line)
		if slices.ContainsFunc(complaints, func(c string) bool { return strings.Contains(low, c) }) {
			return line
		}
		if first == "" && strings.ContainsFunc(line, unicode.IsLetter) { // no rulers of dashes
			first = line
		}
	}
	if first == "" {
		return fmt.Sprintf("exit status %d", r.Exit)
	}
	return first
}

// printable makes text of unknown origin fit for one line of a terminal.
func printable(s string) string {
	const longest = 160
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "..."
	}
	return s
}

// TimeoutError says that a command was stopped because it took too long.
type TimeoutError struct {
	Argv  []string
	After time.Duration
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("run %s: no answer within %s", strings.Join(e.Argv, " "), e.After)
}
