package main

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"regexp"

	"github.com/berth-hpc/berth/packages/host"
)

// moduleVariables are what a module command needs of the environment.
var moduleVariables = regexp.MustCompile(`^(?:MODULE[A-Z_]*|LMOD_[A-Za-z_]*|_ModuleTable.*|LOADEDMODULES|_LMFILES_.*)=`)

// moduleCommand is the site's, as this shell has it: Lmod's, or that of Environment Modules.
func (b *berth) moduleCommand() (*host.ModuleCommand, error) {
	m := &host.ModuleCommand{Program: cmp.Or(b.getenv("LMOD_CMD"), b.getenv("MODULES_CMD"))}
	if m.Program == "" {
		for _, dir := range append(filepath.SplitList(b.getenv("PATH")), "/usr/bin") {
			path := filepath.Join(dir, "modulecmd")
			if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
				m.Program = path
				break
			}
		}
	}
	if m.Program == "" {
		return nil, withHint(errors.New("look into modules: there is no module command here"), "LMOD_CMD or MODULES_CMD names it, which a login shell sets")
	}
	for _, v := range os.Environ() {
		if moduleVariables.MatchString(v) {
			m.Env = append(m.Env, v)
		}
	}
	return m, nil
}
