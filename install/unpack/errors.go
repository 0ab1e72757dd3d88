package unpack

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"
)

// Reason is why an archive was not unpacked.
type Reason string

// The reasons that mean that an archive is unsafe; see Reason.Unsafe.
const (
	AbsoluteName  Reason = "the name is absolute"
	ParentName    Reason = `the name contains ".."`
	BadName       Reason = "the name is not usable"
	LinkEscapes   Reason = "the link leaves the destination"
	ThroughLink   Reason = "a link stands where a directory is needed"
	KindChanged   Reason = "the entry replaces one of another kind"
	SpecialFile   Reason = "it is a device, a pipe or another special file"
	MissingTarget Reason = "the hard link's target is no earlier file of the archive"
	TooLarge      Reason = "the archive is larger than the limit"
)

// The reasons that mean that an archive cannot be read, or not be written out.
const (
	UnknownFormat Reason = "the format is not known"
	Corrupt       Reason = "the archive is damaged or cut off"
	Unreadable    Reason = "the archive cannot be read"
	NotWritten    Reason = "the destination cannot be written"
	NotEmpty      Reason = "the destination is not empty"
)

// Unsafe reports whether the reason lies in what the archive tries to do, so
// that neither fetching it again nor more room would help.
func (r Reason) Unsafe() bool {
	switch r {
	case UnknownFormat, Corrupt, Unreadable, NotWritten, NotEmpty:
		return false
	}
	return true
}

// Error says which archive was not unpacked, at which entry, and why.
type Error struct {
	Archive string // "zlib-1.3.1.tar.gz"
	Entry   string // the name as the archive has it; "" when the archive as a whole is meant
	Reason  Reason
	Detail  string // a link's target, a limit, what the file looks like; may be empty
	Err     error  // the cause, for Corrupt, Unreadable and NotWritten
}

func (e *Error) Error() string {
	s := fmt.Sprintf("unpack %s: ", e.Archive)
	if e.Entry != "" {
		s += fmt.Sprintf("entry %q: ", e.Entry)
	}
	s += string(e.Reason)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if r := e.remedy(); r != "" {
		s += " (" + r + ")"
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

func (e *Error) remedy() string {
	switch {
	case e.Reason == UnknownFormat:
		return "check the source's URL, or set expand: false if it is no archive"
	case e.Reason == Corrupt:
		return "fetch it again; if its checksum is right, the archive itself is broken"
	case e.Reason == TooLarge:
		return "raise the limit if the size is what you expect"
	case e.Reason.Unsafe():
		return "nothing was kept; do not build from this archive before someone has looked at it"
	case errors.Is(e.Err, syscall.ENOSPC):
		return "the file system is full: free space, or stage on another one"
	case errors.Is(e.Err, syscall.EDQUOT):
		return "your quota of bytes or files is used up: free some, or stage on another file system"
	case errors.Is(e.Err, fs.ErrPermission), errors.Is(e.Err, syscall.EROFS):
		return "stage in a directory that you can write"
	}
	return ""
}

// corrupt wraps a decoder's error. io.ErrUnexpectedEOF alone tells a user little.
func (t *tree) corrupt(entry string, err error) error {
	var already *Error
	if errors.As(err, &already) {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{Archive: t.name, Entry: entry, Reason: Corrupt, Detail: "it ends too early", Err: err}
	}
	return &Error{Archive: t.name, Entry: entry, Reason: Corrupt, Err: err}
}

func (t *tree) refuse(entry string, reason Reason, detail string) error {
	return &Error{Archive: t.name, Entry: entry, Reason: reason, Detail: detail}
}

func (t *tree) unwritten(entry string, err error) error {
	return &Error{Archive: t.name, Entry: entry, Reason: NotWritten, Err: err}
}
