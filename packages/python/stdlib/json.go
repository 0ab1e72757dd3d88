package stdlib

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/berth-hpc/berth/packages/python"
)

var jsonError = python.NewException("JSONDecodeError", python.ValueError)

func jsonModule() *python.Module {
	return newModule("json", map[string]function{"loads": jsonLoads, "dumps": jsonDumps}, map[string]python.Value{"JSONDecodeError": jsonError})
}

func jsonLoads(c *python.Call) (python.Value, error) {
	a, err := c.Bind("s")
	if err != nil {
		return nil, err
	}
	var text string
	switch s := python.Unwrap(a[0]).(type) {
	case python.Str:
		text = string(s)
	case python.Bytes:
		text = string(s)
	default:
		return nil, python.TypeErrorf("the JSON object must be str, bytes or bytearray, not %s", a[0].Type())
	}
	if err := c.In.Alloc(20 * len(text)); err != nil {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := jsonValue(c, d, 0)
	if err == nil {
		if _, extra := d.Token(); extra != io.EOF {
			err = errors.New("extra data")
		}
	}
	var raised *python.Error
	if err != nil && !errors.As(err, &raised) {
		return nil, python.Raise(jsonError, "%v: offset %d", err, d.InputOffset())
	}
	return v, err
}

func jsonValue(c *python.Call, d *json.Decoder, depth int) (python.Value, error) {
	if depth > 200 {
		return nil, python.Raise(python.RecursionError, "the JSON is nested too deeply")
	}
	if err := c.In.Work(1); err != nil {
		return nil, err
	}
	t, err := d.Token()
	if err != nil {
		if err == io.EOF {
			err = errors.New("expecting value")
		}
		return nil, err
	}
	switch t := t.(type) {
	case nil:
		return python.None, nil
	case bool:
		return python.Bool(t), nil
	case string:
		return python.Str(t), nil
	case json.Number:
		kind := "int"
		if strings.ContainsAny(string(t), ".eE") {
			kind = "float"
		}
		return c.Sub(python.BuiltinClass(kind), []python.Value{python.Str(t)})
	}
	if t == json.Delim('[') {
		list := python.NewList()
		for d.More() {
			v, err := jsonValue(c, d, depth+1)
			if err != nil {
				return nil, err
			}
			list.Append(v)
		}
		_, err = d.Token()
		return list, err
	}
	dict := python.NewDict()
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if !ok {
			return nil, errors.New("expecting property name enclosed in double quotes")
		}
		v, err := jsonValue(c, d, depth+1)
		if err != nil {
			return nil, err
		}
		if err := dict.Set(python.Str(name), v); err != nil {
			return nil, err
		}
	}
	_, err = d.Token()
	return dict, err
}

// jsonWriter does json.dumps.
type jsonWriter struct {
	c           *python.Call
	b           strings.Builder
	indent      string // of one level; "" with compact
	compact     bool
	item, colon string
	sorted      bool
	plain       bool // ensure_ascii=False
}

func jsonDumps(c *python.Call) (python.Value, error) {
	a, err := c.Bind("obj", "*", "indent=", "sort_keys=", "separators=", "ensure_ascii=")
	if err != nil {
		return nil, err
	}
	w := jsonWriter{c: c, compact: true, item: ", ", colon: ": "}
	if a[3] != nil {
		if w.sorted, err = c.In.Truth(a[3]); err != nil {
			return nil, err
		}
	}
	switch n := orNone(a[2]).(type) {
	case python.Int:
		w.compact, w.indent, w.item = false, strings.Repeat(" ", int(max(0, min(n, 100)))), ","
	case python.Str:
		w.compact, w.indent, w.item = false, string(n), ","
	}
	if t, ok := a[4].(python.Tuple); ok && len(t) == 2 {
		w.item, w.colon = python.Display(t[0]), python.Display(t[1])
	}
	w.plain = a[5] == python.False
	if err := w.value(a[0], 0); err != nil {
		return nil, err
	}
	return python.Str(w.b.String()), nil
}

func (w *jsonWriter) text(s string) error {
	w.b.WriteString(s)
	return w.c.In.Alloc(len(s))
}

func (w *jsonWriter) str(s string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return err
	}
	text := strings.TrimSuffix(b.String(), "\n")
	if w.plain {
		return w.text(text)
	}
	var out strings.Builder
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
			out.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return w.text(out.String())
}

func (w *jsonWriter) value(v python.Value, depth int) error {
	if depth > 200 {
		return python.Raise(python.RecursionError, "the value is nested too deeply for JSON")
	}
	if err := w.c.In.Work(1); err != nil {
		return err
	}
	switch x := python.Unwrap(v).(type) {
	case python.NoneType:
		return w.text("null")
	case python.Bool:
		if x {
			return w.text("true")
		}
		return w.text("false")
	case python.Str:
		return w.str(string(x))
	case python.Int, *python.BigInt, python.Float:
		s, err := w.c.In.Str(x)
		if err != nil {
			return err
		}
		if odd, ok := map[string]string{"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}[s]; ok {
			s = odd
		}
		return w.text(s)
	case *python.List:
		return w.list(x.Items(), depth)
	case python.Tuple:
		return w.list(x, depth)
	case *python.Dict:
		return w.dict(x, depth)
	}
	return python.TypeErrorf("Object of type %s is not JSON serializable", v.Type())
}

func (w *jsonWriter) newline(depth int) error {
	if w.compact {
		return nil
	}
	return w.text("\n" + strings.Repeat(w.indent, depth))
}

// sequence writes what stands between brackets.
func (w *jsonWriter) sequence(left, right string, n, depth int, one func(i int) error) error {
	if n == 0 {
		return w.text(left + right)
	}
	if err := w.text(left); err != nil {
		return err
	}
	for i := range n {
		if i > 0 {
			if err := w.text(w.item); err != nil {
				return err
			}
		}
		if err := w.newline(depth + 1); err != nil {
			return err
		}
		if err := one(i); err != nil {
			return err
		}
	}
	if err := w.newline(depth); err != nil {
		return err
	}
	return w.text(right)
}

func (w *jsonWriter) list(items []python.Value, depth int) error {
	return w.sequence("[", "]", len(items), depth, func(i int) error { return w.value(items[i], depth+1) })
}

func (w *jsonWriter) dict(d *python.Dict, depth int) error {
	var keys []python.Value
	for k := range d.All() {
		keys = append(keys, k)
	}
	if w.sorted {
		v, err := w.c.Sub(python.BuiltinNamed("sorted"), []python.Value{python.NewList(keys...)})
		if err != nil {
			return err
		}
		keys = v.(*python.List).Items()
	}
	return w.sequence("{", "}", len(keys), depth, func(i int) error {
		name, err := jsonKey(w.c, keys[i])
		if err != nil {
			return err
		}
		if err := w.str(name); err != nil {
			return err
		}
		if err := w.text(w.colon); err != nil {
			return err
		}
		v, _, err := d.Get(keys[i])
		if err != nil {
			return err
		}
		return w.value(v, depth+1)
	})
}

func jsonKey(c *python.Call, k python.Value) (string, error) {
	switch k := python.Unwrap(k).(type) {
	case python.Str:
		return string(k), nil
	case python.Int, *python.BigInt, python.Float:
		return c.In.Str(k)
	case python.Bool:
		return strings.ToLower(python.Repr(k)), nil
	case python.NoneType:
		return "null", nil
	}
	return "", python.TypeErrorf("keys must be str, int, float, bool or None, not %s", k.Type())
}
