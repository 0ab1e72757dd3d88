package main

// Rules of the interface, for everything that prints. This file is the only one that writes to the terminal.
//
//   - Results go to stdout; progress, warnings, hints and errors to stderr. A script can always read stdout.
//   - An error is "error: what failed: why", lower case, no full stop. A hint stands on its own line below, "hint: what to do".
//   - Colour only on a terminal, and never with NO_COLOR set or TERM=dumb; --color=always|never decides otherwise.
//   - Nothing blinks, moves or asks when stderr is no terminal: plain lines instead.
//   - Times are in seconds with one digit, from ten minutes on in minutes and hours; sizes in KiB, MiB, GiB.

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// terminal is where a verb prints.
type terminal struct {
	out, err  io.Writer
	outColor  bool
	errColor  bool
	errIsTerm bool // progress may redraw
	quiet     bool // no notes
	verbose   bool
	warned    sync.Map // message: true
}

// newTerminal looks at the process's own streams.
func newTerminal(getenv func(string) string) *terminal {
	plain := getenv("NO_COLOR") != "" || getenv("TERM") == "dumb"
	outTerm, errTerm := term.IsTerminal(int(os.Stdout.Fd())), term.IsTerminal(int(os.Stderr.Fd()))
	return &terminal{
		out: os.Stdout, err: os.Stderr,
		outColor: outTerm && !plain, errColor: errTerm && !plain,
		errIsTerm: errTerm && getenv("TERM") != "dumb",
	}
}

// setColor applies --color.
func (t *terminal) setColor(mode string) error {
	switch mode {
	case "auto", "":
	case "always":
		t.outColor, t.errColor = true, true
	case "never":
		t.outColor, t.errColor = false, false
	default:
		return usagef("--color takes auto, always or never, not %q", mode)
	}
	return nil
}

type style string

const (
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
	blue   style = "34"
	cyan   style = "36"
)

func paint(on bool, s style, text string) string {
	if !on || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// printf writes a result.
func (t *terminal) printf(format string, args ...any) {
	fmt.Fprintf(t.out, format, args...)
}

// json writes a result as indented JSON.
func (t *terminal) json(v any) error {
	e := json.NewEncoder(t.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	return nil
}

// notef tells what is going on, unless --quiet.
func (t *terminal) notef(format string, args ...any) {
	if !t.quiet {
		fmt.Fprintf(t.err, format+"\n", args...)
	}
}

// detailf tells what only --verbose wants to know.
func (t *terminal) detailf(format string, args ...any) {
	if t.verbose {
		fmt.Fprintf(t.err, format+"\n", args...)
	}
}

// warnf warns, of the same thing once.
func (t *terminal) warnf(format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	if _, said := t.warned.LoadOrStore(message, true); !said {
		fmt.Fprintln(t.err, paint(t.errColor, yellow, "warning:"), message)
	}
}

// warn is warnf for a message that is whole.
func (t *terminal) warn(message string) { t.warnf("%s", message) }

// hintf says what to do next.
func (t *terminal) hintf(format string, args ...any) {
	fmt.Fprintln(t.err, paint(t.errColor, cyan, "hint:"), fmt.Sprintf(format, args...))
}

// canAsk reports whether there is a person at both ends.
func (t *terminal) canAsk() bool {
	return t.errIsTerm && term.IsTerminal(int(os.Stdin.Fd()))
}

// ask asks a question that is answered with y or n; anything else is n. Only where canAsk.
func (t *terminal) ask(question string) bool {
	fmt.Fprintf(t.err, "%s [y/N] ", question)
	answer, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

// fail prints an error and the hints that it carries.
func (t *terminal) fail(err error) {
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	fmt.Fprintln(t.err, paint(t.errColor, red, "error:"), strings.TrimRight(err.Error(), "\n"))
	for _, h := range hintsOf(err) {
		t.hintf("%s", h)
	}
}
