package spec

// Targets is a set of microarchitecture targets, as target= writes it; the zero value is every target. (It becomes spec/arch's Set.)
type Targets struct {
	text string
}

// IsAny reports whether the set holds every target.
func (t Targets) IsAny() bool { return t.text == "" }

// Contains reports whether the target of that name is in the set.
func (t Targets) Contains(target string) bool { panic("not yet") }

// String is the set as target= writes it.
func (t Targets) String() string { return t.text }
