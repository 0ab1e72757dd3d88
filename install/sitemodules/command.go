package sitemodules

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/berth-hpc/berth/packages"
)

// usualInits are where distributions, vendors and sites have the start files of module systems. Of a login shell's own files, those that
// define modules and nothing else.
var usualInits = []string{
	"/etc/profile.d/lmod.sh", "/etc/profile.d/z00_lmod.sh", "/etc/profile.d/modules.sh", "/etc/profile.d/00-modulepath.sh",
	"/usr/share/lmod/lmod/init/bash", "/opt/cray/pe/lmod/lmod/init/bash", "/usr/share/modules/init/bash", "/usr/share/Modules/init/bash",
	"/opt/cray/pe/modules/default/init/bash", "/opt/modules/default/init/bash",
}

// define is shell text that defines the module command, as the user's shell has it.
func (l *Loader) define() string {
	get := func(name string) string { return lookup(l.Env, name) }
	switch cmd := ""; {
	case lookup(l.Env, "BASH_FUNC_module%%") != "": // bash takes it from the environment
		return ""
	case isFile(get("LMOD_CMD")):
		cmd = get("LMOD_CMD")
		return "module() { eval \"$(" + packages.ShellWord(cmd) + " bash \"$@\")\"; }\n"
	case isFile(get("MODULES_CMD")):
		cmd = packages.ShellWord(get("MODULES_CMD"))
		if strings.HasSuffix(get("MODULES_CMD"), ".tcl") {
			cmd = "tclsh " + cmd
		}
		return "module() { eval \"$(" + cmd + " bash \"$@\")\"; }\n"
	}
	inits := l.Inits
	if inits == nil {
		inits = usualInits
	}
	if home := get("MODULESHOME"); home != "" {
		inits = append([]string{filepath.Join(home, "init/bash")}, inits...)
	}
	for _, init := range inits {
		if isFile(init) {
			return ". " + packages.ShellWord(init) + " >/dev/null 2>&1\n"
		}
	}
	return ""
}

// taken are the variables of the user's that module systems read: where modules are, and how they are to behave. What is loaded is left out:
// builds do not depend on what their user has loaded.
func taken(name string) bool {
	switch name {
	case "MODULEPATH", "MODULESHOME", "MODULEPATH_ROOT", "MODULERCFILE", "LMOD_CMD", "LMOD_DIR", "LMOD_ROOT", "LMOD_PKG", "LMOD_RC", "LMOD_MODULERCFILE", "LMOD_MODULERC",
		"LMOD_PACKAGE_PATH", "LMOD_ADMIN_FILE", "LMOD_SITE_NAME", "LMOD_SYSTEM_NAME", "LMOD_CASE_INDEPENDENT_SORTING", "MODULES_CMD", "MODULES_AUTO_HANDLING",
		"USER", "LOGNAME", "CRAYPE_DIR":
		return true
	}
	return strings.HasPrefix(name, "BASH_FUNC_") && (strings.Contains(name, "module") || strings.Contains(name, "ml%%"))
}

// environ is the environment that modules are loaded in.
func (l *Loader) environ(home string) []string {
	env := []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + home, "TMPDIR=" + home, "LC_ALL=C", "TERM=dumb", "LMOD_PAGER=none", "LMOD_COLORIZE=no", "MODULES_PAGER=", "MODULES_COLOR=never"}
	for _, entry := range l.Env {
		if name, _, ok := strings.Cut(entry, "="); ok && taken(name) {
			env = append(env, entry)
		}
	}
	return env
}

func lookup(env []string, name string) string {
	for _, entry := range env {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

func isFile(path string) bool {
	if path == "" {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
