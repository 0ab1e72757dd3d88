package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
)

// Kind is why a place did not give the file.
type Kind string

const (
	NotFound    Kind = "not found"
	Refused     Kind = "the server refused"
	Checksum    Kind = "wrong checksum"
	Damaged     Kind = "it is not what its name says" // of commits, whose names are checksums
	NoChecksum  Kind = "taken without a checksum"
	Truncated   Kind = "cut off"
	Stalled     Kind = "the server fell silent"
	DNS         Kind = "host name not found"
	Connect     Kind = "no connection"
	TLS         Kind = "the server's certificate was not accepted"
	SkippedHost Kind = "not tried: the host did not answer before"
	OfflineMode Kind = "not tried: offline"
	NoUpstream  Kind = "not tried: only mirrors may be asked"
	BadURL      Kind = "not a place that can be read"
	Unreadable  Kind = "cannot be read"
	NoSpace     Kind = "no space left in the cache"
	NotWritten  Kind = "the cache cannot be written"
)

// local says that the trouble is on this side.
func (k Kind) local() bool { return k == NoSpace || k == NotWritten }

// An Attempt is a place that did not give the file, and why.
type Attempt struct {
	Place     string // URL (without its password) or path
	Kind      Kind
	Status    int    // HTTP status, where there was one
	Want, Got string // checksums, for Checksum
	WantBytes int64  // for Truncated: what the server promised
	GotBytes  int64  // for Truncated: what came
	WebPage   bool   // for Checksum: an HTML page came in place of the file
	Tries     int    // how often it was tried, when more than once
	Err       error  // the cause, if there is one
}

func (a Attempt) String() string {
	s := fmt.Sprintf("%s: %s", a.Place, a.Kind)
	switch {
	case a.Kind == Checksum:
		s += fmt.Sprintf(": want sha256 %s, got %s", a.Want, a.Got)
		if a.WebPage {
			s += " (a web page came in place of the file: a log-in or error page)"
		}
	case a.Kind == NoChecksum:
		s += ": its sha256 is " + a.Got
	case a.Kind == Truncated && a.WantBytes > 0:
		s += fmt.Sprintf(": want %d bytes, got %d", a.WantBytes, a.GotBytes)
	case a.Status != 0:
		s += fmt.Sprintf(" (%d %s)", a.Status, http.StatusText(a.Status))
	case a.Err != nil && a.Kind != NotFound:
		s += ": " + cause(a.Err)
	}
	if a.Tries > 1 {
		s += fmt.Sprintf(" (tried %d times)", a.Tries)
	}
	return s
}

// A FetchError lists every place that was tried.
type FetchError struct {
	Source   Source
	Attempts []Attempt
	offline  bool // the network was not to be touched
}

func (e *FetchError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "fetch %s: no place has it", e.Source)
	if n := len(e.Attempts); n > 0 && e.Attempts[n-1].Kind.local() {
		b.Reset()
		fmt.Fprintf(&b, "fetch %s: it cannot be stored", e.Source)
	}
	if len(e.Attempts) == 0 {
		b.WriteString(": no mirror and no URL is known")
	}
	for _, a := range e.Attempts {
		fmt.Fprintf(&b, "\n  %s", a)
	}
	if r := e.Remedy(); r != "" {
		fmt.Fprintf(&b, "\n  %s", r)
	}
	return b.String()
}

// Unwrap gives the causes, so that errors.Is(err, syscall.ENOSPC) works.
func (e *FetchError) Unwrap() []error {
	var errs []error
	for _, a := range e.Attempts {
		if a.Err != nil {
			errs = append(errs, a.Err)
		}
	}
	return errs
}

// Integrity reports whether some place had a file with another checksum: that
// may be an attack, a re-rolled release or a typing error in the recipe.
func (e *FetchError) Integrity() bool {
	return e.has(func(a Attempt) bool { return a.Kind == Checksum || a.Kind == Damaged })
}

// Offline reports whether the file is missing where only this machine was to be asked.
func (e *FetchError) Offline() bool {
	return e.offline && !e.has(func(a Attempt) bool { return a.Kind != OfflineMode && a.Kind != NotFound })
}

// Remedy says what a user can do.
func (e *FetchError) Remedy() string {
	kind := func(kinds ...Kind) bool {
		return e.has(func(a Attempt) bool {
			for _, k := range kinds {
				if a.Kind == k {
					return true
				}
			}
			return false
		})
	}
	switch {
	case kind(NoSpace):
		return "free space or quota, or move the cache to another file system"
	case kind(NotWritten):
		return "check the owner and mode of the cache directory, or choose another one"
	case e.Integrity():
		return "do not trust the file: compare the checksum with the one that the project publishes; if the release was replaced, correct the recipe"
	case kind(NoUpstream) && e.Source.SHA256 == "":
		return "add its checksum to the recipe: a mirror gives nothing without one"
	case kind(NoUpstream):
		return fmt.Sprintf("put the file into a mirror as %s, or allow `upstream` in config.yaml (sources)", cachePath(e.Source.SHA256, e.Source.Ext))
	case kind(OfflineMode):
		return "allow the network, or put the file into a mirror"
	case kind(DNS, Connect, SkippedHost):
		return "check the network and the proxy (http_proxy, https_proxy), or use a mirror that this machine can reach"
	case kind(TLS):
		return "check the machine's clock and its CA certificates (SSL_CERT_FILE), or use a mirror"
	case kind(Truncated, Stalled):
		return "run it again: the download goes on where it stopped"
	}
	if e.Source.SHA256 == "" {
		return "correct the recipe's URLs"
	}
	return fmt.Sprintf("put the file into a mirror as %s, or correct the recipe's URLs", cachePath(e.Source.SHA256, e.Source.Ext))
}

func (e *FetchError) has(match func(Attempt) bool) bool {
	for _, a := range e.Attempts {
		if match(a) {
			return true
		}
	}
	return false
}

func (e *FetchError) add(a Attempt) *FetchError {
	e.Attempts = append(e.Attempts, a)
	return e
}

// addFrom is add, but gives a mirror one line and not one for each of the names
// that a file may have there, unless a copy in it is bad.
func (e *FetchError) addFrom(p place, a Attempt) {
	if p.root == "" || a.Kind.local() {
		e.add(a)
		return
	}
	ofRoot := func(b Attempt) bool { return b.Place == p.root }
	switch {
	case a.Kind == Checksum:
		e.Attempts = slices.DeleteFunc(e.Attempts, ofRoot)
		e.add(a)
	case !e.has(func(b Attempt) bool { return strings.HasPrefix(b.Place, p.root) }):
		a.Place = p.root
		e.add(a)
	}
}

func kindOfWrite(err error) Kind {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return NoSpace
	}
	return NotWritten
}

func kindOfRead(err error) Kind {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return NotFound
	}
	return Unreadable
}

// kindOfRequest sorts the errors of http.Client.Do and of reading the body.
// dead says that another request to this host would fail the same way.
func kindOfRequest(err error) (kind Kind, dead bool) {
	var dns *net.DNSError
	var op *net.OpError
	var cert *tls.CertificateVerificationError
	var timeout net.Error
	var unknownCA x509.UnknownAuthorityError
	switch {
	case errors.As(err, &dns):
		return DNS, true
	case errors.As(err, &cert), errors.As(err, &unknownCA):
		return TLS, true
	case errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect"):
		return Connect, true
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return Stalled, false
	}
	return Truncated, false
}

// cause strips the layers that repeat the URL or the path.
func cause(err error) string {
	var ue *url.Error
	var pe *fs.PathError
	if errors.As(err, &ue) {
		err = ue.Err
	}
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return err.Error()
}
