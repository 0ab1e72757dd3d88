package spackrepo

import (
	"path"
	"strings"

	"github.com/berth-hpc/berth/packages/python"
)

// hostModule is a module of Python's own whose answers are the host's: sys, os, platform.
func (c *core) hostModule(name string) map[string]python.Value {
	switch name {
	case "sys":
		return map[string]python.Value{
			"platform": python.Str(c.host.Platform), "byteorder": python.Str(c.host.ByteOrder), "maxsize": python.Int(1<<63 - 1),
			"version_info": python.Tuple{python.Int(3), python.Int(11), python.Int(0)}, "executable": python.Str("/usr/bin/python3"),
		}
	case "platform":
		return functionsOf(map[string]string{
			"machine": c.host.Machine, "processor": "", "system": systemName(c.host.Platform), "node": "", "release": "", "version": "",
		}, map[string]python.Value{"architecture": python.NewBuiltin("architecture", func(*python.Call) (python.Value, error) {
			return python.Tuple{python.Str("64bit"), python.Str("ELF")}, nil
		})})
	case "os":
		return functionsOf(map[string]string{"getcwd": c.host.WorkDir}, map[string]python.Value{
			"environ": c.environ(), "getenv": python.NewBuiltin("getenv", c.getenv), "sep": python.Str("/"), "pathsep": python.Str(":"),
			"linesep": python.Str("\n"), "name": python.Str("posix"), "curdir": python.Str("."), "devnull": python.Str("/dev/null"),
		})
	case "pathlib":
		return map[string]python.Value{
			"PurePath": python.NewBuiltin("PurePath", newPurePath), "PurePosixPath": python.NewBuiltin("PurePosixPath", newPurePath),
		}
	case "os.path":
		members := map[string]python.Value{}
		for _, name := range []string{"exists", "isdir", "isfile", "lexists", "islink"} {
			members[name] = python.NewBuiltin(name, c.exists)
		}
		return members
	}
	return nil
}

// osFunctions are what methods use of os. Another name that recipes ask os, sys or platform for is an error.
var osFunctions = []string{
	"O_NONBLOCK", "W_OK", "X_OK", "access", "chdir", "chmod", "cpu_count", "fchmod", "getlogin", "getpid", "kill", "link", "listdir", "lstat", "makedirs",
	"mkdir", "open", "popen", "putenv", "readlink", "remove", "removedirs", "rename", "replace", "rmdir", "scandir", "stat", "symlink", "system", "uname", "unlink",
	"utime", "walk",
}

// functionsOf makes functions without arguments that answer with a text.
func functionsOf(answers map[string]string, members map[string]python.Value) map[string]python.Value {
	for name, answer := range answers {
		members[name] = python.NewBuiltin(name, func(c *python.Call) (python.Value, error) {
			_, err := c.Bind()
			return python.Str(answer), err
		})
	}
	return members
}

// systemName is platform.system(): "Linux".
func systemName(platform string) string {
	switch platform {
	case "win32":
		return "Windows"
	case "":
		return ""
	}
	return strings.ToUpper(platform[:1]) + platform[1:]
}

// exists asks the host for a file.
func (c *core) exists(call *python.Call) (python.Value, error) {
	args, err := call.Bind("path")
	if err != nil {
		return nil, err
	}
	name, ok := textOf(args[0])
	if !ok {
		return nil, python.TypeErrorf("%s() takes a path, not %s", call.Name, args[0].Type())
	}
	return python.Bool(c.host.Files[path.Clean(name)]), nil
}

func (c *core) getenv(call *python.Call) (python.Value, error) {
	args, err := call.Bind("key", "default=")
	if err != nil {
		return nil, err
	}
	name, _ := textOf(args[0])
	if v, ok := c.host.Env[name]; ok {
		return python.Str(v), nil
	}
	if args[1] != nil {
		return args[1], nil
	}
	return python.None, nil
}

// environment is os.environ: the host's variables, which nobody can change.
type environment struct{ core *core }

func (c *core) environ() *environment { return &environment{c} }

// Type implements python.Value.
func (*environment) Type() string { return "environ" }

// Attr implements python.HasAttrs.
func (e *environment) Attr(name string) (python.Value, error) {
	switch name {
	case "get":
		return python.NewBuiltin(name, e.core.getenv), nil
	case "__name__":
		return nil, nil
	}
	return &unavailable{name: "os.environ." + name}, nil
}

// Index implements python.Indexable.
func (e *environment) Index(key python.Value) (python.Value, error) {
	name, _ := textOf(key)
	if v, ok := e.core.host.Env[name]; ok {
		return python.Str(v), nil
	}
	return nil, python.KeyErrorOf(key)
}

// Contains implements python.Container.
func (e *environment) Contains(key python.Value) (bool, error) {
	name, _ := textOf(key)
	_, ok := e.core.host.Env[name]
	return ok, nil
}
