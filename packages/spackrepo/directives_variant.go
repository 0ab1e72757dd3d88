package spackrepo

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/packages/spackrepo/record"
)

// reservedNames are attributes of a spec that are no variants.
var reservedNames = []string{
	"arch", "architecture", "branch", "commit", "dev_path", "namespace", "operating_system", "os", "patches", "platform", "ref", "tag", "target",
}

var variantForm = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z_0-9\-.]*$`)

func recordVariant(d *directive, a *arguments) {
	v := &record.Variant{Name: a.text("name"), When: d.when, About: paragraph(a.about()), Place: d.place}
	switch {
	case slices.Contains(reservedNames, v.Name):
		a.raise(python.ValueErrorf("variant(): the name %q is reserved", v.Name))
	case a.err == nil && !variantForm.MatchString(v.Name):
		a.raise(python.ValueErrorf("variant(): %q cannot be a variant's name", v.Name))
	}
	if multi := a.flag("multi"); multi != nil {
		v.Multi = *multi
	}
	if sticky := a.flag("sticky"); sticky != nil {
		v.Sticky = *sticky
	}
	if f := a.get("validator"); f != nil {
		v.Validator = callableName(f)
	}
	def := a.get("default")
	if sets, ok := a.get("values").(*valueSets); ok {
		def = a.fromSets(v, sets, def)
	} else {
		a.fromValues(v, def)
	}
	v.Default = a.defaultOf(v, def)
	d.variant = v
}

func (a *arguments) about() string {
	if v, ok := a.get("description").(python.Str); ok {
		return string(v)
	}
	return ""
}

// fromSets describes a variant by any_combination_of(...) and the like, which brings its default along.
func (a *arguments) fromSets(v *record.Variant, sets *valueSets, def python.Value) python.Value {
	for _, name := range []string{"default", "multi", "validator"} {
		if a.get(name) != nil && (name != "default" || sets.def != nil) {
			a.raise(python.ValueErrorf("variant(): %s is said twice: %s() says it, too", name, sets.kind))
		}
	}
	v.Kind, v.Multi = sets.kind, true
	for _, set := range sets.sets {
		texts := []string{}
		for _, value := range set {
			v.Values = append(v.Values, a.valueOf(value))
			text, _ := textOf(value)
			texts = append(texts, text)
		}
		v.Sets = append(v.Sets, texts)
	}
	if sets.def != nil {
		return sets.def
	}
	return def
}

// fromValues describes a variant by what its values are: a list, a function that judges one, or nothing.
func (a *arguments) fromValues(v *record.Variant, def python.Value) {
	values := a.get("values")
	switch values := values.(type) {
	case nil:
		v.Kind = record.KindAny
		if isBool(def) {
			v.Kind = record.KindBool
		}
		return
	case python.Str:
		if values == "*" {
			v.Kind = record.KindAny
			return
		}
	}
	items, ok := valueItems(values)
	if !ok {
		if !isCallable(values) {
			a.fail("values", values, "a list of values or a function")
			return
		}
		v.Kind, v.Callable = record.KindCallable, callableName(values)
		if doc, ok := docOf(values); ok {
			v.Described = &doc
		}
		return
	}
	v.Kind = record.KindList
	bools := len(items) > 0
	for _, item := range items {
		v.Values = append(v.Values, a.valueOf(item))
		_, isBool := item.(python.Bool)
		bools = bools && isBool
	}
	if bools {
		v.Kind = record.KindBoolList
	}
}

// isBool reports whether a default makes a variant one of true and false.
func isBool(def python.Value) bool {
	switch def := def.(type) {
	case python.Bool:
		return true
	case python.Str:
		return strings.EqualFold(string(def), "true") || strings.EqualFold(string(def), "false")
	}
	return false
}

// valueItems are the values of a list, with those of conditional(...) within it, in order.
func valueItems(v python.Value) ([]python.Value, bool) {
	items, ok := itemsOf(v)
	if !ok {
		if text, isText := v.(python.Str); isText { // a text is a list of letters, as anywhere in Python
			for _, r := range string(text) {
				items = append(items, python.Str(string(r)))
			}
			return items, true
		}
		return nil, false
	}
	var out []python.Value
	for _, item := range items {
		if nested, ok := itemsOf(item); ok {
			flat, _ := valueItems(python.Tuple(nested))
			out = append(out, flat...)
			continue
		}
		out = append(out, item)
	}
	return out, true
}

// valueOf is one value with its condition.
func (a *arguments) valueOf(v python.Value) record.Value {
	var when []string
	if c, ok := v.(*conditionalValue); ok {
		v = c.value
		if c.when.text != "" {
			when = []string{c.when.text}
		}
	}
	switch v := v.(type) {
	case python.Bool:
		return record.Value{Value: bool(v), When: when}
	case python.Int:
		return record.Value{Value: strconv.Itoa(int(v)), When: when}
	}
	text, ok := textOf(v)
	if !ok {
		a.fail("a value", v, "a text, True or False")
	}
	return record.Value{Value: text, When: when}
}

// defaultOf is the default as data: true, false, or a text.
func (a *arguments) defaultOf(v *record.Variant, def python.Value) any {
	switch def := def.(type) {
	case nil:
		a.raise(python.ValueErrorf("variant(): %s has no default", v.Name))
		return nil
	case python.Bool:
		return bool(def)
	case python.Int:
		return strconv.Itoa(int(def))
	case python.Float:
		return strconv.FormatFloat(float64(def), 'g', -1, 64)
	}
	text, ok := textOf(def)
	if items, isList := itemsOf(def); !ok && isList {
		var texts []string
		for _, item := range items {
			t, _ := textOf(item)
			texts = append(texts, t)
		}
		text, ok = strings.Join(texts, ","), true
	}
	switch {
	case !ok:
		a.fail("default", def, "a text, True or False")
	case text == "":
		a.raise(python.ValueErrorf("variant(): the default of %s is empty", v.Name))
	}
	return text
}

// recordBuildSystem is a variant of a fixed name.
func recordBuildSystem(d *directive, a *arguments) {
	items, _ := valueItems(a.get("values"))
	if len(items) == 0 {
		a.raise(python.TypeErrorf("build_system() needs the name of a build system"))
		return
	}
	v := &record.Variant{Name: "build_system", Kind: record.KindList, About: "Build systems supported by the package", When: d.when, Place: d.place}
	for _, item := range items {
		v.Values = append(v.Values, a.valueOf(item))
	}
	v.Default = v.Values[0].Value
	if def := a.text("default"); def != "" {
		v.Default = def
	}
	d.variant = v
}
