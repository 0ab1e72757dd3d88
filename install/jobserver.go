package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/packages"
)

// jobServer shares this command's jobs among all builds that run at once, by GNU make's protocol (its manual, "Sharing Job
// Slots with GNU make"): a pipe that holds a byte for each job that nobody runs. A build owns one job while it runs, which it takes out of the pipe when it
// begins; the makes that it starts take more as they need them, and put them back. So the last build of a DAG gets what all others left.
type jobServer struct {
	read, write *os.File // for the makes
	own         int      // the reading end once more, for berth itself: it never blocks
	jobs        int

	mu     sync.Mutex
	builds int // that own a job
}

// The descriptors under which a make finds the pipe. Shell scripts use single digits for themselves.
const (
	jobsReadFD  = 60
	jobsWriteFD = 61
)

// newJobServer makes one with that many jobs.
func newJobServer(jobs int) (*jobServer, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe for the jobs of builds: %w", err)
	}
	s := &jobServer{read: read, write: write, jobs: jobs}
	// Whether reading blocks belongs to the open file, not to the descriptor: makes before 4.3 must block, berth must not, so it opens
	// the pipe a second time. Fd makes the first one block.
	if s.own, err = unix.Open(fmt.Sprintf("/proc/self/fd/%d", read.Fd()), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err != nil {
		return nil, errors.Join(fmt.Errorf("open the pipe for the jobs of builds: %w", err), read.Close(), write.Close())
	}
	if err := unix.SetNonblock(int(read.Fd()), false); err != nil {
		s.close()
		return nil, fmt.Errorf("make a pipe for the jobs of builds: %w", err)
	}
	s.fill()
	return s, nil
}

func (s *jobServer) close() {
	unix.Close(s.own)
	s.read.Close()
	s.write.Close()
}

// fill puts exactly as many jobs into the pipe as there are. Only while no build runs: a make that was killed took its jobs with it.
func (s *jobServer) fill() {
	rest := make([]byte, 4096)
	for {
		if n, err := unix.Read(s.own, rest); n <= 0 || err != nil {
			break
		}
	}
	s.write.Write([]byte(strings.Repeat("+", s.jobs))) // a pipe holds more than any machine has cores
}

// begin takes the one job that a build owns, and waits for it if all are taken.
func (s *jobServer) begin(ctx context.Context) error {
	s.mu.Lock()
	if s.builds == 0 {
		s.fill()
	}
	s.builds++
	s.mu.Unlock()
	one := make([]byte, 1)
	for {
		if err := ctx.Err(); err != nil {
			s.forget()
			return interrupted(ctx, "wait for a job")
		}
		n, err := unix.Read(s.own, one)
		switch {
		case n == 1:
			return nil
		case err != nil && err != unix.EAGAIN && err != unix.EINTR:
			s.forget()
			return fmt.Errorf("wait for a job: %w", err)
		}
		unix.Poll([]unix.PollFd{{Fd: int32(s.own), Events: unix.POLLIN}}, 100) // ms, so that ctx is looked at
	}
}

// end gives a build's job back.
func (s *jobServer) end() {
	s.write.Write([]byte("+"))
	s.forget()
}

func (s *jobServer) forget() {
	s.mu.Lock()
	s.builds--
	s.mu.Unlock()
}

// offer lets a command take part if it is a make that was not told how many jobs to run; it returns what its environment needs.
func (s *jobServer) offer(argv []string, files []*os.File) []packages.EnvMod {
	name := filepath.Base(argv[0])
	if name != "make" && name != "gmake" || slices.ContainsFunc(argv[1:], isJobsFlag) {
		return nil
	}
	files[jobsReadFD-3], files[jobsWriteFD-3] = s.read, s.write
	flags := fmt.Sprintf(" -j --jobserver-auth=%d,%d", jobsReadFD, jobsWriteFD)
	return []packages.EnvMod{{Op: packages.EnvSet, Name: "MAKEFLAGS", Value: flags}}
}

func isJobsFlag(arg string) bool {
	return strings.HasPrefix(arg, "-j") || strings.HasPrefix(arg, "--jobs")
}
