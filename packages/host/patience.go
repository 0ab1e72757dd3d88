package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// A program that does not answer in time is not one that is not there: the machine may be under load, or its file system slow on first touch. Such a
// program is asked once more with a longer limit. If it stays silent, that is told, and nothing is recorded that it is a part of: half a compiler, written
// down, would be taken for all there is by every build from then on.

// patience is by how much the second limit is longer than the first.
const patience = 3

// patiently runs a command, and once more with a longer limit where there was no answer in time.
func patiently(ctx context.Context, c Command, run func(Command) (Result, error)) (Result, error) {
	r, err := run(c)
	if late(err) == nil || ctx.Err() != nil {
		return r, err
	}
	c.Timeout *= patience
	r, err = run(c)
	if t := late(err); t != nil {
		heard(ctx, t)
	}
	return r, err
}

// late is the timeout that an error is about, nil if it is about something else.
func late(err error) *TimeoutError {
	var t *TimeoutError
	if errors.As(err, &t) {
		return t
	}
	return nil
}

// silence is what did not answer while something was looked at.
type silence struct {
	mu    sync.Mutex
	first *TimeoutError
}

type silenceKey struct{}

// listening returns a context whose commands are listened to: the silence knows whether one of them did not answer.
func listening(ctx context.Context) (context.Context, *silence) {
	q := &silence{}
	return context.WithValue(ctx, silenceKey{}, q), q
}

func heard(ctx context.Context, t *TimeoutError) {
	if q, ok := ctx.Value(silenceKey{}).(*silence); ok {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.first == nil {
			q.first = t
		}
	}
}

// broken is the first command without an answer, nil if all answered.
func (q *silence) broken() *TimeoutError {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.first
}

// refuse tells that a program was not taken: rejected for what it did, or unanswered.
func (s *search) refuse(pkg, path string, err error) {
	f := Finding{Package: pkg, Path: path, Verdict: Rejected, Reason: err.Error()}
	if t := late(err); t != nil {
		f.Verdict, f.silent = Unanswered, t.Argv[0]
	}
	s.tell(f)
}

// withhold tells that something was found, but not all of it, and so is not recorded.
func (s *search) withhold(pkg, version, path string, why *TimeoutError) {
	s.tell(Finding{Package: pkg, Path: path, Verdict: Unanswered, silent: why.Argv[0],
		Reason: fmt.Sprintf("%s@%s is not recorded, as a part of it did not answer: %v", pkg, version, why)})
}

// withholdCompiler withholds a compiler, and every MPI that is built with it.
func (s *search) withholdCompiler(key compilerKey, group map[Language]*driver, why *TimeoutError) {
	path := ""
	for _, lang := range languages {
		d := group[lang]
		if d == nil {
			continue
		}
		if path == "" {
			path = d.path
		}
		s.silentFile(d.program.info, d.path)
	}
	s.withhold(key.pkg, key.version, path, why)
}

// silentFile notes that a compiler may stand at a file which is not recorded.
func (s *search) silentFile(info FileInfo, path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent[fileID{info.Device, info.Inode}] = path
}

// silentPart is the timeout for which a group of drivers may be less than what stands there: of a driver that a language lacks, or of a proof.
func silentPart(group map[Language]*driver, silent []*driver, failed map[Language]error) *TimeoutError {
	for _, lang := range languages {
		if t := late(failed[lang]); t != nil {
			return t
		}
	}
	for _, d := range silent {
		if group[d.lang] == nil && slices.ContainsFunc(languages, func(l Language) bool { return group[l] != nil && together(group[l], d) }) {
			return d.silent
		}
	}
	return nil
}

// together reports whether two drivers may be of one compiler: they stand in one prefix, and their names do not end in different versions.
func together(a, b *driver) bool {
	va, vb := endsInVersion.FindString(a.path), endsInVersion.FindString(b.path)
	return a.program.prefix() == b.program.prefix() && (va == vb || va == "" || vb == "")
}

// dropUnlinked withholds the MPIs whose compiler did not answer: recorded without it, they would be taken for built with any.
func (s *search) dropUnlinked() {
	s.found = slices.DeleteFunc(s.found, func(o outcome) bool {
		for _, lang := range languages {
			c, ok := o.compilers[lang]
			if !ok {
				continue
			}
			if path, ok := s.silent[c.file]; ok {
				x := o.external
				s.findings = slices.DeleteFunc(s.findings, func(f Finding) bool {
					return f.Verdict == Found && f.Package == x.Spec.Name && f.Path == x.Attributes["wrappers.mpicc"]
				})
				s.findings = append(s.findings, Finding{Package: x.Spec.Name, Path: c.wrapper, Verdict: Unanswered,
					Reason: fmt.Sprintf("%s is not recorded, as its compiler %s did not answer in time", strings.Replace(x.Spec.String(), "@=", "@", 1), path)})
				return true
			}
		}
		return false
	})
}

// Silent are the findings about what did not answer in time, and so is not recorded.
func (r Report) Silent() []Finding {
	var silent []Finding
	for _, f := range r.Findings {
		if f.Verdict == Unanswered {
			silent = append(silent, f)
		}
	}
	return silent
}

// SilentPrograms are the programs that did not answer, sorted: a Finder that skips them is not kept waiting, and does without them.
func (r Report) SilentPrograms() []string {
	var programs []string
	for _, f := range r.Silent() {
		if f.silent != "" {
			programs = append(programs, f.silent)
		}
	}
	return sortedSet(programs)
}

// Unsure reports whether more of a package may stand on this machine than was found.
func (r Report) Unsure(pkg string) bool {
	return unsure(r.Findings, pkg) || unsure(r.Findings, "") // a module, which may lead to anything
}

func unsure(findings []Finding, pkg string) bool {
	_, isMPI := mpiFlavours[pkg]
	return slices.ContainsFunc(findings, func(f Finding) bool {
		return f.Verdict == Unanswered && (f.Package == pkg || f.Package == "mpi" && isMPI)
	})
}
