package spec

// FlagTypes are the compiler flag variables a spec can set, in the order in which they print.
var FlagTypes = [...]string{"cflags", "cppflags", "cxxflags", "fflags", "ldflags", "ldlibs"}

// Flag is the flags of one type: cflags="-O3 -g".
type Flag struct {
	Type      string   // one of FlagTypes
	Words     []string // "-O3", "-g": order is meaning, it is kept
	Propagate bool     // "==": also on dependencies, see propagate.go
}
