package spackrepo

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/packages/spackrepo/record"
)

// arguments are those of one call of a directive. The first that is of a wrong kind is the error; what is asked for after it is zero.
type arguments struct {
	directive string
	names     []string
	values    []python.Value // nil where nothing was passed
	err       error
}

// maxNesting is how deep lists and dicts are within each other that mean something to a directive; two levels are common.
const maxNesting = 20

// measure counts what lists and dicts hold that leave the program: what is made of them takes room, too, and one can contain itself.
func measure(in *python.Interp, depth int, values ...python.Value) error {
	if depth > maxNesting {
		return python.ValueErrorf("lists and dicts within each other more than %d deep", maxNesting)
	}
	for _, v := range values {
		var parts []python.Value
		switch v := v.(type) {
		case python.Tuple:
			parts = v
		case *python.List:
			parts = v.Items()
		case *conditionalValue:
			parts = []python.Value{v.value}
		case *python.Dict:
			if err := in.AllocN(v.Len(), 32); err != nil {
				return err
			}
			for key, value := range v.All() {
				parts = append(parts, key, value)
			}
		default:
			continue
		}
		if err := in.AllocN(len(parts), 100); err != nil {
			return err
		}
		if err := in.Work(len(parts)); err != nil {
			return err
		}
		if err := measure(in, depth+1, parts...); err != nil {
			return err
		}
	}
	return nil
}

// get is the argument of that name, nil for one that was not passed or is None.
func (a *arguments) get(name string) python.Value {
	for i, n := range a.names {
		if n == name {
			if a.values[i] == python.None {
				return nil
			}
			return a.values[i]
		}
	}
	panic("directive " + a.directive + " has no parameter " + name)
}

func (a *arguments) fail(name string, v python.Value, want string) {
	if a.err == nil {
		a.err = python.TypeErrorf("%s(): %s must be %s, not %s", a.directive, name, want, v.Type())
	}
}

func (a *arguments) raise(err error) {
	if a.err == nil {
		a.err = err
	}
}

// text is a str.
func (a *arguments) text(name string) string {
	switch v := a.get(name).(type) {
	case nil:
		return ""
	case python.Str:
		return string(v)
	case *specValue:
		return v.Str()
	case *versionValue:
		return v.Str()
	default:
		a.fail(name, v, "a text")
		return ""
	}
}

// textOrNumber is a str or an int, as in level=1 or revision=350726.
func (a *arguments) textOrNumber(name string) any {
	switch v := a.get(name).(type) {
	case nil:
		return nil
	case python.Str:
		return string(v)
	case python.Int:
		return int(v)
	default:
		a.fail(name, v, "a text or a number")
		return nil
	}
}

// flag is True or False; nil for neither.
func (a *arguments) flag(name string) *bool {
	switch v := a.get(name).(type) {
	case nil:
		return nil
	case python.Bool:
		b := bool(v)
		return &b
	case python.Str:
		if b, err := strconv.ParseBool(string(v)); err == nil { // "true" and "True", which some recipes write
			return &b
		}
		a.fail(name, v, "True or False")
		return nil
	default:
		a.fail(name, v, "True or False")
		return nil
	}
}

// texts is a str, or a list or tuple of str.
func (a *arguments) texts(name string) []string {
	v := a.get(name)
	if v == nil {
		return nil
	}
	list, err := textList(v)
	if err != nil {
		a.fail(name, v, "a text or a list of texts")
	}
	return list
}

// rest is the texts of *specs.
func (a *arguments) rest(name string) []string {
	var out []string
	for _, v := range a.get(name).(python.Tuple) {
		text, ok := textOf(v)
		if !ok {
			a.fail("an argument", v, "a text")
		}
		out = append(out, text)
	}
	return out
}

// textList reads a text, or a list or tuple of texts.
func textList(v python.Value) ([]string, error) {
	if text, ok := textOf(v); ok {
		return []string{text}, nil
	}
	items, ok := itemsOf(v)
	if !ok {
		return nil, fmt.Errorf("it is %s", v.Type())
	}
	var out []string
	for _, item := range items {
		text, ok := textOf(item)
		if !ok {
			return nil, fmt.Errorf("it has %s in it", item.Type())
		}
		out = append(out, text)
	}
	return out, nil
}

// itemsOf is what a list or tuple holds.
func itemsOf(v python.Value) ([]python.Value, bool) {
	switch v := v.(type) {
	case python.Tuple:
		return v, true
	case *python.List:
		return v.Items(), true
	}
	return nil, false
}

// textOf is a value that a recipe can write in place of a spec's text.
func textOf(v python.Value) (string, bool) {
	switch v := v.(type) {
	case python.Str:
		return string(v), true
	case *specValue:
		return v.Str(), true
	case *versionValue:
		return v.Str(), true
	case *conditionalValue:
		return textOf(v.value)
	}
	return "", false
}

// plain is a value as data: texts, numbers, bools, lists, dicts; a function as what it is called.
func plain(v python.Value) any {
	switch v := v.(type) {
	case nil, python.NoneType:
		return nil
	case python.Bool:
		return bool(v)
	case python.Int:
		return int(v)
	case python.Float:
		return float64(v)
	case python.Str:
		return string(v)
	case *python.Dict:
		return plainDict(v)
	case *python.Property, *classProperty:
		return record.Property{Property: true}
	}
	if items, ok := itemsOf(v); ok {
		list := make([]any, len(items))
		for i, item := range items {
			list[i] = plain(item)
		}
		return list
	}
	if text, ok := textOf(v); ok {
		return text
	}
	if name := nameOf(v); name != "" {
		return record.Callable{Name: name}
	}
	return record.Callable{Name: v.Type()}
}

// placeOf is where a call stands, as recipes have places.
func placeOf(p python.Place) packages.Place {
	return packages.Place{File: p.File, Line: p.Line, Col: p.Col}
}

// paragraph is the first paragraph of a documentation, in one line.
func paragraph(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n\n")
	return strings.Join(strings.Fields(text), " ")
}

// plainDict is a dict with texts as keys.
func plainDict(d *python.Dict) any {
	out := map[string]any{}
	for k, v := range d.All() {
		text, ok := textOf(k)
		if !ok {
			text = fmt.Sprint(plain(k))
		}
		out[text] = plain(v)
	}
	return out
}
