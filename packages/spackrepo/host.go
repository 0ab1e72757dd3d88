package spackrepo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Host is what a recipe may ask of the machine while it is read: a recipe sees these answers and nothing else, so the same Host always
// gives the same records. What is not listed is not there. The zero value is DefaultHost's platform without any software.
type Host struct {
	Platform  string             // sys.platform and the platform's name: "linux"
	Machine   string             // platform.machine(): "x86_64"
	OS        string             // Spack's name of the operating system: "debian12"
	Env       map[string]string  // "CRAYPE_NETWORK_TARGET"
	Programs  map[string]Program // what which() finds: "srun"
	Files     map[string]bool    // what os.path.exists() finds: "/opt/cray/pe"
	ByteOrder string             // "little"
	WorkDir   string             // os.getcwd(): where archives that people must get themselves are looked for
}

// Program is a program of the host's.
type Program struct {
	Path   string
	Output map[string]string // by the arguments, with blanks between them: "-l"; a recipe that asks for others cannot be read
}

// DefaultHost is a Linux machine without vendor software: what recipes are read for where nobody says otherwise.
func DefaultHost() Host {
	return Host{Platform: "linux", Machine: "x86_64", OS: "debian12", ByteOrder: "little", WorkDir: "."}
}

// Asked names what recipes are known to ask for while they are read. Who describes a real machine fills in the answers to these.
var Asked = struct{ Env, Programs, Files []string }{
	Env:      []string{"CRAYPE_NETWORK_TARGET"},
	Programs: []string{"aprun", "fi_info", "flux", "jsrun", "srun"},
	Files:    []string{"/opt/cray/pe", "/lib64/libcxi.so", "/usr/lib64/libcxi.so"},
}

// Key is a digest of all answers: what is remembered of a recipe holds for hosts with the same key.
func (h Host) Key() string {
	h = h.complete()
	var b strings.Builder
	fmt.Fprintf(&b, "host 1\n%q %q %q %q %q\n", h.Platform, h.Machine, h.OS, h.ByteOrder, h.WorkDir)
	for _, name := range slices.Sorted(maps.Keys(h.Env)) {
		fmt.Fprintf(&b, "env %q %q\n", name, h.Env[name])
	}
	for _, name := range slices.Sorted(maps.Keys(h.Programs)) {
		fmt.Fprintf(&b, "program %q %q\n", name, h.Programs[name].Path)
		for _, args := range slices.Sorted(maps.Keys(h.Programs[name].Output)) {
			fmt.Fprintf(&b, "output %q %q\n", args, h.Programs[name].Output[args])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(h.Files)) {
		if h.Files[name] {
			fmt.Fprintf(&b, "file %q\n", name)
		}
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// complete fills in what a Host must have.
func (h Host) complete() Host {
	def := DefaultHost()
	for _, f := range []struct{ have, or *string }{
		{&h.Platform, &def.Platform}, {&h.Machine, &def.Machine}, {&h.OS, &def.OS}, {&h.ByteOrder, &def.ByteOrder}, {&h.WorkDir, &def.WorkDir},
	} {
		if *f.have == "" {
			*f.have = *f.or
		}
	}
	return h
}
