package python

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

const (
	maxExprNested = 200  // expressions in expressions
	maxChain      = 1000 // links of one chain such as a + b + c + ... or f()()()...; each is a level of the tree
)

// Parse reads a program. file is the name that messages show. The error is a *SyntaxError.
func Parse(file string, src []byte) (f *File, err error) {
	f = &File{Name: file, src: string(src)}
	defer func() {
		switch p := recover().(type) {
		case nil:
		case syntaxPanic:
			f, err = nil, p.err
		default:
			panic(p)
		}
	}()
	f.prepare()
	p := &parser{file: f, src: f.src}
	l := lexer{file: f, src: f.src, end: len(f.src), toks: make([]token, 0, len(f.src)/6+16)}
	l.run()
	p.toks = l.toks
	f.body = &funcDef{name: "<module>", star: -1, kwStar: -1}
	for p.kind() != tEOF {
		f.body.body = p.statement(f.body.body)
	}
	resolve(f)
	return f, nil
}

// prepare checks the text and finds its lines.
func (f *File) prepare() {
	f.lines = []Pos{0}
	if len(f.src) > maxSource {
		panic(syntaxPanic{f.syntaxError(0, fmt.Sprintf("the file is larger than %d MiB", maxSource>>20))})
	}
	f.src = strings.TrimPrefix(f.src, "\ufeff")
	if strings.Contains(f.src, "\r") {
		f.src = strings.ReplaceAll(strings.ReplaceAll(f.src, "\r\n", "\n"), "\r", "\n")
	}
	for i := 0; i < len(f.src); i++ {
		if f.src[i] == '\n' {
			f.lines = append(f.lines, Pos(i+1))
		}
	}
	if i := strings.IndexByte(f.src, 0); i >= 0 {
		panic(syntaxPanic{f.syntaxError(Pos(i), "source code cannot contain null bytes")})
	}
	if !utf8.ValidString(f.src) {
		for i, r := range f.src {
			if _, size := utf8.DecodeRuneInString(f.src[i:]); r == utf8.RuneError && size == 1 {
				panic(syntaxPanic{f.syntaxError(Pos(i), "the file is not UTF-8")})
			}
		}
	}
}

// place turns an offset into line and column.
func (f *File) place(pos Pos) Place {
	line := sort.Search(len(f.lines), func(i int) bool { return f.lines[i] > pos }) - 1
	start := f.lines[line]
	return Place{File: f.Name, Line: line + 1, Col: utf8.RuneCountInString(f.src[start:min(int(pos), len(f.src))]) + 1}
}

// line gives the text of a line, counted from 1.
func (f *File) line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	text := f.src[f.lines[n-1]:]
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	return text
}

func (f *File) syntaxError(pos Pos, msg string) *SyntaxError {
	p := f.place(pos)
	return &SyntaxError{File: f.Name, Line: p.Line, Col: p.Col, Text: f.line(p.Line), Msg: msg}
}

// parser turns tokens into a tree by recursive descent.
type parser struct {
	file  *File
	src   string
	toks  []token
	i     int
	depth int
	fn    *funcDef // nil in a module or a class body
	loops int
}

func (p *parser) kind() kind { return p.toks[p.i].kind }
func (p *parser) pos() Pos   { return p.toks[p.i].pos }

// peek looks behind the current token.
func (p *parser) peek() kind {
	if p.i+1 < len(p.toks) {
		return p.toks[p.i+1].kind
	}
	return tEOF
}

func (p *parser) text() string {
	t := p.toks[p.i]
	return p.src[t.pos:t.end]
}

func (p *parser) failAt(pos Pos, format string, args ...any) {
	panic(syntaxPanic{p.file.syntaxError(pos, fmt.Sprintf(format, args...))})
}

// unexpected complains about the current token; want says what could stand there, or is empty.
func (p *parser) unexpected(want string) {
	found := ""
	switch p.kind() {
	case tEOF:
		found = "end of file"
	case tNewline:
		found = "end of line"
	case tIndent:
		p.failAt(p.toks[p.i].end, "unexpected indent")
	case tDedent:
		p.failAt(p.pos(), "unexpected unindent")
	default:
		found = "'" + p.text() + "'"
	}
	if want != "" {
		p.failAt(p.pos(), "invalid syntax: expected %s, found %s", want, found)
	}
	p.failAt(p.pos(), "invalid syntax: unexpected %s", found)
}

func (p *parser) accept(k kind) bool {
	if p.kind() == k {
		p.i++
		return true
	}
	return false
}

func (p *parser) expect(k kind, want string) {
	if !p.accept(k) {
		p.unexpected(want)
	}
}

func (p *parser) name(want string) (string, Pos) {
	if p.kind() != tName {
		p.unexpected(want)
	}
	text, pos := p.text(), p.pos()
	p.i++
	return text, pos
}

// nest counts a level of the recursion; its result ends it.
func (p *parser) nest() {
	p.depth++
	if p.depth > maxExprNested {
		p.failAt(p.pos(), "expressions are nested too deeply")
	}
}

// block reads what follows a colon.
func (p *parser) block(what string) []stmt {
	if p.kind() == tAssign {
		p.failAt(p.pos(), "invalid syntax: expected ':', found '='; perhaps you meant '=='")
	}
	p.expect(tColon, "':'")
	if !p.accept(tNewline) {
		return p.simpleLine(nil)
	}
	if p.kind() != tIndent {
		p.failAt(p.pos(), "expected an indented block after %s", what)
	}
	p.i++
	var body []stmt
	for p.kind() != tDedent && p.kind() != tEOF {
		body = p.statement(body)
	}
	p.accept(tDedent)
	return body
}

// statement appends a compound statement, or the simple ones of a line, to list.
func (p *parser) statement(list []stmt) []stmt {
	switch p.kind() {
	case tIf:
		return append(list, p.ifStatement())
	case tFor:
		return append(list, p.forStatement())
	case tWhile:
		return append(list, p.whileStatement())
	case tTry:
		return append(list, p.tryStatement())
	case tWith:
		return append(list, p.withStatement())
	case tDef:
		return append(list, p.funcStatement(p.pos(), nil))
	case tClass:
		return append(list, p.classStatement(p.pos(), nil))
	case tAt:
		return append(list, p.decorated())
	case tAsync, tAwait:
		p.failAt(p.pos(), "async and await are not supported")
	case tNewline:
		p.i++
		return list
	}
	return p.simpleLine(list)
}

func (p *parser) simpleLine(list []stmt) []stmt {
	for {
		list = append(list, p.simpleStatement())
		if !p.accept(tSemicolon) {
			break
		}
		if p.kind() == tNewline {
			break
		}
	}
	if p.kind() == tEOF {
		return list
	}
	p.expect(tNewline, "")
	return list
}

func (p *parser) ifStatement() stmt {
	s := &ifStmt{node: node{p.pos()}}
	what := "'if' statement"
	for {
		p.i++
		s.conds = append(s.conds, p.namedTest())
		s.bodies = append(s.bodies, p.block(what))
		if p.kind() != tElif {
			break
		}
		what = "'elif' statement"
	}
	s.orelse = p.elseBlock()
	return s
}

func (p *parser) elseBlock() []stmt {
	if p.accept(tElse) {
		return p.block("'else' statement")
	}
	return nil
}

func (p *parser) forStatement() stmt {
	s := &forStmt{node: node{p.pos()}}
	p.i++
	s.target = p.target(p.starList(false))
	p.expect(tIn, "'in'")
	s.iter = p.starList(true)
	s.body = p.loop("'for' statement")
	s.orelse = p.elseBlock()
	return s
}

func (p *parser) whileStatement() stmt {
	s := &whileStmt{node: node{p.pos()}}
	p.i++
	s.cond = p.namedTest()
	s.body = p.loop("'while' statement")
	s.orelse = p.elseBlock()
	return s
}

func (p *parser) loop(what string) []stmt {
	p.loops++
	body := p.block(what)
	p.loops--
	return body
}

func (p *parser) tryStatement() stmt {
	s := &tryStmt{node: node{p.pos()}}
	p.i++
	s.body = p.block("'try' statement")
	for p.kind() == tExcept {
		h := handler{pos: p.pos()}
		p.i++
		if p.kind() == tStar {
			p.failAt(p.pos(), "except* is not supported")
		}
		if p.kind() != tColon {
			h.typ = p.test()
			if p.accept(tAs) {
				name, pos := p.name("a name")
				h.name = &nameExpr{node: node{pos}, id: name}
			}
		} else if len(s.handlers) > 0 && s.handlers[len(s.handlers)-1].typ == nil {
			p.failAt(h.pos, "default 'except:' must be last")
		}
		h.body = p.block("'except' statement")
		s.handlers = append(s.handlers, h)
	}
	if len(s.handlers) > 0 {
		s.orelse = p.elseBlock()
	}
	if p.accept(tFinally) {
		s.finally = p.block("'finally' statement")
	} else if len(s.handlers) == 0 {
		p.failAt(p.pos(), "expected 'except' or 'finally' block")
	}
	return s
}

func (p *parser) withStatement() stmt {
	s := &withStmt{node: node{p.pos()}}
	p.i++
	if p.kind() == tLParen && p.parenthesizedItems() {
		p.i++
		for p.kind() != tRParen {
			s.items = append(s.items, p.withItem())
			if !p.accept(tComma) {
				break
			}
		}
		p.expect(tRParen, "')'")
	} else {
		s.items = append(s.items, p.withItem())
		for p.accept(tComma) {
			s.items = append(s.items, p.withItem())
		}
	}
	s.body = p.block("'with' statement")
	return s
}

// parenthesizedItems looks ahead: does the parenthesis hold with-items? It does if it has an "as" of its own, or if what
// follows it is the colon.
func (p *parser) parenthesizedItems() bool {
	depth := 0
	for i := p.i; i < len(p.toks); i++ {
		switch p.toks[i].kind {
		case tLParen, tLBracket, tLBrace:
			depth++
		case tRParen, tRBracket, tRBrace:
			if depth--; depth == 0 {
				return p.toks[i+1].kind == tColon && !p.isGenerator(p.i, i)
			}
		case tAs:
			if depth == 1 {
				return true
			}
		}
	}
	return false
}

// isGenerator says whether the tokens between the parentheses at i and end are no list of items but one expression that only
// parentheses make one: a generator, a yield, or the empty tuple.
func (p *parser) isGenerator(i, end int) bool {
	if i+1 == end || p.toks[i+1].kind == tYield {
		return true
	}
	depth := 0
	for _, t := range p.toks[i:end] {
		switch t.kind {
		case tLParen, tLBracket, tLBrace:
			depth++
		case tRParen, tRBracket, tRBrace:
			depth--
		case tFor, tWalrus:
			if depth == 1 {
				return true
			}
		}
	}
	return false
}

func (p *parser) withItem() withItem {
	item := withItem{ctx: p.test()}
	if p.accept(tAs) {
		item.target = p.target(p.starTarget())
	}
	return item
}

func (p *parser) decorated() stmt {
	pos := p.pos()
	var decorators []expr
	for p.accept(tAt) {
		decorators = append(decorators, p.namedTest())
		p.expect(tNewline, "end of line")
	}
	switch p.kind() {
	case tDef:
		return p.funcStatement(pos, decorators)
	case tClass:
		return p.classStatement(pos, decorators)
	case tAsync:
		p.failAt(p.pos(), "async and await are not supported")
	}
	p.unexpected("'def' or 'class'")
	return nil
}
