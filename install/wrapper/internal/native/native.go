// Package native is the compiler wrapper as it runs: in C, because a build calls it thousands of times, and the Go runtime alone takes longer to set itself
// up than all that is to be done. start.c has a constructor: every program that holds this package is the wrapper, before its main begins, if it is called
// by a compiler's name. What the wrapper is for, and what it is told, says package wrapper.
//
// The Go in it lets tests, and those who want to know what a name means, call the same code.
//
// Read start.c (what happens in a call), config.c, parse.c (a command line in its parts), rewrite.c (the new command line), text.c.
package native

/*
#cgo CFLAGS: -std=gnu11 -O2 -Wall -Wextra
#include <stdlib.h>
#include "wrapper.h"
*/
import "C"

import (
	"errors"
	"strings"
	"unsafe"
)

// LanguageOf is what a program of that name compiles: an enum bw_language of wrapper.h, less than 0 if a wrapper can have no such name.
func LanguageOf(name string) int {
	s := C.CString(name)
	defer C.free(unsafe.Pointer(s))
	return int(C.bw_language_of(s))
}

// Rewrite returns the arguments that the real compiler gets in place of args, none of which has a NUL in it.
func Rewrite(config string, language int, args []string) ([]string, error) {
	text := C.CString(config)
	defer C.free(unsafe.Pointer(text))
	var list strings.Builder
	for _, a := range args {
		list.WriteString(a + "\x00")
	}
	before := C.CString(list.String())
	defer C.free(unsafe.Pointer(before))
	var size C.size_t
	var wrong *C.char
	after := C.bw_rewrite_text(text, C.int(language), before, C.size_t(list.Len()), &size, &wrong)
	defer C.free(unsafe.Pointer(after))
	if after == nil {
		defer C.free(unsafe.Pointer(wrong))
		return nil, errors.New(C.GoString(wrong))
	}
	rewritten := strings.Split(C.GoStringN(after, C.int(size)), "\x00")
	return rewritten[:len(rewritten)-1], nil
}
