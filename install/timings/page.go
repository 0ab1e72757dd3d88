package timings

import (
	"bytes"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"
)

// Measures of the chart, in pixels.
const (
	nameWidth  = 200
	chartWidth = 900
	rowHeight  = 22
	barHeight  = 16
	headHeight = 26
)

// colors of phases; others share the last one.
var colors = []struct{ phase, color string }{
	{"fetch", "#9aa0a6"}, {"unpack", "#c2b280"}, {"patch", "#b39ddb"}, {"autoreconf", "#ffcc80"}, {"configure", "#fbc02d"}, {"cmake", "#fbc02d"}, {"meson", "#fbc02d"},
	{"build", "#42a5f5"}, {"compile", "#42a5f5"}, {"check", "#ab47bc"}, {"test", "#ab47bc"}, {"install", "#66bb6a"}, {"verify", "#26a69a"}, {"register", "#78909c"},
}

const otherColor = "#90caf9"

func colorOf(phase string) string {
	for _, c := range colors {
		if c.phase == phase {
			return c.color
		}
	}
	return otherColor
}

const style = `
body { font: 14px/1.5 system-ui, sans-serif; margin: 2em; color: #202124; }
table { border-collapse: collapse; } td, th { padding: 2px 12px 2px 0; text-align: left; } td.n, th.n { text-align: right; }
svg { max-width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: #202124; }
.grid { stroke: #e0e0e0; } .critical { fill: none; stroke: #d32f2f; stroke-width: 2; } .failed { fill: #d32f2f; } .dot { display: inline-block; width: 10px; height: 10px; margin: 0 4px 0 12px; }
tr.critical td { font-weight: bold; }`

// HTML is the page.
func (p Page) HTML() []byte {
	var b bytes.Buffer
	chain := critical(p.Tasks)
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>%s</title>\n<style>%s\n</style></head>\n<body>\n<h1>%s</h1>\n",
		html.EscapeString(p.Title), style, html.EscapeString(p.Title))
	fmt.Fprintf(&b, "<p>%s, on %s, with %d jobs: %s for %s of work, %d packages.</p>\n", p.When.UTC().Format("2006-01-02 15:04 UTC"),
		html.EscapeString(p.Host), p.Jobs, duration(p.total()), duration(p.work()), len(p.Tasks))
	p.chart(&b, chain)
	p.legend(&b)
	p.tellChain(&b, chain)
	p.table(&b, chain)
	b.WriteString("</body>\n</html>\n")
	return b.Bytes()
}

// work is what all tasks took together.
func (p Page) work() (sum time.Duration) {
	for _, t := range p.Tasks {
		sum += t.took()
	}
	return sum
}

// chart draws a row for each task that was begun, in the order in which they were.
func (p Page) chart(b *bytes.Buffer, chain []int) {
	rows := p.begun()
	total := max(p.total(), time.Millisecond)
	x := func(at time.Duration) float64 { return nameWidth + chartWidth*float64(at)/float64(total) }
	height := headHeight + rowHeight*len(rows)
	fmt.Fprintf(b, "<svg viewBox=\"0 0 %d %d\" width=\"%[1]d\" height=\"%[2]d\" role=\"img\" aria-label=\"when each package was built\">\n", nameWidth+chartWidth+80, height)
	for at := time.Duration(0); at <= total; at += step(total) {
		fmt.Fprintf(b, "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1[1]f\" y2=\"%[3]d\"/><text x=\"%.1[1]f\" y=\"14\" text-anchor=\"middle\">%[4]s</text>\n", x(at), headHeight-6, height, duration(at))
	}
	for row, i := range rows {
		t := p.Tasks[i]
		y := headHeight + rowHeight*row
		fmt.Fprintf(b, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", nameWidth-8, y+13, html.EscapeString(t.Name))
		for _, phase := range t.phases() {
			fmt.Fprintf(b, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"><title>%s: %s, %s</title></rect>\n", x(phase.Start), y,
				max(x(phase.End)-x(phase.Start), 0.5), barHeight, colorOf(phase.Name), html.EscapeString(t.Name), html.EscapeString(phase.Name), duration(phase.End-phase.Start))
		}
		if slices.Contains(chain, i) {
			fmt.Fprintf(b, "<rect class=\"critical\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n", x(t.Start), y, max(x(t.End)-x(t.Start), 1), barHeight)
		}
		label, class := duration(t.took()), ""
		if t.Outcome == "failed" || t.Outcome == "interrupted" || t.Outcome == "reused" {
			label += " " + t.Outcome
		}
		if t.Outcome == "failed" {
			class = ` class="failed"`
		}
		fmt.Fprintf(b, "<text%s x=\"%.1f\" y=\"%d\">%s</text>\n", class, x(t.End)+6, y+13, label)
	}
	b.WriteString("</svg>\n")
}

// begun lists the tasks that were begun, in that order.
func (p Page) begun() []int {
	var rows []int
	for i, t := range p.Tasks {
		if t.begun() {
			rows = append(rows, i)
		}
	}
	slices.SortStableFunc(rows, func(i, j int) int { return int(p.Tasks[i].Start - p.Tasks[j].Start) })
	return rows
}

// legend names the colours that are used.
func (p Page) legend(b *bytes.Buffer) {
	var seen []string
	b.WriteString("<p>")
	for _, t := range p.Tasks {
		for _, phase := range t.Phases {
			if !slices.Contains(seen, phase.Name) {
				seen = append(seen, phase.Name)
				fmt.Fprintf(b, "<span class=\"dot\" style=\"background:%s\"></span>%s", colorOf(phase.Name), html.EscapeString(phase.Name))
			}
		}
	}
	b.WriteString("<span class=\"dot\" style=\"border:2px solid #d32f2f\"></span>on the critical path</p>\n")
}

// tellChain says which packages decided how long it took.
func (p Page) tellChain(b *bytes.Buffer, chain []int) {
	if len(chain) == 0 {
		return
	}
	var names []string
	var sum time.Duration
	for _, i := range chain {
		names = append(names, html.EscapeString(p.Tasks[i].Name))
		sum += p.Tasks[i].took()
	}
	fmt.Fprintf(b, "<h2>Critical path</h2>\n<p>%s: %s of %s.</p>\n", strings.Join(names, " → "), duration(sum), duration(p.total()))
}

// table lists the tasks, the longest first.
func (p Page) table(b *bytes.Buffer, chain []int) {
	order := make([]int, len(p.Tasks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return int(p.Tasks[j].took() - p.Tasks[i].took()) })
	b.WriteString("<h2>Packages</h2>\n<table>\n<tr><th>package</th><th>hash</th><th></th><th class=\"n\">began</th><th class=\"n\">took</th><th>phases</th></tr>\n")
	for _, i := range order {
		t := p.Tasks[i]
		class, outcome := "", t.Outcome
		if slices.Contains(chain, i) {
			class = ` class="critical"`
		}
		if !t.begun() {
			outcome = "not begun"
		}
		var phases []string
		for _, phase := range t.phases() {
			phases = append(phases, html.EscapeString(phase.Name)+" "+duration(phase.End-phase.Start))
		}
		fmt.Fprintf(b, "<tr%s><td>%s</td><td>%.7s</td><td>%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td>%s</td></tr>\n", class,
			html.EscapeString(t.Name), html.EscapeString(t.Hash), outcome, duration(t.Start), duration(t.took()), strings.Join(phases, ", "))
	}
	b.WriteString("</table>\n")
}

// step is the distance of the chart's lines: a number of seconds, minutes or hours that people count in, about eight of them.
func step(total time.Duration) time.Duration {
	for _, s := range []time.Duration{
		10 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second,
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour,
	} {
		if total <= 10*s {
			return s
		}
	}
	return 6 * time.Hour * (1 + total/(60*time.Hour))
}

// duration is "41.2 s", "12m 05s" or "2h 10m".
func duration(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d < 10*time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm %02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh %02dm", int(d.Hours()), int(d.Minutes())%60)
}
