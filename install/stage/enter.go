package stage

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ShellPath is the script that enters the build.
func (s *Stage) ShellPath() string { return filepath.Join(s.Dir, "berth-shell") }

// WriteShell writes the script: with arguments it runs them in the build's environment, without it starts a shell there. The
// environment is exactly the build's; env holds "NAME=value" entries.
func (s *Stage) WriteShell(what, dir string, env []string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "#!/bin/sh\n# Enters the build of %s: its directory and its environment, nothing of yours.\n", what)
	fmt.Fprintf(&b, "# usage: %s [COMMAND ARGUMENT...]\n", s.ShellPath())
	fmt.Fprintf(&b, "cd %s || exit 1\n", Quote(dir))
	b.WriteString("[ $# -gt 0 ] || set -- /bin/sh -i\n")
	b.WriteString(`exec env -i ${TERM:+"TERM=$TERM"}`)
	for _, e := range env {
		if !strings.HasPrefix(e, "TERM=") {
			b.WriteString(" \\\n  " + Quote(e))
		}
	}
	b.WriteString(" \\\n  \"$@\"\n")
	return fail("write", s.ShellPath(), os.WriteFile(s.ShellPath(), []byte(b.String()), 0o755)) // not synced: a stage does not outlive the machine
}

// Quote writes s as one word of a POSIX shell.
func Quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
