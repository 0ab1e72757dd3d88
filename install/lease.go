package install

import (
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// ninja does not take part in make's job server (from version 1.13 on it does, but by another kind of pipe). So it gets a lease: the jobs that nobody runs
// when it begins, and the build's own; it runs that many commands until its end. What a make beside it gives back goes to others.

// isNinja reports whether a command is ninja, under any of its names.
func isNinja(argv []string) bool {
	switch filepath.Base(argv[0]) {
	case "ninja", "ninja-build", "samu":
		return true
	}
	return false
}

// lease rewrites the command line of a ninja so that it runs as many commands as it got jobs; most is the number in it. release gives them back.
func (s *jobServer) lease(argv []string, most int) (leased []string, release func()) {
	got := s.take(most - 1)
	leased = []string{argv[0], fmt.Sprintf("-j%d", got+1)}
	for i := 1; i < len(argv); i++ {
		switch {
		case argv[i] == "-j":
			i++ // and its number
		case strings.HasPrefix(argv[i], "-j"):
		default:
			leased = append(leased, argv[i])
		}
	}
	return leased, func() { s.write.Write([]byte(strings.Repeat("+", got))) }
}

// take takes up to n jobs that nobody runs, without waiting.
func (s *jobServer) take(n int) (got int) {
	if n <= 0 {
		return 0
	}
	tokens := make([]byte, n)
	for got < n {
		k, err := unix.Read(s.own, tokens[:n-got])
		if err == unix.EINTR {
			continue
		}
		if err != nil || k <= 0 {
			break
		}
		got += k
	}
	return got
}
