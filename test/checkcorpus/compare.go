package main

import (
	"encoding/json"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages/spackrepo/record"
)

// differences says where two records differ, field by field. What a record says of methods is compared by their names.
func differences(want, got *record.Package) ([]string, error) {
	w, err := fields(want)
	if err != nil {
		return nil, err
	}
	g, err := fields(got)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, key := range keysOf(w, g) {
		out = append(out, difference(key, w[key], g[key])...)
	}
	return out, nil
}

// fields is a record in its JSON form, without what differs for no reason that matters.
func fields(p *record.Package) (map[string]any, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, err
	}
	m["methods"] = methodNames(p)
	return normal(m).(map[string]any), nil
}

// methodNames lists methods once, however often they are written and however they are decorated.
func methodNames(p *record.Package) []any {
	var names []string
	for _, m := range p.Methods {
		names = append(names, m.Class+"."+m.Name)
	}
	slices.Sort(names)
	var out []any
	for _, n := range slices.Compact(names) {
		out = append(out, n)
	}
	return out
}

// normal takes out where the corpus was made: the directory in which files that people must get themselves were looked for, the name
// of the module that stood for spack.package, and what CPython's own functions say of themselves.
func normal(v any) any {
	switch v := v.(type) {
	case string:
		if rest, ok := strings.CutPrefix(v, "file://"); ok {
			return "file://" + path.Base(rest)
		}
		return strings.Replace(v, "spack._rec.", "spack.package.", 1)
	case []any:
		for i := range v {
			v[i] = normal(v[i])
		}
	case map[string]any:
		if name, _ := v["callable"].(string); slices.Contains([]string{"any", "bool", "float", "int", "str"}, name) {
			delete(v, "callable_doc")
		}
		for k := range v {
			v[k] = normal(v[k])
		}
	}
	return v
}

func keysOf(maps ...map[string]any) []string {
	var keys []string
	for _, m := range maps {
		for k := range m {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// difference goes into objects and lists, so that it shows the one element that differs.
func difference(at string, want, got any) []string {
	if reflect.DeepEqual(want, got) {
		return nil
	}
	if w, ok := want.(map[string]any); ok {
		if g, ok := got.(map[string]any); ok {
			var out []string
			for _, key := range keysOf(w, g) {
				out = append(out, difference(at+"."+key, w[key], g[key])...)
			}
			return out
		}
	}
	if w, ok := want.([]any); ok {
		if g, ok := got.([]any); ok {
			return listDifference(at, w, g)
		}
	}
	return []string{fmt.Sprintf("%s: want %s, got %s", at, short(want), short(got))}
}

// listDifference shows the elements that only one of the lists has, or the first that stands elsewhere.
func listDifference(at string, want, got []any) []string {
	var out []string
	for _, v := range missing(want, got) {
		out = append(out, fmt.Sprintf("%s: want %s", at, short(v)))
	}
	for _, v := range missing(got, want) {
		out = append(out, fmt.Sprintf("%s: got  %s", at, short(v)))
	}
	if len(out) > 6 {
		out = append(out[:6], fmt.Sprintf("%s: and %d more", at, len(out)-6))
	}
	for i := range want {
		if len(out) == 0 && i < len(got) && !reflect.DeepEqual(want[i], got[i]) {
			out = append(out, fmt.Sprintf("%s[%d]: in another order: want %s, got %s", at, i, short(want[i]), short(got[i])))
		}
	}
	if len(out) == 0 {
		out = append(out, fmt.Sprintf("%s: want %d, got %d", at, len(want), len(got)))
	}
	return out
}

// missing are the elements of a that b has not as often.
func missing(a, b []any) []any {
	count := map[string]int{}
	for _, v := range b {
		count[short(v)]++
	}
	var out []any
	for _, v := range a {
		if count[short(v)]--; count[short(v)] < 0 {
			out = append(out, v)
		}
	}
	return out
}

func short(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}
