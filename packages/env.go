package packages

// EnvOp is what an EnvMod does to a variable.
type EnvOp uint8

// The operations on environment variables.
const (
	EnvSet EnvOp = iota
	EnvUnset
	EnvPrepend // to a list, before what is there
	EnvAppend
	EnvRemove // from a list
)

// EnvMod is one change of an environment variable. One list of them makes build environments, activation scripts and module files.
type EnvMod struct {
	Op        EnvOp
	Name      string // "PATH"
	Value     string // "/home/u/.berth/store/.../bin"
	Separator string // of a list; "" is ":"
}
