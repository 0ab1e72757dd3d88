package buildlog

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
)

// A Probe is the last check of configure or CMake that failed, as their own log tells it: the command and what it printed. What they print to the build's
// log is only that something is not there; here stands why.
type Probe struct {
	File  string // "/home/u/.berth/stage/.../config.log"
	Lines []Line
}

// String shows the lines with their numbers.
func (p *Probe) String() string {
	f := Finding{Excerpt: p.Lines}
	return f.String()
}

// maxProbe is how many lines of a check are shown: its first, and the last before its end.
const maxProbe = 18

// ProbeFiles are the names of the logs that LastProbe reads, by the kind of error that makes them worth reading.
func ProbeFiles(k Kind) []string {
	switch k {
	case Configure:
		return []string{"config.log"}
	case CMake:
		return []string{"CMakeConfigureLog.yaml", "CMakeError.log"}
	}
	return nil
}

// LastProbe finds the last check that failed in a log with that name; nil if there is none. The error is the reader's.
func LastProbe(name string, r io.Reader) (*Probe, error) {
	var s splitter
	switch filepath.Base(name) {
	case "config.log":
		s = &autoconfLog{}
	case "CMakeError.log":
		s = &cmakeErrorLog{}
	case "CMakeConfigureLog.yaml":
		s = &cmakeConfigureLog{}
	default:
		return nil, fmt.Errorf("read %s: that is no log of checks", name)
	}
	br := bufio.NewReaderSize(r, 64<<10)
	for number := 1; ; number++ {
		text, err := readLine(br)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		if !s.line(Line{number, shorten(clean(text))}) {
			break
		}
	}
	lines := s.last()
	if len(lines) == 0 {
		return nil, nil
	}
	return &Probe{File: name, Lines: shortenProbe(lines)}, nil
}

// shortenProbe keeps the first lines, which say what was checked and how, and the last.
func shortenProbe(lines []Line) []Line {
	if len(lines) <= maxProbe {
		return lines
	}
	const head = 3
	return append(lines[:head:head], lines[len(lines)-(maxProbe-head):]...)
}

// splitter takes a log apart into checks.
type splitter interface {
	line(Line) (goOn bool)
	last() []Line // of the last check that failed
}

// check collects the lines of one check.
type check struct {
	lines  []Line
	failed bool
}

func (c *check) add(l Line) {
	if strings.TrimSpace(l.Text) == "" {
		return
	}
	if len(c.lines) == 4*maxProbe { // the beginning and what is new
		c.lines = append(c.lines[:maxProbe], c.lines[maxProbe+1:]...)
	}
	c.lines = append(c.lines, l)
}

// autoconfLog is config.log: "configure:4700: checking for inflate in -lz", the command, its output, "configure:4700: $? = 1", the program that failed, and
// the result. After configure's error come the caches and variables.
type autoconfLog struct{ now, failed check }

var (
	autoconfCheck  = regexp.MustCompile(`^configure:\d+: checking `)
	autoconfStatus = regexp.MustCompile(`^configure:\d+: \$\? = [1-9]`)
	autoconfError  = regexp.MustCompile(`^configure:\d+: error: `)
)

func (a *autoconfLog) line(l Line) bool {
	switch {
	case autoconfCheck.MatchString(l.Text):
		a.end()
	case autoconfError.MatchString(l.Text):
		a.end()
		return false
	case strings.HasPrefix(l.Text, "| "), strings.HasPrefix(l.Text, "configure: failed program was:"), len(a.now.lines) == 0:
		return true
	case autoconfStatus.MatchString(l.Text):
		a.now.failed = true
	}
	a.now.add(l)
	return true
}

func (a *autoconfLog) end() {
	if a.now.failed {
		a.failed = a.now
	}
	a.now = check{}
}

func (a *autoconfLog) last() []Line {
	a.end()
	return a.failed.lines
}

// cmakeErrorLog is CMakeFiles/CMakeError.log, up to CMake 3.25: only what failed is in it, each after a line that says so.
type cmakeErrorLog struct{ now check }

var cmakeFailed = regexp.MustCompile(`^(?:Performing|Determining|Compiling|Checking|Detecting|Unable|Run |Build|Testing|Test ).* failed\b.*:$|failed with the following output:$`)

func (c *cmakeErrorLog) line(l Line) bool {
	if cmakeFailed.MatchString(l.Text) {
		c.now = check{failed: true}
	}
	if c.now.failed && !strings.HasPrefix(l.Text, "Source file was:") {
		c.now.add(l)
	}
	return true
}

func (c *cmakeErrorLog) last() []Line { return c.now.lines }

// cmakeConfigureLog is CMakeFiles/CMakeConfigureLog.yaml, from CMake 3.26 on: a list of events, of which a try_compile or try_run has a description, the
// output as a block, and an exit code.
type cmakeConfigureLog struct {
	now, failed check
	block       bool // in the output
}

var (
	cmakeExit  = regexp.MustCompile(`^\s+exitCode: "?(\d+)"?$`)
	cmakeCheck = regexp.MustCompile(`^\s+- "((?:Performing|Looking|Check|Detecting).*)"$`)
)

func (c *cmakeConfigureLog) line(l Line) bool {
	text := strings.TrimSpace(l.Text)
	switch {
	case strings.HasPrefix(text, "kind:") || strings.HasPrefix(l.Text, "  -\n") || l.Text == "  -" || l.Text == "...":
		c.end()
	case cmakeCheck.MatchString(l.Text):
		c.now.add(Line{l.Number, cmakeCheck.FindStringSubmatch(l.Text)[1]})
	case text == "stdout: |" || text == "stderr: |":
		c.block = true
	case cmakeExit.MatchString(l.Text):
		c.block = false
		c.now.failed = c.now.failed || cmakeExit.FindStringSubmatch(l.Text)[1] != "0"
	case c.block:
		c.now.add(Line{l.Number, text})
	}
	return true
}

func (c *cmakeConfigureLog) end() {
	if c.now.failed && len(c.now.lines) > 0 {
		c.failed = c.now
	}
	c.now, c.block = check{}, false
}

func (c *cmakeConfigureLog) last() []Line {
	c.end()
	return c.failed.lines
}
