package confine

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Denial is something that a confined command tried, as its output tells.
type Denial struct {
	What string // "read", "write", "network"
	Path string // "/home/u/.ssh/id_ed25519"; "" for the network
	Line string // of the output
}

func (d Denial) String() string {
	switch d.What {
	case "network":
		return "it may not use the network: " + d.Line
	case "write":
		return "it may not write " + d.Path + ": " + d.Line
	}
	return "it may not read " + d.Path + ": " + d.Line
}

// tail is how much of a log is looked at, in bytes from its end, and maxDenials how many are told.
const (
	tail       = 1 << 20
	maxDenials = 3
	maxLine    = 300
)

// Programs say in these words that the kernel said EACCES or EPERM...
var refused = regexp.MustCompile(`(?i)permission ?denied|permissionerror|operation not permitted|\bEACCES\b|\bEPERM\b`)

// ... and in these that there is no network.
var noNetwork = regexp.MustCompile(`(?i)(could not|couldn't|unable to|failed to|cannot) resolve|name or service not known|name resolution|` +
	`getaddrinfo|gaierror|network is unreachable|(socket|connect|bind|listen)\b.*(permission denied|not permitted)|(permission denied|not permitted).*\b(socket|connect)\b`)

// Words of those who wanted to change something.
var writing = regexp.MustCompile(`(?i)creat|touch|writ|remov|delet|unlink|mkdir|install|\b(cp|mv|ln|rm|chmod): |\bopen\(.*[wa+]['"]`)

// Words of those who wanted to remove a file, for which its directory must be writable and not the file.
var removing = regexp.MustCompile(`(?i)remov|delet|unlink|\b(mv|rm): `)

var pathWord = regexp.MustCompile("/[^\\s'\"`:;,()<>\\[\\]|‘’“”]+")

// Explain finds in a log what the policy denied. A file counts only if the caller could have read or written it: else the policy was not
// what was in the way. Where no line of the log tells, it returns nil.
func (p *Policy) Explain(log io.ReadSeeker) []Denial {
	if size, err := log.Seek(0, io.SeekEnd); err != nil {
		return nil
	} else if _, err := log.Seek(max(0, size-tail), io.SeekStart); err != nil {
		return nil
	}
	var found []Denial
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, tail)
	for lines.Scan() && len(found) < maxDenials {
		line := strings.TrimSpace(lines.Text())
		if d, ok := p.denial(line); ok && !slices.ContainsFunc(found, func(o Denial) bool { return o.What == d.What && o.Path == d.Path }) {
			found = append(found, d)
		}
	}
	return found
}

// denial reads one line.
func (p *Policy) denial(line string) (Denial, bool) {
	short := line
	if len(short) > maxLine {
		short = short[:maxLine] + "..."
	}
	if refused.MatchString(line) {
		for _, path := range pathWord.FindAllString(line, -1) {
			path = filepath.Clean(strings.TrimRight(path, "."))
			switch {
			case path == "/":
			case !p.MayWrite(path) && writing.MatchString(line) && (writable(path, len(path)) || removing.MatchString(line) && writable(filepath.Dir(path), 1)):
				return Denial{"write", path, short}, true
			case !p.MayRead(path) && (unix.Access(path, unix.R_OK) == nil || writable(path, 1)):
				return Denial{"read", path, short}, true
			}
		}
	}
	if p.NoNetwork() && noNetwork.MatchString(line) {
		return Denial{"network", "", short}, true
	}
	return Denial{}, false
}

// writable reports whether this process, which is not confined, can change path, or make it with up to that many directories above.
func writable(path string, missing int) bool {
	for ; missing > 0 && path != "/"; missing-- {
		if _, err := os.Lstat(path); !os.IsNotExist(err) {
			break
		}
		path = filepath.Dir(path)
	}
	return unix.Access(path, unix.W_OK) == nil
}
