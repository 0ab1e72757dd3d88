package python

import (
	"errors"
	"fmt"
	"strings"
)

// What ended an evaluation that was not ended by an exception.
var (
	ErrSteps  = errors.New("the program takes too many steps")
	ErrDepth  = errors.New("the program nests too deeply")
	ErrMemory = errors.New("the program takes too much memory")
)

// SyntaxError is text that is no program.
type SyntaxError struct {
	File      string
	Line, Col int    // from 1; columns count code points
	Text      string // the line
	Msg       string // "'(' was never closed"
}

// Error gives place and message in one line.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg)
}

// Detail gives the message with the line and a caret under the place.
func (e *SyntaxError) Detail() string {
	return e.Error() + "\n" + caret(e.Text, e.Col)
}

// caret shows a line with a mark below column col, tabs kept so that it stands right.
func caret(line string, col int) string {
	var pad strings.Builder
	for i, r := range []rune(line) {
		if i >= col-1 {
			break
		}
		if r == '\t' {
			pad.WriteByte('\t')
		} else {
			pad.WriteByte(' ')
		}
	}
	return "    " + line + "\n    " + pad.String() + "^"
}

// Error is an evaluation that ended: with an exception (Exc), or for a reason that the program can't catch (Err).
type Error struct {
	Exc    *Instance // nil when Err is set
	Err    error     // ErrSteps, the context's error, or what a Go function returned
	Places []Place   // the innermost first

	line string // the source line of Places[0]
	seen *frame // the frame that recorded its place last
}

// Class is the class of the exception, or nil.
func (e *Error) Class() *Class {
	if e.Exc == nil {
		return nil
	}
	return e.Exc.class
}

// Is lets errors.Is compare with a class of exceptions: errors.Is(err, python.KeyError).
func (e *Error) Is(target error) bool {
	c, ok := target.(*Class)
	return ok && e.Exc != nil && e.Exc.class.IsSubclass(c)
}

// Unwrap gives Err.
func (e *Error) Unwrap() error { return e.Err }

// Message is what the exception says, after its class: "NameError: name 'x' is not defined".
func (e *Error) Message() string {
	if e.Exc == nil {
		return e.Err.Error()
	}
	text := exceptionText(e.Exc)
	if text == "" {
		return e.Exc.class.Name
	}
	return e.Exc.class.Name + ": " + text
}

// Error gives place and message in one line.
func (e *Error) Error() string {
	if len(e.Places) == 0 {
		return e.Message()
	}
	return e.Places[0].String() + ": " + e.Message()
}

// Detail gives the message with the line that it is about, and the calls that led there.
func (e *Error) Detail() string {
	var b strings.Builder
	b.WriteString(e.Error())
	if len(e.Places) == 0 {
		return b.String()
	}
	if e.line != "" {
		b.WriteString("\n" + caret(e.line, e.Places[0].Col))
	}
	e.writeCalls(&b)
	return b.String()
}

const maxCalls = 20 // calls that a message shows

// writeCalls lists the calls that led to the error; those of a recursion in one line.
func (e *Error) writeCalls(b *strings.Builder) {
	calls := e.Places[1:]
	for shown := 0; len(calls) > 0; shown++ {
		if shown == maxCalls {
			fmt.Fprintf(b, "\n  ... and %d more calls", len(calls))
			return
		}
		same := 1
		for same < len(calls) && calls[same] == calls[0] {
			same++
		}
		fmt.Fprintf(b, "\n  called from %s in %s", calls[0], calls[0].Func)
		if same > 1 {
			fmt.Fprintf(b, ", %d times", same)
		}
		calls = calls[same:]
	}
}

// Error makes a class usable as a target of errors.Is. It is of use for classes of exceptions only.
func (c *Class) Error() string { return c.Name }

// Raise makes an exception of a class with a message.
func Raise(class *Class, format string, args ...any) *Error {
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	return &Error{Exc: newException(class, Str(text))}
}

// RaiseValue makes an exception of a class with the arguments that its args attribute shows.
func RaiseValue(class *Class, args ...Value) *Error {
	return &Error{Exc: newException(class, args...)}
}

// TypeErrorf makes a TypeError.
func TypeErrorf(format string, args ...any) *Error { return Raise(TypeError, format, args...) }

// ValueErrorf makes a ValueError.
func ValueErrorf(format string, args ...any) *Error { return Raise(ValueError, format, args...) }

// AttributeErrorf makes an AttributeError.
func AttributeErrorf(format string, args ...any) *Error {
	return Raise(AttributeError, format, args...)
}

// NameErrorf makes a NameError.
func NameErrorf(format string, args ...any) *Error { return Raise(NameError, format, args...) }

// IndexErrorf makes an IndexError.
func IndexErrorf(format string, args ...any) *Error { return Raise(IndexError, format, args...) }

// KeyErrorOf makes a KeyError about a key.
func KeyErrorOf(key Value) *Error { return RaiseValue(KeyError, key) }

// asError makes any Go error an *Error: one that is none ends the evaluation.
func asError(err error) *Error {
	if e, ok := err.(*Error); ok {
		return e
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Err: err}
}
