package main

import (
	"io"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// bars draws the lines of a progress on a terminal. What it draws it asks for with functions that take no lock: a call into it waits for the
// drawing to end, and the drawing must not wait for the caller.
type bars struct {
	to    io.Writer // the terminal itself
	color bool
	all   *mpb.Progress
	total *mpb.Bar
	lines map[*running]*mpb.Bar
	next  int
}

// redraw is how often the lines are drawn again: often enough for seconds with one digit to look alive, seldom enough for a slow ssh.
const redraw = 200 * time.Millisecond

// lastLine is greater than the priority of every package's line, so that the total stands below them.
const lastLine = 1 << 30

func newBars(to io.Writer, color bool, total func() (head, tail string)) *bars {
	b := &bars{
		to:    to,
		color: color,
		all:   mpb.New(mpb.WithOutput(to), mpb.WithRefreshRate(redraw)),
		lines: map[*running]*mpb.Bar{},
	}
	b.total = b.all.MustAdd(0, b.filler(total), mpb.BarPriority(lastLine), mpb.BarFillerTrim())
	return b
}

// add begins a line.
func (b *bars) add(r *running, line func() (head, tail string)) {
	b.next++
	b.lines[r] = b.all.MustAdd(0, b.filler(line), mpb.BarPriority(b.next), mpb.BarFillerTrim())
}

// remove ends a line and takes it away.
func (b *bars) remove(r *running) {
	if bar := b.lines[r]; bar != nil {
		bar.Abort(true)
		delete(b.lines, r)
	}
}

// Write puts text above the lines, where it stays.
func (b *bars) Write(text []byte) (int, error) {
	if n, err := b.all.Write(text); err == nil {
		return n, nil
	}
	return b.to.Write(text) // closed meanwhile
}

// close takes all lines away and returns when that is done.
func (b *bars) close() {
	for r := range b.lines {
		b.remove(r)
	}
	b.total.Abort(true)
	b.all.Wait()
}

// filler draws one line; the tail is dim.
func (b *bars) filler(line func() (head, tail string)) mpb.BarFiller {
	return mpb.BarFillerFunc(func(w io.Writer, s decor.Statistics) error {
		head, tail := fit(s.AvailableWidth, line)
		_, err := io.WriteString(w, head+paint(b.color, dim, tail))
		return err
	})
}

// fit cuts a line to the terminal's width: one that wraps would be counted as one and redrawn as two.
func fit(width int, line func() (head, tail string)) (head, tail string) {
	head, tail = line()
	head = runewidth.Truncate(head, width, "~")
	if left := width - runewidth.StringWidth(head); left > 1 {
		return head, runewidth.Truncate(tail, left, "~")
	}
	return head, ""
}
