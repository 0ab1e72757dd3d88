package stdlib

import (
	"path"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages/python"
)

// pathModule has the functions of os.path that only look at the text of a path.
func pathModule() *python.Module {
	text := func(f func(string) python.Value) function {
		return func(c *python.Call) (python.Value, error) {
			a, err := c.Bind("path")
			if err != nil {
				return nil, err
			}
			s, err := pathArg(a[0])
			if err != nil {
				return nil, err
			}
			return f(s), nil
		}
	}
	values := map[string]python.Value{}
	for k, v := range map[string]string{"sep": "/", "pardir": "..", "curdir": ".", "extsep": ".", "pathsep": ":", "devnull": "/dev/null", "defpath": "/bin:/usr/bin"} {
		values[k] = python.Str(v)
	}
	values["altsep"] = python.None
	return newModule("posixpath", map[string]function{
		"join":     pathJoin,
		"basename": text(func(s string) python.Value { return python.Str(s[strings.LastIndexByte(s, '/')+1:]) }),
		"dirname":  text(func(s string) python.Value { head, _ := pathSplit(s); return python.Str(head) }),
		"split": text(func(s string) python.Value {
			head, tail := pathSplit(s)
			return python.Tuple{python.Str(head), python.Str(tail)}
		}),
		"splitext": text(func(s string) python.Value {
			root, ext := splitExt(s)
			return python.Tuple{python.Str(root), python.Str(ext)}
		}),
		"splitdrive":   text(func(s string) python.Value { return python.Tuple{python.Str(""), python.Str(s)} }),
		"normpath":     text(func(s string) python.Value { return python.Str(normPath(s)) }),
		"normcase":     text(func(s string) python.Value { return python.Str(s) }),
		"isabs":        text(func(s string) python.Value { return python.Bool(strings.HasPrefix(s, "/")) }),
		"relpath":      relPath,
		"commonprefix": commonPrefix,
		"commonpath":   commonPath,
	}, values)
}

// pathArg accepts what has __fspath__ in Python: strings, and Go values that print as a path.
func pathArg(v python.Value) (string, error) {
	switch p := python.Unwrap(v).(type) {
	case python.Str:
		return string(p), nil
	case interface{ FSPath() string }:
		return p.FSPath(), nil
	}
	return "", python.TypeErrorf("expected str, bytes or os.PathLike object, not %s", v.Type())
}

func pathJoin(c *python.Call) (python.Value, error) {
	a, err := c.Bind("path", "*paths")
	if err != nil {
		return nil, err
	}
	joined, err := pathArg(a[0])
	if err != nil {
		return nil, err
	}
	for _, v := range a[1].(python.Tuple) {
		part, err := pathArg(v)
		if err != nil {
			return nil, err
		}
		if err := c.In.Alloc(len(joined) + len(part)); err != nil {
			return nil, err
		}
		switch {
		case strings.HasPrefix(part, "/"):
			joined = part
		case joined == "" || strings.HasSuffix(joined, "/"):
			joined += part
		default:
			joined += "/" + part
		}
	}
	return python.Str(joined), nil
}

func pathSplit(s string) (head, tail string) {
	i := strings.LastIndexByte(s, '/') + 1
	head, tail = s[:i], s[i:]
	if strings.Trim(head, "/") != "" {
		head = strings.TrimRight(head, "/")
	}
	return head, tail
}

func splitExt(s string) (root, ext string) {
	base := strings.LastIndexByte(s, '/') + 1
	dot := strings.LastIndexByte(s, '.')
	if dot < base || strings.Trim(s[base:dot], ".") == "" {
		return s, ""
	}
	return s[:dot], s[dot:]
}

func normPath(s string) string {
	if s == "" {
		return "."
	}
	clean := path.Clean(s)
	if strings.HasPrefix(s, "//") && !strings.HasPrefix(s, "///") {
		return "/" + clean // two slashes mean something of their own in POSIX
	}
	return clean
}

func relPath(c *python.Call) (python.Value, error) {
	a, err := c.Bind("path", "start=")
	if err != nil {
		return nil, err
	}
	to, err := pathArg(a[0])
	if err != nil {
		return nil, err
	}
	from := "."
	if a[1] != nil && a[1] != python.None {
		if from, err = pathArg(a[1]); err != nil {
			return nil, err
		}
	}
	if to == "" {
		return nil, python.ValueErrorf("no path specified")
	}
	if strings.HasPrefix(to, "/") != strings.HasPrefix(from, "/") {
		return nil, python.ValueErrorf("relpath() of a relative and an absolute path needs the current directory")
	}
	if err := c.In.Alloc(16 * (len(to) + len(from))); err != nil {
		return nil, err
	}
	parts := func(p string) []string {
		p = strings.Trim(path.Clean(p), "/")
		if p == "" || p == "." {
			return nil
		}
		return strings.Split(p, "/")
	}
	x, y := parts(to), parts(from)
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	x = slices.Concat(slices.Repeat([]string{".."}, len(y)), x)
	if len(x) == 0 {
		return python.Str("."), nil
	}
	return python.Str(strings.Join(x, "/")), nil
}

func pathList(c *python.Call) ([]string, error) {
	a, err := c.Bind("paths")
	if err != nil {
		return nil, err
	}
	items, err := c.In.Collect(a[0])
	if err != nil {
		return nil, err
	}
	var list []string
	for _, v := range items {
		s, err := pathArg(v)
		if err != nil {
			return nil, err
		}
		if err := c.In.Alloc(16 * len(s)); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func commonPrefix(c *python.Call) (python.Value, error) {
	list, err := pathList(c)
	if err != nil || len(list) == 0 {
		return python.Str(""), err
	}
	prefix := []rune(list[0])
	for _, s := range list[1:] {
		for i, r := range []rune(s) {
			if i >= len(prefix) || prefix[i] != r {
				prefix = prefix[:min(i, len(prefix))]
				break
			}
		}
		prefix = prefix[:min(len(prefix), len([]rune(s)))]
	}
	return python.Str(prefix), nil
}

func commonPath(c *python.Call) (python.Value, error) {
	list, err := pathList(c)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, python.ValueErrorf("commonpath() arg is an empty sequence")
	}
	var common []string
	for i, s := range list {
		if strings.HasPrefix(s, "/") != strings.HasPrefix(list[0], "/") {
			return nil, python.ValueErrorf("Can't mix absolute and relative paths")
		}
		var parts []string
		for _, p := range strings.Split(s, "/") {
			if p != "" && p != "." {
				parts = append(parts, p)
			}
		}
		if i == 0 {
			common = parts
		}
		n := 0
		for n < len(common) && n < len(parts) && common[n] == parts[n] {
			n++
		}
		common = common[:n]
	}
	root := ""
	if strings.HasPrefix(list[0], "/") {
		root = "/"
	}
	return python.Str(root + strings.Join(common, "/")), nil
}
