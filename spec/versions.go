package spec

// Versions is a set of versions: a union of ranges and single versions, kept sorted and merged. The zero value holds every
// version, as a spec without @ does. Values are immutable.
type Versions struct {
	ranges []versionRange
	none   bool
}

type versionRange struct {
	low, high Version // zero: open on that side; high includes its own prefix range
	exact     bool    // low only: "=1.2"
}

// ParseVersions reads what may stand after @: "1.2", "=1.2", "1.2:1.4", ":1.4", "1.2:", and lists of them with commas.
func ParseVersions(text string) (Versions, error) { panic("not yet") }

// MustVersions is ParseVersions for constants and tests; it panics on bad text.
func MustVersions(text string) Versions {
	v, err := ParseVersions(text)
	if err != nil {
		panic(err)
	}
	return v
}

// Exactly is the set that holds v and nothing else, written "@=v".
func Exactly(v Version) Versions { panic("not yet") }

// IsAny reports whether the set holds every version.
func (s Versions) IsAny() bool { panic("not yet") }

// Single returns the version if the set is one exact version ("=1.2").
func (s Versions) Single() (Version, bool) { panic("not yet") }

// Contains reports whether v is in the set.
func (s Versions) Contains(v Version) bool { panic("not yet") }

// SubsetOf reports whether every version of s is in o.
func (s Versions) SubsetOf(o Versions) bool { panic("not yet") }

// Intersects reports whether some version is in both.
func (s Versions) Intersects(o Versions) bool { panic("not yet") }

// Intersect returns the versions that are in both; ok is false if there are none.
func (s Versions) Intersect(o Versions) (both Versions, ok bool) { panic("not yet") }

// Union returns the versions that are in either.
func (s Versions) Union(o Versions) Versions { panic("not yet") }

// String is what ParseVersions reads back to an equal set: "1.2:1.4,=1.6"; ":" for every version.
func (s Versions) String() string { panic("not yet") }
