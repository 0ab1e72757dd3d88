package spec

import (
	"strings"
	"sync"
)

// Version is one version of a package, as its upstream calls it: "1.14.5", "9e", "1.1.1w", "2021.06", "develop",
// "git.abc123=1.2". The zero Version is no version. A Version is an immutable value, and == compares it exactly, by its
// spelling: 1.2 and 1-2 are different values that Compare calls the same.
type Version struct {
	p *parsedVersion // one for each text, see interned
}

// parsedVersion is what is worked out once for a text.
type parsedVersion struct {
	text string
	key  versionKey
	git  bool
	ref  string // of a git version: a branch, a tag or a commit
	base string // the text that the key was read from: what follows the "=" of a git version; "" if it has none
}

// interned holds every version that was ever read, by its text: equal texts share one pointer, which makes a Version one
// word, comparable, and cheap to compare.
var interned sync.Map // string -> *parsedVersion

// ParseVersion reads one version. A leading "=" is accepted and dropped. The error is a *ParseError.
func ParseVersion(text string) (Version, error) {
	bare := strings.TrimPrefix(text, "=")
	if p, ok := interned.Load(bare); ok {
		return Version{p.(*parsedVersion)}, nil
	}
	end, err := scanVersion(bare, 0)
	if err == nil && end < len(bare) {
		err = unexpectedInVersion(bare, end)
	}
	if err != nil {
		err.Text = text
		err.Offset += len(text) - len(bare)
		return Version{}, err
	}
	return internVersion(bare), nil
}

// MustVersion is ParseVersion for constants and tests; it panics on bad text.
func MustVersion(text string) Version {
	v, err := ParseVersion(text)
	if err != nil {
		panic(err)
	}
	return v
}

// internVersion makes the value of a text that scanVersion accepted.
func internVersion(text string) Version {
	if p, ok := interned.Load(text); ok {
		return Version{p.(*parsedVersion)}
	}
	p := &parsedVersion{text: strings.Clone(text)}
	p.base = p.text
	if isGitVersion(p.text) {
		p.git = true
		p.ref, p.base, _ = strings.Cut(strings.TrimPrefix(p.text, "git."), "=")
	}
	if p.base == "" {
		p.key = versionKey{release: []component{{kind: kindUnresolved}}, pre: preFinal}
	} else {
		p.key, _ = keyOf(p.base)
	}
	winner, _ := interned.LoadOrStore(p.text, p)
	return Version{winner.(*parsedVersion)}
}

func isGitVersion(text string) bool {
	return strings.HasPrefix(text, "git.") || isCommit(text)
}

// IsCommit reports whether a git ref is a whole commit: 40 hexadecimal digits. Any other ref is a branch or a tag.
func IsCommit(ref string) bool { return len(ref) == 40 && isCommit(ref) }

// isCommit reports whether the text begins with a git commit: 40 hexadecimal digits, and then nothing or "=".
func isCommit(text string) bool {
	const digits = 40
	if len(text) < digits || len(text) > digits && text[digits] != '=' {
		return false
	}
	for i := range digits {
		if c := text[i]; !isDigit(c) && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// String is the version as it was written, without a leading "=".
func (v Version) String() string {
	if v.p == nil {
		return ""
	}
	return v.p.text
}

// IsZero reports whether v is no version.
func (v Version) IsZero() bool { return v.p == nil }

// Compare orders versions as Spack does: segment by segment, numbers above letters, infinity versions (develop > main >
// master > head > trunk > stable) above every number, pre-releases (alpha < beta < rc) below their release. A git version
// stands just above the version it was given, and above everything if it was given none. Compare returns -1, 0 or +1, and is
// total: 0 only for versions that mean the same, such as 1.2, 1-2 and 1.02. The zero Version is below all others.
func (v Version) Compare(o Version) int {
	switch {
	case v.p == o.p:
		return 0
	case v.p == nil:
		return -1
	case o.p == nil:
		return 1
	}
	if c := v.p.key.compare(&o.p.key); c != 0 {
		return c
	}
	if v.p.git != o.p.git {
		if o.p.git {
			return -1
		}
		return 1
	}
	return strings.Compare(v.p.ref, o.p.ref)
}

// IsInfinity reports whether a segment of v is an infinity name, as in develop, main or 3.2-develop: a version that is never
// chosen unless it is asked for.
func (v Version) IsInfinity() bool {
	if v.p == nil {
		return false
	}
	for _, c := range v.p.key.release {
		if c.kind >= kindInfinity {
			return true
		}
	}
	return false
}

// IsPrerelease reports whether v is an alpha, beta or release candidate.
func (v Version) IsPrerelease() bool { return v.p != nil && v.p.key.pre != preFinal }

// UpTo returns the first n segments of v: UpTo(2) of 1.14.5 is 1.14; a negative n drops the last -n segments. A pre-release is
// dropped in any case, and so is a git ref. With nothing left the result is the zero Version.
func (v Version) UpTo(n int) Version {
	if v.p == nil || v.p.base == "" {
		return Version{}
	}
	_, release := keyOf(v.p.base)
	if n < 0 {
		n += len(release)
	}
	if n <= 0 {
		return Version{}
	}
	n = min(n, len(release))
	return internVersion(v.p.base[release[0].start:release[n-1].end])
}

// GitRef returns the ref of a "git.<ref>[=<version>]" version or of a commit, else "".
func (v Version) GitRef() string {
	if v.p == nil {
		return ""
	}
	return v.p.ref
}

// GitBase returns the version that a git version was given to be compared as: 1.2 of git.abc=1.2. It is the zero
// Version if v was given none or is not a git version.
func (v Version) GitBase() Version {
	if v.p == nil || !v.p.git || v.p.base == "" {
		return Version{}
	}
	return internVersion(v.p.base)
}
