package store

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/berth-hpc/berth/install/durable"
)

// trampoline runs scripts whose first line would be too long for the kernel. Their first line is "#!/bin/sh .../.shebang", their
// second the one that they had. Perl and Ruby look at a script's first line themselves, and need -x to begin at the second.
const trampoline = `#!/bin/sh
# berth: runs a script whose interpreter has a path that is too long for the kernel.
{ read -r first; read -r second; } <"$1"
line=${second#*#!}
set -f
set -- $line "$@"
case ${1##*/} in
perl* | ruby*)
	interpreter=$1
	shift
	exec "$interpreter" -x "$@"
	;;
esac
exec "$@"
`

// TrampolinePath is where that script is, or would be.
func (s *Store) TrampolinePath() string { return filepath.Join(s.Dir(), ".shebang") }

// Trampoline returns the path of the script that runs scripts with too long first lines, which it makes if it is not there.
func (s *Store) Trampoline() (string, error) {
	path := s.TrampolinePath()
	if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, []byte(trampoline)) {
		return path, nil
	}
	return path, durable.WriteFile(path, []byte(trampoline), 0o755)
}
