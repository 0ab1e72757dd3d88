package main

import (
	"fmt"
	"os"
	"syscall"
)

// usage is what an answer took: processor time, which says more than time on a machine that does other things, too, and the most memory of a process.
type usage struct {
	seconds float64
	mb      int64
}

func usageOf(p *os.ProcessState) usage {
	u := usage{seconds: (p.UserTime() + p.SystemTime()).Seconds()}
	if r, ok := p.SysUsage().(*syscall.Rusage); ok {
		u.mb = r.Maxrss / 1024
	}
	return u
}

func (u usage) String() string { return fmt.Sprintf("%.2f s, %d MB", u.seconds, u.mb) }

// readUsage reads what String wrote; what an answer took that was kept without is not known.
func readUsage(file string) usage {
	var u usage
	text, err := os.ReadFile(file)
	if err == nil {
		_, err = fmt.Sscanf(string(text), "%f s, %d MB", &u.seconds, &u.mb)
	}
	if err != nil {
		return usage{}
	}
	return u
}
