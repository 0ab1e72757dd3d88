package unpack

import (
	"fmt"
	"io"
	"os"
	"path"
	"time"
)

// dir makes a directory. Its mode and time are set by finish.
func (t *tree) dir(e entry) error {
	name, err := t.admit(e)
	if err != nil || name == "." {
		return err
	}
	// Its owner must be able to work in it, and to remove it.
	n := node{kind: aDir, mode: e.mode&^0o022 | 0o700, mtime: t.time(e.mtime)}
	if old, ok := t.nodes[name]; ok {
		if old.kind != aDir {
			return t.refuse(e.name, KindChanged, "")
		}
		t.nodes[name] = n // listed twice, or made implicitly before
		return nil
	}
	parent, base, err := t.enter(e, name)
	if err != nil {
		return err
	}
	if err := parent.Mkdir(base, 0o755); err != nil {
		return t.unwritten(e.name, err)
	}
	t.nodes[name] = n
	return nil
}

// file writes a regular file; e.size is what the archive promises, -1 if nothing.
func (t *tree) file(e entry, r io.Reader) error {
	name, err := t.admit(e)
	if err != nil {
		return err
	}
	if name == "." {
		return t.refuse(e.name, KindChanged, "")
	}
	if e.size > t.maxBytes-t.bytes { // before a sparse file of a petabyte is begun
		return t.tooManyBytes(e.name)
	}
	if err := t.replace(e, name, aFile); err != nil {
		return err
	}
	parent, base, err := t.enter(e, name)
	if err != nil {
		return err
	}
	mode := e.mode&0o777&^0o022 | 0o600 // patch(1) and sed -i want to write
	f, err := parent.OpenFile(base, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return t.unwritten(e.name, err)
	}
	if err := t.contents(e, f, r); err != nil {
		return err
	}
	t.nodes[name] = node{kind: aFile}
	if mtime := t.time(e.mtime); !mtime.IsZero() {
		if err := parent.Chtimes(base, mtime, mtime); err != nil {
			return t.unwritten(e.name, err)
		}
	}
	return nil
}

// contents copies r into f and closes f. Errors of the two sides have different
// remedies, so they are kept apart.
func (t *tree) contents(e entry, f *os.File, r io.Reader) error {
	src := &source{r: io.LimitReader(r, t.maxBytes-t.bytes+1)}
	n, err := io.CopyBuffer(struct{ io.Writer }{f}, src, t.buf)
	t.bytes += n
	closeErr := f.Close()
	switch {
	case src.err != nil:
		return t.corrupt(e.name, src.err)
	case err != nil:
		return t.unwritten(e.name, err)
	case closeErr != nil:
		return t.unwritten(e.name, closeErr)
	case t.bytes > t.maxBytes:
		return t.tooManyBytes(e.name)
	}
	return nil
}

// source remembers a read error, which io.Copy mixes with write errors.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// symlink makes a symbolic link. Links may come before what they go through,
// so only targets that are wrong whatever follows are refused here; finish
// looks at all of them again.
func (t *tree) symlink(e entry, target string) error {
	name, err := t.admit(e)
	if err != nil {
		return err
	}
	switch {
	case name == ".":
		return t.refuse(e.name, KindChanged, "")
	case target == "" || len(target) > maxLinkTarget-1:
		return t.refuse(e.name, BadName, "the link's target is empty or too long")
	case path.IsAbs(target):
		return t.refuse(e.name, LinkEscapes, fmt.Sprintf("to %q", target))
	case !t.staysInside(path.Dir(name), target):
		return t.refuse(e.name, LinkEscapes, fmt.Sprintf("to %q", target))
	}
	if err := t.replace(e, name, aLink); err != nil {
		return err
	}
	parent, base, err := t.enter(e, name)
	if err != nil {
		return err
	}
	if err := parent.Symlink(target, base); err != nil {
		return t.unwritten(e.name, err)
	}
	t.nodes[name] = node{kind: aLink, target: target}
	return nil
}

// hardlink makes a second name for an earlier file. In tar the target is
// relative to the archive's root.
func (t *tree) hardlink(e entry, target string) error {
	name, err := t.admit(e)
	if err != nil {
		return err
	}
	to, reason, _ := cleanName(target)
	if reason != "" {
		return t.refuse(e.name, LinkEscapes, fmt.Sprintf("hard link to %q", target))
	}
	old, ok := t.nodes[to]
	switch {
	case ok && old.kind == aLink: // GNU tar stores two names of one symbolic link so
		t.entries--
		return t.symlink(e, old.target)
	case !ok || old.kind != aFile:
		return t.refuse(e.name, MissingTarget, fmt.Sprintf("%q", target))
	case to == name:
		return nil
	}
	if err := t.replace(e, name, aFile); err != nil {
		return err
	}
	if _, _, err := t.enter(e, name); err != nil {
		return err
	}
	if err := t.root.Link(to, name); err != nil {
		return t.unwritten(e.name, err)
	}
	t.nodes[name] = node{kind: aFile}
	return nil
}

func (t *tree) tooManyBytes(name string) error {
	return t.refuse(name, TooLarge, fmt.Sprintf("more than %d bytes", t.maxBytes))
}

// time keeps an entry's time unless it lies in the future, as zip's times
// without a zone may: make would take such a file for newer than its products.
func (t *tree) time(mtime time.Time) time.Time {
	if mtime.After(t.now) {
		return t.now
	}
	return mtime
}
