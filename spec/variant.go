package spec

// Variant is one constraint on a variant: +mpi, ~shared, api=v18, cuda_arch=70,80, cuda_arch:=80, ++pic, api==v18. On
// a concrete node the same type holds the value itself.
type Variant struct {
	Name      string
	Values    []string // sorted, without repetition; {"true"} or {"false"} for a bool; {"*"} is any value at all
	Exact     bool     // ":=": exactly these values; else "contains these"
	Propagate bool     // "++", "~~", "==": also on dependencies that have the variant
}

// Bool is the constraint +name or ~name.
func Bool(name string, on bool) Variant {
	if on {
		return Variant{Name: name, Values: []string{"true"}}
	}
	return Variant{Name: name, Values: []string{"false"}}
}

// IsBool reports whether the value is true or false, and so prints as +name or ~name.
func (v Variant) IsBool() bool {
	return len(v.Values) == 1 && (v.Values[0] == "true" || v.Values[0] == "false")
}

// On reports whether the variant is +name.
func (v Variant) On() bool { return len(v.Values) == 1 && v.Values[0] == "true" }

// String is the variant as a spec writes it: "+mpi", "~shared", "api=v18". No space stands before it.
func (v Variant) String() string { panic("not yet") }
