package yamlrecipe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/spec/arch"
	"github.com/berth-hpc/berth/spec/dag"
)

// A template is text with expressions in braces: "--prefix={prefix}", "-DENABLE_MPI={on-off:mpi}". Two braces write one. An
// expression is a word, or a word and arguments with colons.
//
// Expressions whose value follows from the node alone (version, variants, target) are static: they are replaced when the build of a
// node is planned. The others (paths, the number of jobs, compilers) are replaced when the build runs, and stay as they are in
// what the node's hash covers.
type template struct {
	parts []part
	node  yamldoc.Node
}

// part is literal text, or an expression if word is not "".
type part struct {
	text   string   // the literal, or the expression as it was written, without braces
	word   string   // "on-off", "version", "dep"
	args   []string // ["mpi"]; of "version.2.dashed": ["2", "dashed"]
	offset int      // of the expression in the value
}

// scope says where a template stands, and so which expressions it may hold.
type scope uint8

const (
	inURL   scope = iota // name and version
	inEnv                // also prefix; used by activation, where there is no build
	inBuild              // everything
)

// expression kinds: how many arguments they take and what the first one names.
type exprKind struct {
	low, high int
	names     argKind
	dynamic   bool
	scope     scope // the narrowest in which it is known
	narrow    bool  // and the only one
}

type argKind uint8

const (
	argNone      argKind = iota
	argVariant           // a variant of the recipe
	argCondition         // a bool variant, or NAME=VALUE
	argFeature           // any text; the condition is the second argument, or of the same name
	argDep               // a dependency or virtual, then .FIELD
	argDeps              // dependencies or virtuals with commas
	argMPI               // mpi must be a dependency
	argPython            // python must be one
)

var exprKinds = map[string]exprKind{
	"name":          {scope: inURL},
	"version":       {high: 3, scope: inURL},
	"sha256":        {high: 1, scope: inURL, narrow: true},
	"prefix":        {dynamic: true, scope: inEnv},
	"site-packages": {names: argPython, scope: inEnv},
	"python":        {names: argPython, dynamic: true, scope: inBuild},
	"target":        {scope: inBuild},
	"os":            {scope: inBuild},
	"each":          {scope: inBuild},
	"variant":       {low: 1, high: 1, names: argVariant, scope: inBuild},
	"list":          {low: 2, high: 2, names: argVariant, scope: inBuild},
	"on-off":        {low: 1, high: 1, names: argCondition, scope: inBuild},
	"yes-no":        {low: 1, high: 1, names: argCondition, scope: inBuild},
	"true-false":    {low: 1, high: 1, names: argCondition, scope: inBuild},
	"enable":        {low: 1, high: 2, names: argFeature, scope: inBuild},
	"with":          {low: 1, high: 2, names: argFeature, scope: inBuild},
	"source":        {dynamic: true, scope: inBuild},
	"build":         {dynamic: true, scope: inBuild},
	"jobs":          {dynamic: true, scope: inBuild},
	"cc":            {dynamic: true, scope: inBuild},
	"cxx":           {dynamic: true, scope: inBuild},
	"fc":            {dynamic: true, scope: inBuild},
	"mpi":           {low: 1, high: 1, names: argMPI, dynamic: true, scope: inBuild},
	"tool":          {low: 1, high: 1, dynamic: true, scope: inBuild},
	"dep":           {low: 1, high: 1, names: argDep, dynamic: true, scope: inBuild},
	"libs":          {low: 1, high: 1, names: argDeps, dynamic: true, scope: inBuild},
	"rpaths":        {dynamic: true, scope: inBuild},
	"libname":       {low: 1, high: 1, names: argDep, dynamic: true, scope: inBuild},
	"libfiles":      {low: 1, high: 1, names: argDeps, dynamic: true, scope: inBuild},
}

func (k exprKind) knownIn(in scope) bool { return k.scope == in || k.scope < in && !k.narrow }

// dotted expressions have their arguments after dots instead of colons: version.2.dashed, mpi.cc.
var dotted = map[string]bool{"version": true, "mpi": true, "sha256": true}

var (
	versionStyles = []string{"dotted", "dashed", "underscored", "joined", "major", "minor", "patch"}
	mpiTools      = map[string]string{"cc": "mpicc", "cxx": "mpicxx", "fc": "mpifort"}
	depFields     = []string{"prefix", "bin", "lib", "include", "version"}
)

// parseTemplate reads the text of n; what is wrong is recorded there. What names a variant or a dependency is checked later, when all of
// them are known (checker.template).
func parseTemplate(n yamldoc.Node, in scope) template {
	t := template{node: n}
	text := n.Text()
	for i := 0; i < len(text); {
		open := strings.IndexAny(text[i:], "{}")
		if open < 0 {
			t.literal(text[i:])
			break
		}
		t.literal(text[i : i+open])
		i += open
		if i+1 < len(text) && text[i+1] == text[i] {
			t.literal(text[i : i+1])
			i += 2
			continue
		}
		end := strings.IndexAny(text[i+1:], "{}")
		if text[i] == '}' || end < 0 || text[i+1+end] != '}' {
			n.FailAt(i, 1, fmt.Sprintf("%q stands alone", text[i:i+1]), "write it twice for the character itself")
			return t
		}
		p := splitExpression(text[i+1 : i+1+end])
		p.offset = i
		checkExpression(n, p, in, i > 0 && text[i-1] == '$')
		t.parts = append(t.parts, p)
		i += end + 2
	}
	return t
}

// literalTemplate is a template without expressions, for what build systems add themselves.
func literalTemplate(text string) template { return template{parts: []part{{text: text}}} }

// defaultTemplate is a template written in this package, known to be right.
func defaultTemplate(text string) template {
	var t template
	for text != "" {
		before, rest, found := strings.Cut(text, "{")
		t.literal(before)
		if !found {
			break
		}
		expr, after, _ := strings.Cut(rest, "}")
		t.parts = append(t.parts, splitExpression(expr))
		text = after
	}
	return t
}

func (t *template) literal(text string) {
	if text == "" {
		return
	}
	if last := len(t.parts) - 1; last >= 0 && t.parts[last].word == "" {
		t.parts[last].text += text
		return
	}
	t.parts = append(t.parts, part{text: text})
}

func splitExpression(text string) part {
	word, rest, found := strings.Cut(text, ":")
	p := part{text: text, word: word}
	if head, tail, dot := strings.Cut(text, "."); dot && dotted[head] {
		p.word, p.args = head, strings.Split(tail, ".")
	} else if found {
		limit := 2
		if word == "dep" || word == "libs" || word == "libfiles" || word == "libname" || word == "tool" {
			limit = 1
		}
		p.args = strings.SplitN(rest, ":", limit)
	}
	return p
}

func checkExpression(n yamldoc.Node, p part, in scope, dollar bool) {
	kind, ok := exprKinds[p.word]
	if !ok || !kind.knownIn(in) {
		var known []string
		for word, k := range exprKinds {
			if k.knownIn(in) {
				known = append(known, word)
			}
		}
		slices.Sort(known)
		hint := hintUnknown(p.word, ok, known)
		if dollar {
			hint = "write ${{" + p.text + "}} for a variable of the shell"
		}
		n.FailAt(p.offset, len(p.text)+2, fmt.Sprintf("unknown expression {%s}", p.text), hint)
		return
	}
	fail := func(message, hint string) { n.FailAt(p.offset, len(p.text)+2, message, hint) }
	if len(p.args) < kind.low || len(p.args) > kind.high {
		fail(fmt.Sprintf("{%s} has the wrong number of arguments", p.text), "as in "+exprExamples[p.word])
		return
	}
	switch p.word {
	case "version":
		for i, a := range p.args {
			if !slices.Contains(versionStyles, a) && !(i == 0 && isDigits(a)) {
				fail(fmt.Sprintf("unknown form %q of the version", a), "as in {version.2} for its first two parts, {version.underscored}")
			}
		}
	case "sha256":
		if len(p.args) > 0 && !isDigits(p.args[0]) {
			fail(fmt.Sprintf("unknown form %q of the checksum", p.args[0]), "as in "+exprExamples[p.word])
		}
	case "mpi":
		if mpiTools[p.args[0]] == "" {
			fail(fmt.Sprintf("unknown MPI compiler %q", p.args[0]), "{mpi.cc}, {mpi.cxx} or {mpi.fc}")
		}
	case "dep":
		if _, field := depField(p.args[0]); !slices.Contains(depFields, field) {
			fail(fmt.Sprintf("{%s} asks for an unknown property", p.text), "known: "+strings.Join(depFields, ", "))
		}
	}
}

var exprExamples = map[string]string{
	"variant": "{variant:api}", "list": "{list:cuda_arch:;}", "on-off": "{on-off:mpi} or {on-off:libs=shared}", "yes-no": "{yes-no:mpi}",
	"true-false": "{true-false:mpi}", "enable": "{enable:shared} or {enable:parallel:mpi}", "with": "{with:zlib} or {with:MPI:mpi}",
	"mpi": "{mpi.cc}", "tool": "{tool:perl}", "dep": "{dep:zlib-api.prefix}", "libs": "{libs:blas} or {libs:lapack,blas}",
	"sha256": "{sha256}, or {sha256.2} for its first two digits", "libfiles": "{libfiles:lapack,blas}", "libname": "{libname:blas}", "version": "{version}, {version.2} or {version.2.dashed}",
}

func hintUnknown(word string, elsewhere bool, known []string) string {
	if elsewhere && exprKinds[word].narrow {
		return "it is known in URLs only"
	}
	if elsewhere {
		return "it is known in build steps only"
	}
	if hint := yamldoc.DidYouMean(word, known); hint != "" {
		return hint
	}
	return "two braces {{ }} write the characters themselves"
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// depField splits "zlib-api.lib" into the dependency and the property; without one it is the prefix.
func depField(arg string) (name, field string) {
	if i := strings.LastIndexByte(arg, '.'); i >= 0 {
		return arg[:i], arg[i+1:]
	}
	return arg, "prefix"
}

// url is the text of a template of scope inURL.
func (t template) url(name, version, sha256 string) string {
	var b strings.Builder
	for _, p := range t.parts {
		switch p.word {
		case "":
			b.WriteString(p.text)
		case "name":
			b.WriteString(name)
		case "version":
			b.WriteString(versionForm(version, p.args))
		case "sha256":
			b.WriteString(firstDigits(sha256, p.args))
		}
	}
	return b.String()
}

// firstDigits cuts a digest after as many digits as the argument says, if there is one.
func firstDigits(digest string, args []string) string {
	count := len(digest)
	if len(args) > 0 {
		fmt.Sscan(args[0], &count)
	}
	return digest[:min(count, len(digest))]
}

// versionForm applies forms: ["2", "dashed"] to 1.14.5 gives 1-14.
func versionForm(version string, forms []string) string {
	for _, form := range forms {
		switch form {
		case "dashed":
			version = replaceSeparators(version, "-")
		case "underscored":
			version = replaceSeparators(version, "_")
		case "dotted":
			version = replaceSeparators(version, ".")
		case "joined":
			version = replaceSeparators(version, "")
		case "major", "minor", "patch":
			i := slices.Index([]string{"major", "minor", "patch"}, form)
			if parts := strings.FieldsFunc(version, isSeparator); i < len(parts) {
				version = parts[i]
			} else {
				version = ""
			}
		default:
			version = firstParts(version, form)
		}
	}
	return version
}

func isSeparator(r rune) bool { return r == '.' || r == '-' || r == '_' }

func replaceSeparators(version, by string) string {
	return strings.NewReplacer(".", by, "-", by, "_", by).Replace(version)
}

// firstParts cuts after as many parts as count says.
func firstParts(version, count string) string {
	left := 0
	fmt.Sscan(count, &left)
	for i, r := range version {
		if isSeparator(r) {
			if left--; left <= 0 {
				return version[:i]
			}
		}
	}
	return version
}

// text is a template with its static expressions replaced: pieces of literal text and of what is known when the build runs.
type text []part

// resolve replaces the static expressions; each is the value that foreach stands at.
func (t template) resolve(n *dag.Node, each string) (text, error) {
	var out text
	literal := func(s string) {
		if last := len(out) - 1; last >= 0 && out[last].word == "" {
			out[last].text += s
		} else if s != "" {
			out = append(out, part{text: s})
		}
	}
	for _, p := range t.parts {
		if p.word == "" {
			literal(p.text)
			continue
		}
		if exprKinds[p.word].dynamic {
			out = append(out, p)
			continue
		}
		value, err := staticValue(p, n, each)
		if err != nil {
			return nil, fmt.Errorf("%v: {%s}: %w", t.node.Place(), p.text, err)
		}
		literal(value)
	}
	return out, nil
}

func staticValue(p part, n *dag.Node, each string) (string, error) {
	switch p.word {
	case "name":
		return n.Name(), nil
	case "version":
		return versionForm(n.Version().String(), p.args), nil
	case "target":
		return n.Attrs().Target, nil
	case "os":
		return n.Attrs().OS, nil
	case "site-packages":
		return packages.SitePackages(n), nil
	case "each":
		return each, nil
	case "variant", "list":
		v, ok := n.Variant(p.args[0])
		if !ok {
			return "", fmt.Errorf("%s has no variant %s", n, p.args[0])
		}
		separator := ","
		if p.word == "list" {
			separator = p.args[1]
		}
		return strings.Join(v.Values, separator), nil
	}
	on := holds(n, p.condition())
	switch p.word {
	case "enable", "with":
		if on {
			return "--" + p.word + "-" + p.args[0], nil
		}
		return map[string]string{"enable": "--disable-", "with": "--without-"}[p.word] + p.args[0], nil
	}
	yes, no, _ := strings.Cut(strings.ToUpper(p.word), "-")
	if p.word != "on-off" {
		yes, no = strings.ToLower(yes), strings.ToLower(no)
	}
	if on {
		return yes, nil
	}
	return no, nil
}

// condition is what a boolean expression asks: the argument after the feature's name, or the feature's name itself.
func (p part) condition() string { return p.args[len(p.args)-1] }

// cpuCondition asks for a feature of the target's processor: {enable:avx2:cpu=avx2}.
const cpuCondition = "cpu"

// holds reports whether the node has NAME on, or NAME=VALUE among its values. A variant that the node does not have is off.
func holds(n *dag.Node, condition string) bool {
	name, value, isValue := strings.Cut(condition, "=")
	if isValue && name == cpuCondition {
		target, ok := arch.Lookup(n.Attrs().Target)
		return ok && target.HasFeature(value)
	}
	v, ok := n.Variant(name)
	if !ok {
		return false
	}
	if isValue {
		return slices.Contains(v.Values, value)
	}
	return v.On()
}

// canonical writes the text so that equal builds have equal text and a literal brace is no expression.
func (t text) canonical() string {
	var b strings.Builder
	for _, p := range t {
		if p.word == "" {
			b.WriteString(braces.Replace(p.text))
		} else {
			b.WriteString("{" + p.text + "}")
		}
	}
	return b.String()
}

var braces = strings.NewReplacer("{", "{{", "}", "}}")

// variantOf is the declared variant with all its definitions merged, for checks.
type variantOf struct {
	isBool bool
	any    bool
	values []string
}
