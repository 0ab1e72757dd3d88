package spackrepo

import (
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/berth-hpc/berth/packages/python"
)

// pythonModule has what recipes use of Python's own modules when they are read, where the interpreter does not bring them. It is nil for other modules.
func pythonModule(name string) *python.Module {
	members := map[string]python.Value{}
	add := func(name string, f func(*python.Call) (python.Value, error)) {
		members[name] = python.NewBuiltin(name, f)
	}
	switch name {
	case "itertools":
		add("product", product)
		add("chain", chain)
		add("permutations", permutations)
	case "functools":
		add("partial", partial)
		add("wraps", decoratorOf)
		add("lru_cache", decoratorOf)
	case "re":
		for n, how := range map[string]string{"match": "^(?:%)", "search": "%", "fullmatch": "^(?:%)$"} {
			add(n, func(c *python.Call) (python.Value, error) { return findRegexp(c, how) })
		}
		add("compile", compileRegexp)
		add("escape", func(c *python.Call) (python.Value, error) {
			text, _ := textOf(c.Args[0])
			return python.Str(escapeRegexp(text)), nil
		})
	case "os.path":
		add("join", joinPath)
		for n, f := range map[string]func(string) string{"basename": basename, "dirname": dirname, "normpath": path.Clean, "expanduser": func(s string) string { return s }} {
			add(n, func(c *python.Call) (python.Value, error) {
				text, _ := textOf(c.Args[0])
				return python.Str(f(text)), nil
			})
		}
		add("splitext", func(c *python.Call) (python.Value, error) {
			text, _ := textOf(c.Args[0])
			ext := path.Ext(text)
			return python.Tuple{python.Str(strings.TrimSuffix(text, ext)), python.Str(ext)}, nil
		})
	case "copy":
		add("copy", copyValue)
		add("deepcopy", copyValue)
	case "contextlib":
		add("contextmanager", firstArgument)
	case "urllib.parse":
		add("urlparse", parseURL)
	case "enum":
		class, err := python.NewClass("Enum", nil, nil)
		if err != nil {
			return nil
		}
		members["Enum"] = class
		add("auto", func(*python.Call) (python.Value, error) { return python.Int(1), nil })
	default:
		return nil
	}
	return python.NewModule(name, members)
}

func basename(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

func dirname(s string) string {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return ""
	}
	return s[:max(i, 1)]
}

func escapeRegexp(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(`.+*?^$()[]{}|\-&#~ `, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func elements(v python.Value) []python.Value {
	items, ok := itemsOf(v)
	if ok {
		return items
	}
	if text, ok := v.(python.Str); ok {
		items, _ = valueItems(text)
		return items
	}
	if all, ok := elementsOf(v); ok {
		return all
	}
	it, ok := v.(python.Iterable)
	if !ok {
		return nil
	}
	var out []python.Value
	for next := it.Iterate(); ; {
		x, more, err := next.Next()
		if err != nil || !more {
			return out
		}
		out = append(out, x)
	}
}

func product(c *python.Call) (python.Value, error) {
	sets := [][]python.Value{{}}
	for _, arg := range c.Args {
		var longer [][]python.Value
		for _, s := range sets {
			for _, v := range elements(arg) {
				longer = append(longer, append(append([]python.Value{}, s...), v))
			}
		}
		sets = longer
	}
	return tuples(sets), nil
}

func tuples(sets [][]python.Value) python.Value {
	out := python.NewList()
	for _, s := range sets {
		out.Append(python.Tuple(s))
	}
	return out
}

func chain(c *python.Call) (python.Value, error) {
	out := python.NewList()
	for _, arg := range c.Args {
		for _, v := range elements(arg) {
			out.Append(v)
		}
	}
	return out, nil
}

func permutations(c *python.Call) (python.Value, error) {
	items := elements(c.Args[0])
	n := len(items)
	if len(c.Args) > 1 {
		k, _ := c.Args[1].(python.Int)
		n = int(k)
	}
	var out [][]python.Value
	var walk func(taken []int)
	walk = func(taken []int) {
		if len(taken) == n {
			var t []python.Value
			for _, i := range taken {
				t = append(t, items[i])
			}
			out = append(out, t)
			return
		}
	next:
		for i := range items {
			for _, j := range taken {
				if i == j {
					continue next
				}
			}
			walk(append(append([]int{}, taken...), i))
		}
	}
	walk(nil)
	return tuples(out), nil
}

func partial(c *python.Call) (python.Value, error) {
	fn, args, kwargs := c.Args[0], c.Args[1:], c.Kwargs
	return python.NewBuiltin("partial", func(c *python.Call) (python.Value, error) {
		return c.In.Call(nil, fn, append(append([]python.Value{}, args...), c.Args...), append(append([]python.Kwarg{}, kwargs...), c.Kwargs...)...) //nolint:staticcheck // nil: the context at hand
	}), nil
}

type pattern struct{ text string }

func (*pattern) Type() string { return "re.Pattern" }
func (p *pattern) Attr(name string) (python.Value, error) {
	how, ok := map[string]string{"match": "^(?:%)", "search": "%", "fullmatch": "^(?:%)$"}[name]
	if !ok {
		return nil, nil
	}
	return python.NewBuiltin(name, func(c *python.Call) (python.Value, error) {
		c.Args = append([]python.Value{python.Str(p.text)}, c.Args...)
		return findRegexp(c, how)
	}), nil
}

func compileRegexp(c *python.Call) (python.Value, error) {
	text, _ := textOf(c.Args[0])
	return &pattern{text}, nil
}

type match struct{ groups []string }

func (*match) Type() string { return "re.Match" }
func (m *match) Attr(name string) (python.Value, error) {
	if name != "group" {
		return nil, nil
	}
	return python.NewBuiltin(name, func(c *python.Call) (python.Value, error) {
		n := python.Int(0)
		if len(c.Args) > 0 {
			n, _ = c.Args[0].(python.Int)
		}
		if int(n) >= len(m.groups) {
			return nil, python.IndexErrorf("no such group")
		}
		return python.Str(m.groups[n]), nil
	}), nil
}

func findRegexp(c *python.Call, how string) (python.Value, error) {
	text, _ := textOf(c.Args[0])
	if p, ok := c.Args[0].(*pattern); ok {
		text = p.text
	}
	re, err := regexp.Compile(strings.Replace(how, "%", text, 1))
	if err != nil {
		return nil, python.ValueErrorf("%v", err)
	}
	subject, _ := textOf(c.Args[1])
	groups := re.FindStringSubmatch(subject)
	if groups == nil {
		return python.None, nil
	}
	return &match{groups}, nil
}

func parseURL(c *python.Call) (python.Value, error) {
	text, _ := textOf(c.Args[0])
	u, err := url.Parse(text)
	if err != nil {
		return nil, python.ValueErrorf("%v", err)
	}
	return &parsedURL{u}, nil
}

type parsedURL struct{ u *url.URL }

func (*parsedURL) Type() string { return "ParseResult" }
func (p *parsedURL) Attr(name string) (python.Value, error) {
	switch name {
	case "path":
		return python.Str(p.u.Path), nil
	case "scheme":
		return python.Str(p.u.Scheme), nil
	case "netloc":
		return python.Str(p.u.Host), nil
	}
	return nil, nil
}

func copyValue(c *python.Call) (python.Value, error) { return copied(c.Args[0]), nil }

func copied(v python.Value) python.Value {
	switch v := v.(type) {
	case *python.List:
		out := python.NewList()
		for _, x := range v.Items() {
			out.Append(copied(x))
		}
		return out
	case *python.Dict:
		out := python.NewDict()
		for k, x := range v.All() {
			_ = out.Set(k, copied(x))
		}
		return out
	}
	return v
}
