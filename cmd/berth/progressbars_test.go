package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/install"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/spec/dag"
)

// openTerminal makes a pseudo-terminal: what is written to tty can be read from screen.
func openTerminal(t *testing.T, rows, columns uint16) (screen, tty *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	fd := int(screen.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: columns})
	}
	if err == nil {
		tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	return screen, tty
}

var (
	cursorUp = regexp.MustCompile(`^\x1b\[(\d+)A`)
	eraseEnd = regexp.MustCompile(`^\x1b\[J`)
	graphics = regexp.MustCompile(`^\x1b\[[\d;]*m`)
)

// replay is what a terminal of that width shows after this output, from the first line that was written.
func replay(t *testing.T, output string, width int) string {
	lines := [][]rune{nil}
	row, column := 0, 0
	for output != "" {
		switch {
		case cursorUp.MatchString(output):
			n, _ := strconv.Atoi(cursorUp.FindStringSubmatch(output)[1])
			if row -= n; row < 0 {
				t.Fatal("the cursor went above the first line")
			}
			output = output[len(cursorUp.FindString(output)):]
		case eraseEnd.MatchString(output):
			lines = append(lines[:row:row], lines[row][:min(column, len(lines[row]))])
			output = output[len(eraseEnd.FindString(output)):]
		case graphics.MatchString(output):
			output = output[len(graphics.FindString(output)):]
		case output[0] == '\r':
			column, output = 0, output[1:]
		case output[0] == '\n':
			row, output = row+1, output[1:]
			if row == len(lines) {
				lines = append(lines, nil)
			}
		case output[0] < ' ':
			t.Fatalf("unexpected control character before %.20q", output)
		default:
			r := []rune(output)[0]
			output = output[len(string(r)):]
			if column == width {
				row, column = row+1, 0
				if row == len(lines) {
					lines = append(lines, nil)
				}
			}
			lines[row] = append(lines[row][:min(column, len(lines[row]))], r)
			column++
		}
	}
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(string(line) + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// Many packages at once on a small terminal, with warnings in between: in the end the lines that stay are there, each whole, and
// nothing else.
func TestProgressLeavesNoRubbish(t *testing.T) {
	const width = 60
	screen, tty := openTerminal(t, 6, width)
	read := make(chan string)
	go func() {
		output, _ := io.ReadAll(screen) // ends with EIO when the other side is closed
		read <- string(output)
	}()

	var text strings.Builder
	for i := range 12 {
		fmt.Fprintf(&text, "package-%02d@=1.%d\n", i, i)
	}
	nodes := parseDAG(t.Fatalf, text.String())
	term := &terminal{err: tty, errIsTerm: true, errColor: true}
	p := newProgress(term)
	var plan install.Plan
	for i := range 12 {
		plan.Build = append(plan.Build, nodes[fmt.Sprintf("package-%02d", i)])
	}
	p.Planned(plan)
	var wg sync.WaitGroup
	for _, n := range plan.Build {
		wg.Go(func() { playBuild(p, n) })
	}
	wg.Wait()
	p.finish(&install.Report{Installed: make([]store.Record, 12), Reused: make([]store.Record, 1)})
	term.notef("the end")
	tty.Close()

	got := replay(t, <-read, width)
	for _, n := range plan.Build {
		line := fmt.Sprintf("\nbuilt %s in 1.0 s -> /%s\n", nameVersion(n), n.Name())
		if c := strings.Count("\n"+got, line); c != 1 {
			t.Errorf("%d lines %q", c, line)
		}
	}
	if !strings.HasSuffix(got, "\nthe end\n") || strings.Count(got, "\n") != 12+1+1 {
		t.Errorf("the screen shows, beside %d lines:\n%s", 12+1+1, got)
	}
}

func playBuild(p *progress, n *dag.Node) {
	p.Started(n, 1)
	for _, phase := range []string{"fetch", "build"} {
		p.Phase(n, phase)
		for i := range 20 {
			p.Line(n, fmt.Sprintf("\x1b[31mline %d\x1b[0m\twith 日本 and more than fits into the terminal", i))
			time.Sleep(10 * time.Millisecond)
		}
	}
	p.Done(n, "/"+n.Name(), time.Second)
}
