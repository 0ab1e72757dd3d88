package buildlog

import (
	"bufio"
	"io"
	"regexp"
	"strings"
	"unicode"
)

const (
	before   = 8    // most lines of an excerpt above the error
	after    = 12   // and below it
	near     = 300  // lines above the end of a build in which its reason is looked for
	maxLine  = 400  // characters of a line that are kept
	maxCands = 2000 // errors that are remembered: the newest of them matter
)

// A candidate is a line that matched a rule, with its surroundings.
type candidate struct {
	finding Finding
	weight  weight
	open    int // lines that its excerpt still takes
}

type scanner struct {
	number     int
	context    []Line // the last lines, at most before of them
	candidates []*candidate
	first      *candidate // the first strong one of the whole log
	region     int        // line of ninja's first FAILED: the reason follows it
	chosen     *candidate
	traceback  *candidate // the Python traceback whose last line is still to come
}

func newScanner() *scanner { return &scanner{} }

func (s *scanner) readAll(r io.Reader) error {
	br := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := readLine(br)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		s.line(clean(line))
		if s.chosen != nil && s.chosen.open == 0 {
			return nil
		}
	}
}

// readLine returns a line of any length, cut off at a length that is enough.
func readLine(br *bufio.Reader) (string, error) {
	var b []byte
	for {
		part, err := br.ReadSlice('\n')
		if room := 16<<10 - len(b); room > 0 {
			b = append(b, part[:min(room, len(part))]...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == io.EOF && len(b) > 0 {
			err = nil
		}
		return string(b), err
	}
}

var escapes = regexp.MustCompile(`\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)`)

// clean removes colours, links, progress that was overwritten, and whatever
// could do harm to a terminal.
func clean(line string) string {
	line = strings.TrimRight(line, "\r\n")
	if i := strings.LastIndexByte(line, '\r'); i >= 0 {
		line = line[i+1:]
	}
	if strings.IndexByte(line, 0x1b) >= 0 {
		line = escapes.ReplaceAllString(line, "")
	}
	if !plain(line) {
		line = strings.Map(func(r rune) rune {
			switch {
			case r == '\t':
				return r
			case !unicode.IsPrint(r), r == unicode.ReplacementChar:
				return '?'
			}
			return r
		}, strings.ToValidUTF8(line, "?"))
	}
	return line
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x7f || s[i] < ' ' && s[i] != '\t' {
			return false
		}
	}
	return true
}

// shorten keeps the beginning of a line; compile commands may be very long.
func shorten(line string) string {
	if len(line) <= maxLine {
		return line
	}
	runes := []rune(line)
	if len(runes) <= maxLine {
		return line
	}
	return string(runes[:maxLine]) + " …"
}

func (s *scanner) line(text string) {
	s.number++
	l := Line{s.number, shorten(text)}
	for _, c := range s.candidates {
		if c.open > 0 {
			c.finding.Excerpt = append(c.finding.Excerpt, l)
			c.open--
		}
	}
	if s.chosen == nil {
		s.endTraceback(text)
		s.judge(text, l)
	}
	if len(s.context) == before {
		s.context = s.context[1:]
	}
	s.context = append(s.context, l)
}

func (s *scanner) judge(text string, l Line) {
	if s.region == 0 && strings.HasPrefix(text, "FAILED: ") {
		s.region = s.number
	}
	end := isEnd(text)
	r := match(text)
	if r != nil {
		c := s.add(r, l)
		if r.weight == final {
			s.choose(c)
			return
		}
	}
	if end {
		s.choose(s.reasonNear())
	}
}

func (s *scanner) add(r *rule, l Line) *candidate {
	c := &candidate{weight: r.weight, open: after, finding: Finding{
		Kind: r.kind, Line: l.Number, Message: strings.TrimSpace(l.Text),
		Excerpt: append(append([]Line{}, s.context...), l),
	}}
	if len(s.candidates) == maxCands {
		s.candidates = s.candidates[1:]
	}
	s.candidates = append(s.candidates, c)
	if s.first == nil && c.weight >= strong {
		s.first = c
	}
	if r.kind == Python {
		s.traceback = c
	}
	return c
}

// endTraceback takes the exception for the message: it stands in the first line
// after the traceback that is not indented.
func (s *scanner) endTraceback(text string) {
	c := s.traceback
	if c == nil || text == "" || text[0] == ' ' || text[0] == '\t' {
		return
	}
	s.traceback = nil
	c.finding.Message, c.finding.Line = shorten(text), s.number
	if c.open == 0 { // a deep one: its end matters more than its beginning
		c.finding.Excerpt = append(append([]Line{}, s.context...), Line{s.number, shorten(text)})
	}
}

// reasonNear is the candidate that explains why the build ends here: the first
// strong one in reach, unless the machine itself was at fault; failing that, the
// last of those that may be harmless.
func (s *scanner) reasonNear() *candidate {
	from := s.number - near
	if s.region > 0 {
		from = s.region
	}
	return best(s.candidates, from)
}

func best(candidates []*candidate, from int) *candidate {
	var found, perhaps *candidate
	for _, c := range candidates {
		switch {
		case c.finding.Line < from || c.weight == weak:
		case c.weight == cause:
			return c
		case c.weight == maybe:
			perhaps = c
		case found == nil:
			found = c
		}
	}
	if found == nil {
		return perhaps
	}
	return found
}

func (s *scanner) choose(c *candidate) {
	if c == nil {
		return
	}
	s.chosen = c
	s.candidates = []*candidate{c}
}

// result is the reason near the build's end; else, if the log has no end that we
// know, the first strong candidate; else what best and weak ones are left.
func (s *scanner) result() *Finding {
	c := s.chosen
	if c == nil {
		c = s.first
	}
	if c == nil {
		c = best(s.candidates, 0)
	}
	if c == nil && len(s.candidates) > 0 {
		c = s.candidates[0]
	}
	if c == nil {
		return nil
	}
	f := c.finding
	f.Excerpt = trim(f.Excerpt, f.Line)
	return &f
}

// trim drops what hardly belongs to the error: lines above it that are commands
// or other targets, and everything below the tool's last word.
func trim(lines []Line, at int) []Line {
	begin, end := 0, len(lines)
	for i, l := range lines {
		switch {
		case l.Number < at && isNoise(l.Text):
			begin = i + 1
		case l.Number > at && (isEnd(l.Text) || strings.HasPrefix(l.Text, "compilation terminated")):
			return lines[begin : i+1]
		}
	}
	for end > 0 && lines[end-1].Number > at && strings.TrimSpace(lines[end-1].Text) == "" {
		end--
	}
	return lines[min(begin, end):end]
}

var noise = regexp.MustCompile(`^(?:\[ *\d+[%/]|make(?:\[\d+\])?: (?:Entering|Leaving)|checking |-- |  (?:CC|CXX|CCLD|GEN|F77|FC) )`)

// isNoise recognises the lines of successful steps.
func isNoise(line string) bool { return noise.MatchString(line) }
