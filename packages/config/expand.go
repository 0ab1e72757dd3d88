package config

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/berth-hpc/berth/packages/yamldoc"
)

// Variables tells what $NAME means in a path of a configuration file; ok is false where it means nothing.
type Variables func(name string) (value string, ok bool)

// HostVariables are Spack's own, and beyond them the environment's: $spack is SPACK_ROOT, $user whoever runs this.
func HostVariables() Variables {
	return func(name string) (string, bool) {
		switch name {
		case "user":
			if u, err := user.Current(); err == nil {
				return u.Username, true
			}
			return os.LookupEnv("USER")
		case "spack":
			return os.LookupEnv("SPACK_ROOT")
		case "tempdir":
			return os.TempDir(), true
		case "user_cache_path":
			if path, ok := os.LookupEnv("SPACK_USER_CACHE_PATH"); ok {
				return path, true
			}
			home, err := os.UserHomeDir()
			return filepath.Join(home, ".spack"), err == nil
		}
		return os.LookupEnv(name)
	}
}

var variable = regexp.MustCompile(`\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))`)

// expandPath replaces ~ at the begin, $NAME and ${NAME}. The error names the variable that means nothing.
func expandPath(text string, vars Variables) (string, error) {
	if text == "~" || strings.HasPrefix(text, "~/") {
		home, ok := vars("HOME")
		if !ok {
			return "", fmt.Errorf("~ is in %q, and HOME is not set", text)
		}
		text = home + text[1:]
	}
	var unknown string
	text = variable.ReplaceAllStringFunc(text, func(m string) string {
		name := strings.Trim(m[1:], "{}")
		value, ok := vars(name)
		if !ok && unknown == "" {
			unknown = name
		}
		return value
	})
	if unknown != "" {
		return "", fmt.Errorf("$%s is not set", unknown)
	}
	return text, nil
}

// ExpandPath replaces ~ at the begin, and the variables of this host. The error names the variable that means nothing.
func ExpandPath(text string) (string, error) { return expandPath(text, HostVariables()) }

// pathOf reads a value that is a path, with variables, and must be absolute in the end.
func pathOf(n yamldoc.Node, vars Variables) string {
	text := n.Line()
	if text == "" {
		return ""
	}
	path, err := expandPath(text, vars)
	switch {
	case err != nil:
		n.Mild(err.Error(), "set it before berth runs, or write the path out")
		return ""
	case !filepath.IsAbs(path):
		n.Mild(fmt.Sprintf("%q is not an absolute path", path), "")
		return ""
	}
	return filepath.Clean(path)
}
